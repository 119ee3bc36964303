import {
  attestationManifest,
  buildkitStatements,
  bundleManifest,
  createSigstore,
  descriptorOf,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeSigstore,
  indexOf,
  type IssuedCertificate,
  manifestOf,
  type ManifestPart,
  MEDIA_TYPE,
  pushManifest,
  type RegistryOptions,
  signatureManifest,
  startRegistry,
  type StatementOptions,
} from '@sigtrail/testing';

const REPOSITORY = 'acme/app';
const IN_TOTO = 'application/vnd.in-toto+json';
const DOCKER = 'application/vnd.docker.attestation.manifest.v1+json';
export const SLSA = 'https://slsa.dev/provenance/v1';
export const SPDX = 'https://spdx.dev/Document';

/** A manifest as an index lists it. */
export interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly [name: string]: unknown;
}

/** Who signed, with what: as Docker does with a bundle, or with cosign's OCI 1.1 layout. */
export interface Signed {
  readonly form?: 'bundle' | 'oci11';
  readonly statement?: Partial<StatementOptions>;
}

/** A registry with images as Docker makes and signs them, and the Sigstore that signs. */
export interface DockerImage {
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  readonly signer: IssuedCertificate;
  readonly reference: string;
  readonly options: { readonly trust: { readonly json: string }; readonly now: () => Date };
  at(digest: string): string;
  /** A manifest that a client could run. */
  platform(architecture: string): Entry;
  /** In-toto statements about a manifest, as layers. */
  statements(about: string, types?: readonly string[]): readonly ManifestPart[];
  /** BuildKit's attestation manifest as an index lists it. */
  attestation(about: string, layers?: readonly ManifestPart[]): Entry;
  /** The same as a referrer: BuildKit's artifact form, and that of Docker Hardened Images. */
  referrer(form: 'artifact' | 'hardened', about: Entry, layers?: readonly ManifestPart[]): Entry;
  /** Signs a manifest; `named` is what the signature says that it signs. */
  sign(subject: Entry, how?: Signed, named?: string): string;
  index(entries: readonly Entry[]): Entry;
  close(): Promise<void>;
}

/** A fresh one, at a fixed time. */
export async function createDockerImage(
  options: RegistryOptions = {},
  now: Date = new Date('2026-03-01T12:00:00Z'),
  given?: FakeSigstore,
): Promise<DockerImage> {
  const [registry, sigstore] = await Promise.all([startRegistry(options), given ?? createSigstore({ now })]);
  const signer = await sigstore.issueCertificate();
  const put = (
    config: ManifestPart,
    layers: readonly ManifestPart[],
    extras: object = {},
    entry: object = {},
  ): Entry => {
    for (const { bytes } of [config, ...layers]) registry.putBlob(REPOSITORY, bytes);
    const bytes = manifestOf(config, layers, undefined, extras);
    const digest = registry.putManifest(REPOSITORY, bytes, MEDIA_TYPE.manifest);
    return { mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length, ...entry };
  };
  const statements: DockerImage['statements'] = (about, types = [SLSA]) => buildkitStatements(about, types);
  return {
    registry,
    sigstore,
    signer,
    reference: `${registry.host}/${REPOSITORY}:v1`,
    options: { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, now: () => now },
    at: (digest) => `${registry.host}/${REPOSITORY}@${digest}`,
    platform: (architecture) =>
      put(
        { bytes: Buffer.from(JSON.stringify({ os: 'linux', architecture })), mediaType: MEDIA_TYPE.config },
        [],
        {},
        {
          platform: { os: 'linux', architecture },
        },
      ),
    statements,
    attestation: (about, layers = statements(about)) => {
      const { bytes, blobs, entry } = attestationManifest(about, layers);
      for (const blob of blobs) registry.putBlob(REPOSITORY, blob);
      registry.putManifest(REPOSITORY, bytes, entry.mediaType);
      return { ...entry };
    },
    referrer: (form, { mediaType, digest, size }, layers = statements(digest)) =>
      put(EMPTY_CONFIG, layers, {
        artifactType: form === 'artifact' ? DOCKER : IN_TOTO,
        subject: { mediaType, digest, size },
      }),
    sign: ({ mediaType, digest, size }, { form = 'bundle', statement = {} } = {}, named = digest) => {
      const subject = { mediaType, digest, size };
      if (form === 'oci11') {
        const layer = sigstore.signImageLegacy({ imageDigest: named, signer });
        return pushManifest(registry, REPOSITORY, signatureManifest([layer], subject));
      }
      const bundle = sigstore.signBundle({ statement: { imageDigest: named, ...statement }, signer });
      return pushManifest(registry, REPOSITORY, bundleManifest(bundle, subject));
    },
    index: (entries) => {
      const bytes = indexOf(entries);
      const digest = registry.putManifest(REPOSITORY, bytes, MEDIA_TYPE.index, 'v1');
      return { ...descriptorOf({ bytes, mediaType: MEDIA_TYPE.index }), digest };
    },
    close: () => registry.close(),
  };
}
