import {
  attachBundle,
  attachEnvelope,
  attachLayers,
  type BundleJson,
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  type IssuedCertificate,
  type LegacyLayer,
  type PackedDescriptor,
  pushImage,
  type RegistryOptions,
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
  const { reference, digest } = pushImage(registry, `${repository}:v1`);
  const descriptor = registry.manifest(repository, digest)?.descriptor;
  if (descriptor === undefined) throw new Error('the image was not pushed');
  return {
    registry,
    sigstore,
    signer: await sigstore.issueCertificate(),
    repository,
    reference,
    digest: digest as `sha256:${string}`,
    descriptor,
    options: { trust: sigstore.trust, now: () => now },
    attachBundle: (bundle) => void attachBundle(registry, reference, bundle),
    tagLayers: (kind, layers) => {
      registry.remove(repository, `${digest.replace(':', '-')}.${kind}`);
      attachLayers(registry, reference, kind, layers);
    },
    attachEnvelope: (layer) => void attachEnvelope(registry, reference, layer),
    close: () => registry.close(),
  };
}
