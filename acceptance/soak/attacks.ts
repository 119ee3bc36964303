import type { BundleJson } from '@sigtrail/testing';
import { attachAttestation, type Attach, attachBundle, type SoakImage, type SoakWorld } from './attach.ts';

const MIB = 1024 * 1024;
const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

/** Each as large as the limits let in. */
export const ATTACKS: readonly (readonly [name: string, attack: Attach, asks?: SoakImage['asks']])[] = [
  ['brackets', (world, image) => blobs(world, image, BUNDLE, 4, (index) => Buffer.alloc(15 * MIB + index, '['))],
  [
    'empty-lists',
    (world, image) => blobs(world, image, BUNDLE, 4, (index) => Buffer.from(`[${'[],'.repeat(5 * MIB)}${index}]`)),
  ],
  ['keys', (world, image) => blobs(world, image, BUNDLE, 2, (index) => Buffer.from(`{${keys(900_000)}"${index}":1}`))],
  [
    'envelopes',
    (world, image) =>
      attachAttestation(world, image, 'https://example.test/any', {
        long: Array.from({ length: 8000 }, () => 'x'.repeat(5000)),
      }),
    'sbom',
  ],
  [
    'predicates',
    (world, image) =>
      attachAttestation(world, image, 'https://example.test/any', {
        many: Array.from({ length: 1_900_000 }, (_, index) => index),
      }),
    'sbom',
  ],
  [
    'subjects',
    (world, image) =>
      bundles(world, image, 200, (bundle, index) => withStatement(world, bundle, { subject: subjects(index) })),
  ],
  ['entries', (world, image) => bundles(world, image, 50, spoilEvidence)],
  ['certificates', (world, image) => bundles(world, image, 150, withLongCertificate)],
  ['one-blob-often', (world, image) => oneBlob(world, image, 200)],
];

function keys(count: number): string {
  return Array.from({ length: count }, (_, index) => `"k${index}":0,`).join('');
}

function blobs(
  { registry }: SoakWorld,
  { repository, descriptor }: SoakImage,
  mediaType: string,
  count: number,
  make: (index: number) => Buffer,
): void {
  for (let index = 0; index < count; index += 1)
    registry.attachReferrer(repository, descriptor.digest, {
      artifactType: mediaType,
      layers: [{ bytes: make(index), mediaType }],
    });
}

/** The same blob in many manifests: each is read. */
function oneBlob({ registry }: SoakWorld, { repository, descriptor }: SoakImage, count: number): void {
  const layer = { bytes: Buffer.from(`{"mediaType":"${'x'.repeat(4 * MIB)}"}`), mediaType: BUNDLE };
  for (let index = 0; index < count; index += 1)
    registry.attachReferrer(repository, descriptor.digest, {
      artifactType: BUNDLE,
      layers: [layer],
      annotations: { index: String(index) },
    });
}

function bundles(
  world: SoakWorld,
  image: SoakImage,
  count: number,
  change: (bundle: BundleJson, index: number) => BundleJson,
): void {
  const { sigstore, signer } = world;
  const honest = sigstore.signBundle({
    statement: { imageDigest: image.descriptor.digest },
    signer,
    logs: [sigstore.rekor],
    timestamps: [sigstore.tsa],
  });
  for (let index = 0; index < count; index += 1) attachBundle(world, image, change(structuredClone(honest), index));
}

/** Signed by someone else, so that it is judged to its end and never accepted for what it says. */
function withStatement({ sigstore, signer }: SoakWorld, _: BundleJson, more: object): BundleJson {
  const statement = Buffer.from(
    JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      predicateType: 'https://sigstore.dev/cosign/sign/v1',
      predicate: {},
      ...more,
    }),
  );
  return sigstore.signBundle({ statement, signer });
}

function subjects(index: number): readonly object[] {
  const digest = { sha384: index.toString(16).padStart(96, 'a'), sha512: index.toString(16).padStart(128, 'b') };
  return Array.from({ length: 1024 }, () => ({ digest }));
}

/** 32 log entries and 32 timestamps, each with a signature of its own that doesn't hold. */
function spoilEvidence(bundle: BundleJson, index: number): BundleJson {
  const { verificationMaterial: material } = bundle;
  const [entry] = material.tlogEntries;
  const [stamp] = material.timestampVerificationData?.rfc3161Timestamps ?? [];
  if (entry?.inclusionPromise === undefined || stamp === undefined) throw new Error('it is logged and stamped');
  const { signedEntryTimestamp } = entry.inclusionPromise;
  const spoil = (base64: string, at: number): string => {
    const bytes = Buffer.from(base64, 'base64');
    bytes.writeUInt16BE(index * 32 + at, bytes.length - 2);
    return bytes.toString('base64');
  };
  const all = Array.from({ length: 32 }, (_, at) => at);
  material.tlogEntries = all.map((at) => ({
    ...entry,
    inclusionPromise: { signedEntryTimestamp: spoil(signedEntryTimestamp, at) },
  }));
  material.timestampVerificationData = {
    rfc3161Timestamps: all.map((at) => ({ signedTimestamp: spoil(stamp.signedTimestamp, at) })),
  };
  return bundle;
}

/** 64 KiB of DER: some 30,000 elements. */
function withLongCertificate(bundle: BundleJson, index: number): BundleJson {
  const header = (length: number): Buffer => Buffer.from([0x30, 0x82, length >> 8, length & 0xff]);
  const junk = Buffer.alloc(2 * 32_500, Buffer.from([5, 0]));
  junk.writeUInt16BE(index, junk.length - 2);
  const rawBytes = Buffer.concat([header(junk.length + 4), header(junk.length), junk]).toString('base64');
  return { ...bundle, verificationMaterial: { ...bundle.verificationMaterial, certificate: { rawBytes } } };
}
