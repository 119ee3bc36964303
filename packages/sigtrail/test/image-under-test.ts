import {
  type BundleJson,
  bundleManifest,
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  type IssuedCertificate,
  type LegacyLayer,
  MEDIA_TYPE,
  manifestOf,
  EMPTY_CONFIG,
  type PackedDescriptor,
  pushManifest,
  type RegistryOptions,
  signatureManifest,
  startRegistry,
} from '@sigtrail/testing';

/** A fake registry with one image, and a Sigstore that signs it. */
export interface ImageUnderTest {
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  readonly signer: IssuedCertificate;
  readonly repository: string;
  readonly reference: string;
  readonly digest: `sha256:${string}`;
  readonly descriptor: PackedDescriptor;
  /** Options under which what it signs verifies. */
  readonly options: { readonly trust: { readonly json: string }; readonly now: () => Date };
  /** Attaches a bundle as a referrer. */
  attachBundle(bundle: BundleJson): void;
  /** Puts layers under `.sig` or `.att`. */
  tagLayers(kind: 'sig' | 'att', layers: readonly LegacyLayer[]): void;
  /** Attaches an envelope as a DSSE referrer, as Tekton Chains does. */
  attachEnvelope(layer: LegacyLayer): void;
  close(): Promise<void>;
}

/** A fresh one, at a fixed time. */
export async function createImage(
  now: Date = new Date('2026-03-01T12:00:00Z'),
  options: RegistryOptions = {},
): Promise<ImageUnderTest> {
  const [registry, sigstore] = await Promise.all([startRegistry(options), createSigstore({ now })]);
  const repository = 'acme/app';
  const layer = { bytes: Buffer.from('the image'), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
  registry.putBlob(repository, layer.bytes);
  registry.putBlob(repository, EMPTY_CONFIG.bytes);
  const bytes = manifestOf(EMPTY_CONFIG, [layer]);
  const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest, 'v1') as `sha256:${string}`;
  const descriptor = { mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length };
  return {
    registry,
    sigstore,
    signer: await sigstore.issueCertificate(),
    repository,
    reference: `${registry.host}/${repository}:v1`,
    digest,
    descriptor,
    options: { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, now: () => now },
    attachBundle: (bundle) => void pushManifest(registry, repository, bundleManifest(bundle, descriptor)),
    tagLayers: (kind, layers) =>
      void pushManifest(registry, repository, signatureManifest(layers), `${digest.replace(':', '-')}.${kind}`),
    attachEnvelope: ({ payload, layer: { mediaType, annotations } }) =>
      void registry.attachReferrer(repository, digest, {
        artifactType: 'application/vnd.in-toto+json',
        layers: [{ bytes: payload, mediaType, ...(annotations === undefined ? {} : { annotations }) }],
      }),
    close: () => registry.close(),
  };
}
