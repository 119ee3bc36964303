import type { Descriptor, ImageManifest } from 'oci-client-lite';
import type { FindKind, Location } from './triangulation.ts';

const simpleSigning = 'application/vnd.dev.cosign.simplesigning.v1+json';
const dsse = 'application/vnd.dsse.envelope.v1+json';
const inToto = 'application/vnd.in-toto+json';
/** BuildKit's attestation manifest as an OCI artifact with the image as its `subject`. */
const dockerAttestation = 'application/vnd.docker.attestation.manifest.v1+json';
/** Both spellings of Sigstore's BUNDLE_SPEC: `…bundle.v0.3+json` and `…bundle+json;version=0.2`. */
const bundlePrefix = 'application/vnd.dev.sigstore.bundle';
/** cosign's experimental OCI 1.1 mode; older writers have it as the media type of the config only. */
const cosignArtifact = /^application\/vnd\.dev\.cosign\.artifact\.(sig|att|sbom)\.v1\+json$/;
/**
 * Types that say nothing about the content. cosign 2.5 to 3.0 (ggcr before 0.21) put the type of the empty config, or nothing, into the
 * fallback list, and such entries are never repaired; registries use the type of the config if a manifest has no `artifactType`.
 */
const untelling: ReadonlySet<string> = new Set([
  '',
  'application/vnd.oci.empty.v1+json',
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** The version in the media type of a bundle, in both spellings of Sigstore's BUNDLE_SPEC. */
export function bundleVersionOf(mediaType: string | undefined): string | undefined {
  const [, old, now] =
    /^application\/vnd\.dev\.sigstore\.bundle(?:\+json;version=(\d+\.\d+)|\.v(\d+\.\d+)\+json)$/.exec(
      mediaType ?? '',
    ) ?? [];
  return old ?? now;
}

/** A layer and its place in its manifest. */
export interface PlacedLayer {
  readonly layer: Descriptor;
  readonly layerIndex: number;
}

/** What a manifest is, and which of its layers make it that. */
export interface Classified {
  readonly kind: FindKind;
  readonly layers: readonly PlacedLayer[];
}

/** What a `.sig`, `.att` or `.sbom` manifest holds: the tag alone does not make a layer of a different media type a signature. */
export function classifyTagged(
  place: Extract<Location['kind'], 'signature-tag' | 'attestation-tag' | 'sbom-tag'>,
  manifest: ImageManifest,
): Classified {
  switch (place) {
    case 'signature-tag':
      return { kind: 'cosign-signature', layers: layersWhere(manifest, isSimpleSigning) };
    case 'attestation-tag':
      return { kind: 'cosign-attestation', layers: layersWhere(manifest, isEnvelope) };
    case 'sbom-tag':
      return { kind: 'cosign-sbom', layers: layersWhere(manifest, isDocument) };
  }
}

/** What a referrer is by its descriptor alone; `undefined` if only its manifest can tell. */
export function classifyDescriptor(descriptor: Descriptor): FindKind | undefined {
  const type = descriptor.artifactType ?? '';
  if (untelling.has(type)) return undefined;
  const kind = classifyType(type);
  if (kind !== undefined) return kind;
  // A foreign type, with cosign's annotation of a bundle: its layers decide.
  return descriptor.annotations?.['dev.sigstore.bundle.content'] === undefined ? 'unknown-referrer' : undefined;
}

/** What a referrer is by its manifest: `artifactType`, else `config.mediaType`, else what its layers say they are. */
export function classifyReferrer(manifest: ImageManifest): Classified {
  const kind =
    classifyType(manifest.artifactType ?? '') ??
    classifyType(manifest.config.mediaType) ??
    manifest.layers.map(({ mediaType }) => classifyLayerType(mediaType)).find((found) => found !== undefined);
  const layers = kind === undefined ? [] : layersOf(kind, manifest);
  if (kind === undefined || layers.length === 0) return { kind: 'unknown-referrer', layers: [] };
  // A statement without an envelope: the signature is of its manifest (Docker Hardened Images).
  const isBare = kind === 'dsse-attestation' && layers.every(({ layer }) => layer.mediaType === inToto);
  return { kind: isBare ? 'attestation-statement' : kind, layers };
}

/** The type of a referrer as the referrers API gives it (distribution-spec "Listing Referrers"). */
export function artifactTypeOf(manifest: ImageManifest): string {
  return manifest.artifactType === undefined || manifest.artifactType === ''
    ? manifest.config.mediaType
    : manifest.artifactType;
}

function classifyType(type: string): FindKind | undefined {
  if (type.startsWith(bundlePrefix)) return 'sigstore-bundle';
  if (type === inToto || isEnvelope(type)) return 'dsse-attestation';
  if (type === dockerAttestation) return 'buildkit-attestation';
  switch (cosignArtifact.exec(type)?.[1]) {
    case 'sig':
      return 'oci11-signature';
    case 'att':
      return 'dsse-attestation';
    case 'sbom':
      return 'cosign-sbom';
    default:
      return undefined;
  }
}

function classifyLayerType(type: string): FindKind | undefined {
  if (isBundle(type)) return 'sigstore-bundle';
  if (isEnvelope(type)) return 'dsse-attestation';
  return isSimpleSigning(type) ? 'oci11-signature' : undefined;
}

/** The layers of a manifest that its kind refers to. */
export function layersOf(kind: FindKind, manifest: Pick<ImageManifest, 'layers'>): readonly PlacedLayer[] {
  switch (kind) {
    case 'sigstore-bundle': {
      const bundles = layersWhere(manifest, isBundle);
      return bundles.length > 0 ? bundles : layersWhere(manifest, () => true); // `artifactType` alone may say so
    }
    case 'dsse-attestation':
      return layersWhere(manifest, (type) => isEnvelope(type) || type === inToto);
    case 'oci11-signature':
    case 'cosign-signature':
      return layersWhere(manifest, isSimpleSigning);
    case 'cosign-attestation':
      return layersWhere(manifest, isEnvelope);
    case 'cosign-sbom':
      return layersWhere(manifest, isDocument);
    case 'buildkit-attestation':
    case 'attestation-statement':
      return layersWhere(manifest, (type) => type === inToto);
    case 'unknown-referrer':
      return [];
  }
}

function layersWhere(
  manifest: Pick<ImageManifest, 'layers'>,
  is: (mediaType: string) => boolean,
): readonly PlacedLayer[] {
  return manifest.layers.flatMap((layer, layerIndex) => (is(layer.mediaType) ? [{ layer, layerIndex }] : []));
}

function isSimpleSigning(type: string): boolean {
  return type === simpleSigning;
}

function isBundle(type: string): boolean {
  return type.startsWith(bundlePrefix);
}

/** cosign's type of an envelope, and those of in-toto's `spec/v1/envelope.md` (`application/vnd.in-toto.<predicate>+dsse`). */
function isEnvelope(type: string): boolean {
  return type === dsse || /^application\/vnd\.in-toto(?:\.[\w.-]+)?\+dsse$/.test(type);
}

/** An SBOM can have any type except a signature's: a tag must not relabel a signature and thereby hide it. */
function isDocument(type: string): boolean {
  return classifyLayerType(type) === undefined;
}
