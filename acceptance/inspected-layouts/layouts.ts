import {
  bundleManifest,
  createSigstore,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeSigstore,
  indexOf,
  type IssuedCertificate,
  type LegacyLayer,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  statementBytes,
} from '@sigtrail/testing';

const REPOSITORY = 'acme/app';
const IN_TOTO = 'application/vnd.in-toto+json';

/** A registry with one image, to which a layout attaches its artifacts. */
export interface World {
  readonly registry: FakeRegistry;
  readonly sigstore: FakeSigstore;
  readonly signer: IssuedCertificate;
  readonly reference: string;
  readonly image: { readonly mediaType: string; readonly digest: `sha256:${string}`; readonly size: number };
  close(): Promise<void>;
}

/** A fresh one. */
export async function createWorld(): Promise<World> {
  const [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
  registry.putBlob(REPOSITORY, EMPTY_CONFIG.bytes);
  const bytes = manifestOf(EMPTY_CONFIG, []);
  const digest = registry.putManifest(REPOSITORY, bytes, MEDIA_TYPE.manifest, 'v1') as `sha256:${string}`;
  return {
    registry,
    sigstore,
    signer: await sigstore.issueCertificate(),
    reference: `${registry.host}/${REPOSITORY}:v1`,
    image: { mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length },
    close: () => registry.close(),
  };
}

/** What one maker attaches. */
export interface Layout {
  readonly maker: string;
  readonly make: (world: World) => void;
  /** What `inspect` must name, by its kind; by its artifact type where the kind is unknown. */
  readonly kinds: readonly string[];
}

const signature = ({ sigstore, signer, image }: World): LegacyLayer =>
  sigstore.signImageLegacy({ imageDigest: image.digest, signer });
const attestation = (
  { sigstore, signer, image }: World,
  predicateType = 'https://slsa.dev/provenance/v1',
): LegacyLayer => sigstore.signAttestationLegacy({ statement: { imageDigest: image.digest, predicateType }, signer });
const tag = ({ registry, image }: World, suffix: string, layers: readonly LegacyLayer[]): void =>
  void pushManifest(registry, REPOSITORY, signatureManifest(layers), `${image.digest.replace(':', '-')}.${suffix}`);
const bundle = ({ registry, sigstore, signer, image }: World, predicateType?: string): void =>
  void pushManifest(
    registry,
    REPOSITORY,
    bundleManifest(
      sigstore.signBundle({
        statement: { imageDigest: image.digest, ...(predicateType === undefined ? {} : { predicateType }) },
        signer,
      }),
      image,
    ),
  );
const attach = ({ registry, image }: World, artifactType: string, mediaType = artifactType, text = '{}'): void =>
  void registry.attachReferrer(REPOSITORY, image.digest, {
    artifactType,
    layers: [{ bytes: Buffer.from(text), mediaType }],
  });
const artifact = (maker: string, artifactType: string, mediaType?: string): Layout => ({
  maker,
  make: (world) => attach(world, artifactType, mediaType),
  kinds: [artifactType],
});
const sbomTag = (world: World, mediaType: string): void => {
  const layer = { bytes: Buffer.from('{"spdxVersion":"SPDX-2.3"}'), mediaType };
  world.registry.putBlob(REPOSITORY, layer.bytes);
  world.registry.putManifest(
    REPOSITORY,
    manifestOf(EMPTY_CONFIG, [layer]),
    MEDIA_TYPE.manifest,
    `${world.image.digest.replace(':', '-')}.sbom`,
  );
};

/** Twenty ways in which tools attach artifacts to images. */
export const LAYOUTS: readonly Layout[] = [
  { maker: 'cosign 2 sign', make: (world) => tag(world, 'sig', [signature(world)]), kinds: ['cosign-signature'] },
  { maker: 'cosign 2 attest', make: (world) => tag(world, 'att', [attestation(world)]), kinds: ['cosign-attestation'] },
  {
    maker: 'cosign 2, OCI 1.1 mode',
    make: (world) => void pushManifest(world.registry, REPOSITORY, signatureManifest([signature(world)], world.image)),
    kinds: ['oci11-signature'],
  },
  { maker: 'cosign 2 attach sbom, SPDX', make: (world) => sbomTag(world, 'text/spdx+json'), kinds: ['cosign-sbom'] },
  {
    maker: 'cosign 2 attach sbom, CycloneDX',
    make: (world) => sbomTag(world, 'application/vnd.cyclonedx+json'),
    kinds: ['cosign-sbom'],
  },
  { maker: 'cosign 3 sign', make: (world) => bundle(world), kinds: ['sigstore-bundle'] },
  {
    maker: 'cosign 3 attest, twice',
    make: (world) => {
      bundle(world, 'https://slsa.dev/provenance/v1');
      bundle(world, 'https://spdx.dev/Document');
    },
    kinds: ['sigstore-bundle', 'sigstore-bundle'],
  },
  {
    maker: 'Tekton Chains, tags',
    make: (world) => {
      tag(world, 'sig', [signature(world)]);
      tag(world, 'att', [attestation(world, 'https://slsa.dev/provenance/v0.2')]);
    },
    kinds: ['cosign-signature', 'cosign-attestation'],
  },
  {
    maker: 'Tekton Chains, referrer',
    make: (world) => {
      const { payload, layer } = attestation(world);
      world.registry.attachReferrer(REPOSITORY, world.image.digest, {
        artifactType: IN_TOTO,
        layers: [{ bytes: payload, mediaType: layer.mediaType }],
      });
    },
    kinds: ['dsse-attestation'],
  },
  {
    maker: 'BuildKit, OCI artifact',
    make: (world) => attach(world, 'application/vnd.docker.attestation.manifest.v1+json', IN_TOTO),
    kinds: ['buildkit-attestation'],
  },
  {
    maker: 'BuildKit, entry of the index',
    make: ({ registry, image }) => {
      const layer = { bytes: Buffer.from('{"_type":"https://in-toto.io/Statement/v0.1"}'), mediaType: IN_TOTO };
      registry.putBlob(REPOSITORY, layer.bytes);
      const bytes = manifestOf(EMPTY_CONFIG, [layer]);
      const digest = registry.putManifest(REPOSITORY, bytes, MEDIA_TYPE.manifest);
      const listed = { mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length };
      const annotations = {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': image.digest,
      };
      const unknown = { os: 'unknown', architecture: 'unknown' };
      const entries = [
        { ...image, platform: { os: 'linux', architecture: 'amd64' } },
        { ...listed, platform: unknown, annotations },
      ];
      registry.putManifest(REPOSITORY, indexOf(entries), MEDIA_TYPE.index, 'v1');
    },
    kinds: ['buildkit-attestation'],
  },
  {
    maker: 'Docker Hardened Images',
    make: (world) => attach(world, IN_TOTO, IN_TOTO, statementBytes({ imageDigest: world.image.digest }).toString()),
    kinds: ['attestation-statement'],
  },
  artifact('Notary Project', 'application/vnd.cncf.notary.signature', 'application/jose+json'),
  artifact('ORAS, an SBOM', 'application/spdx+json'),
  artifact('ORAS, a document of one’s own', 'application/vnd.acme.readme', 'text/markdown'),
  artifact('Trivy, a vulnerability report', 'application/sarif+json'),
  artifact('Helm, provenance', 'application/vnd.cncf.helm.chart.provenance.v1.prov'),
  artifact('SOCI, an index', 'application/vnd.amazon.soci.index.v1+json', 'application/octet-stream'),
  artifact('Nydus', 'application/vnd.nydus.image.manifest.v1+json', 'application/octet-stream'),
  artifact('Ratify, a CycloneDX SBOM', 'application/vnd.cyclonedx+json'),
  artifact('Copacetic, a VEX document', 'application/vex+json'),
];
