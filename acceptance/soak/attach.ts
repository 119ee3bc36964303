import {
  type BundleJson,
  bundleManifest,
  type FakeRegistry,
  type FakeSigstore,
  type IssuedCertificate,
  type JsonObject,
  type PackedDescriptor,
  pushManifest,
} from '@sigtrail/testing';

/** Where the images are, and who signs the honest ones. */
export interface SoakWorld {
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  readonly signer: IssuedCertificate;
}

/** An image of the soak test, and what is asked about it. */
export interface SoakImage {
  readonly name: string;
  readonly repository: string;
  readonly descriptor: PackedDescriptor & { readonly digest: `sha256:${string}` };
  readonly asks: 'signature' | 'sbom';
  /** An honest signature that the policy accepts is there, whatever else is. */
  readonly isHonest: boolean;
}

/** Attaches something to an image: an honest signature, or what is meant to wear a verifier out. */
export type Attach = (world: SoakWorld, image: SoakImage) => void;

/** Attaches a bundle as a referrer. */
export function attachBundle({ registry }: SoakWorld, { repository, descriptor }: SoakImage, bundle: BundleJson): void {
  pushManifest(registry, repository, bundleManifest(bundle, descriptor));
}

/** Attaches a DSSE envelope as a referrer. */
export function attachAttestation(
  { registry, sigstore, signer }: SoakWorld,
  { repository, descriptor: { digest } }: SoakImage,
  predicateType: string,
  predicate: JsonObject,
): void {
  const statement = { imageDigest: digest, predicateType, predicate };
  const { payload, layer } = sigstore.signAttestationLegacy({ statement, signer });
  const { mediaType, annotations = {} } = layer;
  registry.attachReferrer(repository, digest, {
    artifactType: 'application/vnd.in-toto+json',
    layers: [{ bytes: payload, mediaType, annotations }],
  });
}
