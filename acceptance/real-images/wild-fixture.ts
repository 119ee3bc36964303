import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IdentityRule } from 'sigtrail';

/** A layer of a `.sig` manifest: the payload and what is beside it. */
export interface WildLayer {
  readonly payload: Uint8Array;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A signer, and what the policy must give up for the signature to count. */
export interface WildSigner {
  readonly label: string;
  readonly rule: IdentityRule | { readonly key: string };
  /** Made without transparency log: accepted only under `require: { log: 0 }`. */
  readonly withoutLog: boolean;
}

/** A signature of a real image, found in a public repository. */
export interface WildFixture {
  readonly name: string;
  readonly imageDigest: string;
  /** The image's own manifest, where somebody kept it: bytes of exactly `imageDigest`. */
  readonly image?: Uint8Array;
  readonly layers: readonly WildLayer[];
  /** The bundle, and the manifest that carries it as referrer. */
  readonly bundle?: { readonly bytes: Uint8Array; readonly manifest?: Uint8Array };
  readonly signers: readonly WildSigner[];
  /** Keys that are beside it and did not sign it. */
  readonly otherKeys: readonly { readonly label: string; readonly key: string }[];
}

const KINDS: ReadonlySet<string> = new Set([
  'cosign-sig-keyless',
  'cosign-sig-key',
  'oci-referrer-bundle',
  'image-bundle',
]);
const BUNDLE = 'dev.sigstore.cosign/bundle';

interface Expected {
  readonly imageDigest: string;
  readonly san?: readonly { readonly value: string }[];
  readonly issuer?: string;
  readonly key?: string | null;
}

interface Entry {
  readonly name: string;
  readonly kind: string;
  readonly dir: string;
  readonly expected: Expected & { readonly result: string; readonly layers?: readonly Expected[] };
}

/** Every signed image of the fixtures' `index.json`. */
export function readWildFixtures(fixtures: string): readonly WildFixture[] {
  const entries = JSON.parse(readFileSync(join(fixtures, 'index.json'), 'utf8')) as readonly Entry[];
  return entries.filter(({ kind }) => KINDS.has(kind)).map((entry) => readFixture(fixtures, entry));
}

function readFixture(fixtures: string, { name, dir, expected }: Entry): WildFixture {
  if (expected.result !== 'valid') throw new Error(`${name}: only valid ones are of these kinds`);
  const directory = join(fixtures, dir);
  const perLayer = expected.layers ?? [expected];
  const { imageDigest } = perLayer[0] ?? expected;
  const layers = existsSync(join(directory, 'bundle.sigstore.json')) ? [] : readLayers(directory);
  const bundle = layers.length > 0 ? undefined : readBundle(directory);
  const image = ['image-manifest.json', 'image-index.json']
    .map((file) => readIfThere(join(directory, file)))
    .find((bytes) => bytes !== undefined && digestOf(bytes) === imageDigest);
  const identities = perLayer.flatMap(({ san, issuer = '' }) =>
    (san ?? []).map(({ value }) => ({ label: value, rule: { subject: value, issuer }, withoutLog: false })),
  );
  const keys = readKeys(directory);
  // A certificate signed every layer that has one; a key beside such a layer is somebody else's.
  const keyLayers = layers.filter(({ annotations }) => annotations['dev.sigstore.cosign/certificate'] === undefined);
  const signed = keyLayers.length > 0;
  return {
    name,
    imageDigest,
    ...(image === undefined ? {} : { image }),
    layers,
    ...(bundle === undefined ? {} : { bundle }),
    signers: [
      ...identities,
      ...(signed
        ? keys.map(({ label, key }) => ({
            label,
            rule: { key },
            withoutLog: keyLayers.every(({ annotations }) => annotations[BUNDLE] === undefined),
          }))
        : []),
    ],
    otherKeys: signed ? [] : keys,
  };
}

function readLayers(directory: string): readonly WildLayer[] {
  const manifest = readIfThere(join(directory, 'manifest.json'));
  if (manifest === undefined)
    return [
      {
        payload: readFileSync(join(directory, 'payload.json')),
        annotations: JSON.parse(readFileSync(join(directory, 'annotations.json'), 'utf8')) as Record<string, string>,
      },
    ];
  const { layers } = JSON.parse(manifest.toString('utf8')) as {
    readonly layers: readonly { readonly digest: string; readonly annotations: Record<string, string> }[];
  };
  return layers.map(({ digest, annotations }) => ({
    payload: readFileSync(join(directory, 'blobs', digest.replace(':', '/'))),
    annotations,
  }));
}

function readBundle(directory: string): NonNullable<WildFixture['bundle']> {
  const manifest = readIfThere(join(directory, 'bundle-manifest.json'));
  return {
    bytes: readFileSync(join(directory, 'bundle.sigstore.json')),
    ...(manifest === undefined ? {} : { manifest }),
  };
}

function readKeys(directory: string): readonly { readonly label: string; readonly key: string }[] {
  return [directory, join(directory, 'keys')]
    .flatMap((folder) =>
      existsSync(folder)
        ? readdirSync(folder)
            .filter((file) => file.endsWith('.pub'))
            .map((file) => join(folder, file))
        : [],
    )
    .map((file) => ({ label: file.slice(directory.length + 1), key: readFileSync(file, 'utf8') }));
}

function readIfThere(file: string): Buffer | undefined {
  return existsSync(file) ? readFileSync(file) : undefined;
}

/** `sha256:` and hex. */
export function digestOf(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
