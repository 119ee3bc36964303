import { attestationTag, fallbackTag, sbomTag, signatureTag } from '@sigtrail/triangulate';
import {
  bundleManifest,
  createSigstore,
  descriptorOf,
  digestOf,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeSigstore,
  type FaultRule,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  indexOf,
  type IssuedCertificate,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  type RequestRecord,
  signatureManifest,
} from '@sigtrail/testing';
import type { ImagePolicy } from 'sigtrail';

type Digest = `sha256:${string}`;

/** A place with something that a fault may hide. */
export interface Hideout {
  readonly name: string;
  /** The kind of the location that must say "unknown", or what to look for among the finds. */
  readonly location?: 'signature-tag' | 'attestation-tag' | 'sbom-tag' | 'referrers-api' | 'fallback-tag';
  /** Puts it there. */
  readonly hide: (world: World, image: Image) => void;
  /** The requests that look there. */
  readonly strikes: (request: RequestRecord, image: Image) => boolean;
  /** Puts a good signature somewhere else. */
  readonly elsewhere: (world: World, image: Image) => void;
  /** Whether `evaluateImage` looks there, with nothing else to be found. */
  readonly evaluated: boolean;
  /** Whether it still looks there when there is a good signature elsewhere. */
  readonly evaluatedBeside: boolean;
  /** What is read there is known by its digest. */
  readonly isBlob?: true;
  readonly options?: (world: World, image: Image) => object;
}

/** An image in its own repository, so that nothing remembered from another cell can help. */
export interface Image {
  readonly repository: string;
  readonly digest: Digest;
  readonly size: number;
}

/** A registry, and a trusted signer. */
export interface World {
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  readonly signer: IssuedCertificate;
  readonly policy: ImagePolicy;
  readonly trust: { readonly json: string };
}

/** Mints the signer. */
export async function createWorld(registry: FakeRegistry): Promise<World> {
  const sigstore = await createSigstore();
  return {
    registry,
    sigstore,
    signer: await sigstore.issueCertificate(),
    policy: { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } },
    trust: { json: JSON.stringify(sigstore.trustedRoot()) },
  };
}

/** Pushes an unsigned image. */
export function pushImage({ registry }: World, repository: string): Image {
  registry.putBlob(repository, EMPTY_CONFIG.bytes);
  const bytes = manifestOf(EMPTY_CONFIG, [], { repository });
  const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest, 'v1') as Digest;
  return { repository, digest, size: bytes.length };
}

