import {
  EMPTY_CONFIG,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type Json,
  MEDIA_TYPE,
  manifestOf,
  pushManifest,
  signatureManifest,
} from '@sigtrail/testing';
import { attachAttestation, type Attach, attachBundle, type SoakImage, type SoakWorld } from './attach.ts';
import { ATTACKS } from './attacks.ts';

/** The image that the others are measured by. */
export const HONEST_SBOM = 'honest-sbom';

export const SIGNED_BY = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } as const;
/** About what an SBOM of a whole distribution comes to: 9,000 components, 12 MiB; in base64, a quarter of the largest envelope. */
const COMPONENTS = 9000;

/** Honest images, each attack by itself, and each attack beside an honest signature. */
export function pushImages(world: SoakWorld): readonly SoakImage[] {
  const honest = [
    push(world, 'honest-signature', 'signature', [signBundle]),
    push(world, 'honest-layer', 'signature', [signLayer]),
  ];
  const sbom = push(world, HONEST_SBOM, 'sbom', [attachSbom]);
  const attacked = ATTACKS.flatMap(([name, attack, asks = 'signature']) => [
    push(world, `${name}-alone`, asks, [attack], false),
    push(world, `${name}-beside`, asks, [attack, asks === 'sbom' ? attachSbom : signBundle]),
  ]);
  return [...honest, sbom, ...attacked];
}

function push(
  world: SoakWorld,
  name: string,
  asks: SoakImage['asks'],
  attach: readonly Attach[],
  isHonest = true,
): SoakImage {
  const { registry } = world;
  const repository = `soak/${name}`;
  const layer = { bytes: Buffer.from(name), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
  for (const { bytes } of [layer, EMPTY_CONFIG]) registry.putBlob(repository, bytes);
  const bytes = manifestOf(EMPTY_CONFIG, [layer]);
  const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest, 'v1') as `sha256:${string}`;
  const descriptor = { mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length };
  const image = { name, repository, descriptor, asks, isHonest };
  for (const one of attach) one(world, image);
  return image;
}

const signBundle: Attach = (world, image) =>
  attachBundle(
    world,
    image,
    world.sigstore.signBundle({ statement: { imageDigest: image.descriptor.digest }, signer: world.signer }),
  );

const signLayer: Attach = ({ registry, sigstore, signer }, { repository, descriptor: { digest } }) => {
  const layer = sigstore.signImageLegacy({ imageDigest: digest, signer });
  pushManifest(registry, repository, signatureManifest([layer]), `${digest.replace(':', '-')}.sig`);
};

const attachSbom: Attach = (world, image) =>
  attachAttestation(world, image, 'https://cyclonedx.org/bom', {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: Array.from({ length: COMPONENTS }, (_, index) => component(index)),
  });

/** As long and as deep as those of the SBOMs that were measured. */
function component(index: number): Json {
  const name = `package-${index}`;
  return {
    type: 'library',
    'bom-ref': `pkg:npm/${name}@1.0.${index}`,
    name,
    version: `1.0.${index}`,
    purl: `pkg:npm/${name}@1.0.${index}`,
    description: 'what the package says of itself, '.repeat(12),
    licenses: [{ license: { id: 'Apache-2.0' } }],
    hashes: [{ alg: 'SHA-512', content: index.toString(16).padStart(128, '0') }],
    externalReferences: Array.from({ length: 4 }, (_, at) => ({
      type: 'website',
      url: `https://example.test/${name}/${at}`,
    })),
    properties: Array.from({ length: 4 }, (_, at) => ({ name: `property-${at}`, value: name })),
  };
}
