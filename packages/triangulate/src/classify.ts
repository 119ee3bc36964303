import type { Descriptor, ImageManifest } from 'oci-client-lite';
import type { FindKind } from './triangulation.ts';

const SIMPLE_SIGNING = 'application/vnd.dev.cosign.simplesigning.v1+json';
const DSSE = 'application/vnd.dsse.envelope.v1+json';
const COSIGN_ARTIFACT = /^application\/vnd\.dev\.cosign\.artifact\.([a-z]+)\.v1\+json$/;
const BUNDLE = 'application/vnd.dev.sigstore.bundle';
const IN_TOTO = 'application/vnd.in-toto+json';
/** cosign 2.5–3.0 wrote fallback descriptors with the type of the empty config, or none (ggcr before 0.21). */
const UNTELLING: ReadonlySet<string> = new Set([
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
]);

/** What a layer of a `.sig`, `.att` or `.sbom` manifest is, by its own media type; `undefined` for a layer that is none of it. */
export function classifyTagLayer(
  tag: 'signature-tag' | 'attestation-tag' | 'sbom-tag',
  layer: Descriptor,
): FindKind | undefined {
  switch (tag) {
    case 'signature-tag':
      return layer.mediaType === SIMPLE_SIGNING ? 'cosign-signature' : undefined;
    case 'attestation-tag':
      return layer.mediaType === DSSE ? 'cosign-attestation' : undefined;
    case 'sbom-tag':
      return 'cosign-sbom';
  }
}

/** From a referrer's descriptor alone: what it is, or `undefined` when only its manifest can tell. */
export function classifyDescriptor(descriptor: Descriptor): FindKind | undefined {
  const type = descriptor.artifactType ?? '';
  if (UNTELLING.has(type)) return undefined;
  return classifyArtifactType(type);
}

/** From the manifest: `artifactType`, else `config.mediaType`, else what its layers say. */
export function classifyReferrer(manifest: ImageManifest): FindKind {
  for (const type of [manifest.artifactType ?? '', manifest.config.mediaType]) {
    const kind = UNTELLING.has(type) ? undefined : classifyArtifactType(type);
    if (kind !== undefined && kind !== 'unknown-referrer') return kind;
  }
  const layer = manifest.layers[0]?.mediaType ?? '';
  if (layer.startsWith(BUNDLE)) return 'sigstore-bundle';
  return layer === DSSE ? 'dsse-attestation' : layer === SIMPLE_SIGNING ? 'oci11-signature' : 'unknown-referrer';
}

function classifyArtifactType(type: string): FindKind {
  if (type.startsWith(BUNDLE)) return 'sigstore-bundle';
  if (type === IN_TOTO || type === DSSE) return 'dsse-attestation';
  const cosign = COSIGN_ARTIFACT.exec(type)?.[1];
  if (cosign === 'sig') return 'oci11-signature';
  return cosign === 'att' ? 'dsse-attestation' : 'unknown-referrer';
}