/** Every place. */
export const hideouts: readonly Hideout[] = [
  {
    name: 'signature tag',
    location: 'signature-tag',
    hide: sign,
    strikes: ({ name }) => name?.endsWith('.sig') === true,
    elsewhere: attachBundle,
    evaluated: true,
    evaluatedBeside: true,
  },
  {
    name: 'attestation tag',
    location: 'attestation-tag',
    hide: attest,
    strikes: ({ name }) => name?.endsWith('.att') === true,
    elsewhere: sign,
    evaluated: true,
    evaluatedBeside: false,
  },
  {
    name: 'SBOM tag',
    location: 'sbom-tag',
    hide: attachSbom,
    strikes: ({ name }) => name?.endsWith('.sbom') === true,
    elsewhere: sign,
    evaluated: false,
    evaluatedBeside: false,
  },
  {
    name: 'referrers API',
    location: 'referrers-api',
    hide: attachBundle,
    strikes: ({ route }) => route === 'referrers',
    elsewhere: sign,
    evaluated: true,
    evaluatedBeside: true,
  },
  {
    name: 'referrers API, second page',
    location: 'referrers-api',
    hide: (world, image) => {
      const { repository, digest } = image;
      for (const n of ['1', '2', '3'])
        world.registry.attachReferrer(repository, digest, { artifactType: `application/vnd.acme.${n}`, layers: [] });
      attachBundle(world, image);
    },
    strikes: ({ route, path }) => route === 'referrers' && path.includes('from='),
    elsewhere: sign,
    evaluated: true,
    evaluatedBeside: true,
  },
  {
    name: 'fallback tag',
    location: 'fallback-tag',
    hide: listUnderFallbackTag,
    strikes: ({ route }) => route === 'fallback-tag',
    elsewhere: sign,
    evaluated: true,
    evaluatedBeside: true,
  },
  {
    name: 'manifest of a bundle',
    hide: attachBundle,
    strikes: ({ route, name }, { digest }) =>
      route === 'manifest' && name?.startsWith('sha256:') === true && name !== digest,
    elsewhere: sign,
    evaluated: true,
    evaluatedBeside: true,
  },
  {
    name: 'bytes of a bundle',
    isBlob: true,
    hide: attachBundle,
    strikes: ({ route }) => route === 'blob',
    elsewhere: sign,
    evaluated: true,
    evaluatedBeside: false,
  },
  {
    name: 'bytes of a signature',
    isBlob: true,
    hide: sign,
    strikes: ({ route }) => route === 'blob',
    elsewhere: () => undefined,
    evaluated: true,
    evaluatedBeside: false,
  },
  {
    name: 'signature tag of a platform',
    location: 'signature-tag',
    hide: (world, image) => {
      sign(world, image);
      const entry = { mediaType: MEDIA_TYPE.manifest, digest: image.digest, size: image.size };
      world.registry.putManifest(image.repository, indexOf([entry]), MEDIA_TYPE.index, 'v1');
    },
    strikes: ({ name }, { digest }) => name === signatureTag(digest),
    elsewhere: () => undefined,
    evaluated: false,
    evaluatedBeside: false,
    options: () => ({ platforms: 'each' }),
  },
  {
    name: 'signature tag in another repository',
    location: 'signature-tag',
    hide: (world, image) => sign(world, { ...image, repository: `${image.repository}-store` }),
    strikes: ({ name }) => name?.endsWith('.sig') === true,
    elsewhere: () => undefined,
    evaluated: true,
    evaluatedBeside: false,
    options: ({ registry }, { repository }) => ({ repositories: `${registry.host}/${repository}-store` }),
  },
];

/** The rule that applies a fault to one place of one image. */
export function ruleFor(hideout: Hideout, image: Image, fault: FaultRule['fault']): FaultRule {
  return {
    route: (request) => request.repository?.startsWith(image.repository) === true && hideout.strikes(request, image),
    fault,
  };
}

function sign({ registry, sigstore, signer }: World, { repository, digest }: Image): void {
  const layer = sigstore.signImageLegacy({ imageDigest: digest, signer });
  pushManifest(registry, repository, signatureManifest([layer]), signatureTag(digest));
}

function attest({ registry, sigstore, signer }: World, { repository, digest }: Image): void {
  const statement = { imageDigest: digest, predicateType: 'https://slsa.dev/provenance/v1' };
  const layer = sigstore.signAttestationLegacy({ statement, signer });
  pushManifest(registry, repository, signatureManifest([layer]), attestationTag(digest));
}

function attachSbom({ registry }: World, { repository, digest }: Image): void {
  const document = { bytes: Buffer.from('{"spdxVersion":"SPDX-2.3"}'), mediaType: 'text/spdx+json' };
  registry.putBlob(repository, document.bytes);
  registry.putManifest(repository, manifestOf(EMPTY_CONFIG, [document]), MEDIA_TYPE.manifest, sbomTag(digest));
}

function attachBundle({ registry, sigstore, signer }: World, { repository, digest, size }: Image): void {
  const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer });
  pushManifest(registry, repository, bundleManifest(bundle, { mediaType: MEDIA_TYPE.manifest, digest, size }));
}

/** As on a registry without the API: the list is a tag. The manifest names no subject here, or the API would list it too. */
function listUnderFallbackTag({ registry, sigstore, signer }: World, { repository, digest }: Image): void {
  const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer });
  const layer = { bytes: Buffer.from(JSON.stringify(bundle)), mediaType: bundle.mediaType };
  registry.putBlob(repository, layer.bytes);
  const bytes = manifestOf(EMPTY_CONFIG, [layer], {}, { artifactType: bundle.mediaType });
  registry.putManifest(repository, bytes, MEDIA_TYPE.manifest);
  const entry = { ...descriptorOf({ bytes, mediaType: MEDIA_TYPE.manifest }), digest: digestOf(bytes) };
  registry.putManifest(repository, indexOf([entry]), MEDIA_TYPE.index, fallbackTag(digest));
}
