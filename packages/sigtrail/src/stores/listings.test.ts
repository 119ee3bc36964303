import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identity } from '../../test/attempt.ts';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import type { Stores } from '../options.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import { not } from '../policy/index.ts';
import { glob } from '../policy/pattern.ts';
import type { ImageReport } from '../report/image-report.ts';
import { toText } from '../render/to-text.ts';
import { createVerifier } from '../verifier.ts';
import { directoryStore, type ListingStore, memoryStore, type SharedListingsOptions } from './index.ts';

const key = Buffer.alloc(32, 7);
const signedBy = identity;
const stranger = { ...identity, subject: 'https://github.com/other/workflow' };
const PROVENANCE = 'https://slsa.dev/provenance/v1';

let image: ImageUnderTest;
let kept: Map<string, Uint8Array>;
let now: number;
let blobs: NonNullable<Stores['blobs']>;
beforeEach(async () => {
  image = await createImage();
  image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
  kept = new Map();
  now = 1_000_000;
  blobs = memoryStore();
});
afterEach(() => image.close());

const store: ListingStore = { get: (name) => kept.get(name), set: (name, bytes) => void kept.set(name, bytes) };

interface Asked {
  readonly report: ImageReport;
  readonly verdict: string;
  /** What was asked by name: lists, and tags. */
  readonly lists: number;
  readonly ages: readonly number[];
}

/** What a new process makes of the image. */
async function ask(
  policy: ImagePolicy = { signedBy },
  listings: Partial<SharedListingsOptions> | false = {},
  more: { readonly capture?: boolean; readonly timeoutMs?: number } = {},
): Promise<Asked> {
  const before = image.registry.requests.length;
  await using verifier = createVerifier({
    ...image.options,
    ...(more.timeoutMs === undefined ? {} : { timeoutMs: more.timeoutMs }),
    stores: { blobs, ...(listings === false ? {} : { listings: { store, key, clock: () => now, ...listings } }) },
  });
  const reference = `${image.registry.host}/${image.repository}@${image.digest}`;
  const report = await verifier.evaluate(reference, policy);
  const paths = image.registry.requests.slice(before).map(({ path }) => path);
  return {
    report,
    verdict: report.verdict,
    lists: paths.filter((path) => /\/referrers\/|manifests\/sha256-/.test(path)).length,
    ages: report.locations.flatMap(({ ageMs }) => ageMs ?? []),
  };
}

/** From now on the registry says that nothing is attached. */
function unsign(): void {
  image.registry.configure({ referrersApi: false, fallbackTags: 'stored' });
}

describe('a listing that another process got', () => {
  it('is used for "verified", and the report says so, and how old it is', async () => {
    const first = await ask();
    expect(first).toMatchObject({ verdict: 'verified', ages: [] });
    now += 4200;
    const second = await ask();
    expect(second).toMatchObject({ verdict: 'verified', ages: [4200] });
    expect(second.lists).toBeLessThan(first.lists);
    const { report } = second;
    expect(report.transcript).toContainEqual(expect.objectContaining({ note: 'shared listing', ageMs: 4200 }));
    expect(toText(report)).toContain('(shared listing, 5 s old)');
    expect(toText(first.report)).not.toContain('shared listing');
  });

  it('serves even if the registry itself has lost the signature, until it is too old', async () => {
    await ask();
    unsign();
    expect((await ask()).verdict).toBe('verified');
    now += 60_000;
    expect((await ask()).verdict).toBe('rejected');
  });

  it('is not used without the option', async () => {
    await ask();
    unsign();
    expect((await ask({ signedBy }, false)).verdict).toBe('rejected');
  });

  it('of a tag is used, too', async () => {
    unsign();
    image.tagLayers('sig', [
      image.sigstore.signImageLegacy({
        imageDigest: image.digest,
        dockerReference: image.repository,
        signer: image.signer,
      }),
    ]);
    const first = await ask();
    expect(first).toMatchObject({ verdict: 'verified', ages: [] });
    expect((await ask()).ages).toEqual([0]);
  });

  it('lets an image pass that was signed since', async () => {
    await ask({ signedBy: stranger });
    const other = await image.sigstore.issueCertificate({ san: [{ kind: 'uri', value: stranger.subject }] });
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: other }));
    expect(await ask({ signedBy: stranger })).toMatchObject({ verdict: 'verified', ages: [] });
  });
});

describe('the places themselves are asked before it is said', () => {
  it('that an image is unsigned', async () => {
    unsign();
    expect((await ask()).report).toMatchObject({ verdict: 'rejected', reason: 'unsigned' });
    expect(kept.size).toBe(0);
    const again = await ask();
    expect(again).toMatchObject({ verdict: 'rejected', ages: [] });
    expect(again.lists).toBeGreaterThan(0);
  });

  it('that no signature fits', async () => {
    for (const [policy, reason] of [
      [{ signedBy: stranger }, 'no-match'],
      [{ attested: { type: PROVENANCE, signedBy } }, 'no-match'],
    ] as const) {
      await ask();
      const asked = await ask(policy);
      expect(asked).toMatchObject({ verdict: 'rejected', ages: [], report: { reason } });
      expect(asked.lists).toBeGreaterThan(0);
    }
  });

  it('that there are only attestations', async () => {
    const predicate = {
      buildDefinition: { buildType: 't', externalParameters: {} },
      runDetails: { builder: { id: 'b' } },
    };
    await image.close();
    image = await createImage();
    image.attachBundle(
      image.sigstore.signBundle({
        statement: { imageDigest: image.digest, predicateType: PROVENANCE, predicate },
        signer: image.signer,
      }),
    );
    expect((await ask({ attested: { type: PROVENANCE, signedBy } })).verdict).toBe('verified');
    const asked = await ask();
    expect(asked).toMatchObject({ verdict: 'rejected', ages: [], report: { reason: 'only-attestations' } });
    expect(asked.lists).toBeGreaterThan(0);
  });

  it('that a listed signature can’t be read', async () => {
    await ask();
    blobs = memoryStore();
    const bundle = (await ask({ signedBy }, false)).report.candidates[0];
    unsign();
    blobs = memoryStore();
    image.registry.remove(image.repository, bundle?.manifestDigest ?? '');
    expect(await ask()).toMatchObject({ verdict: 'rejected', ages: [] });
  });
});

describe('a policy that holds by what is missing', () => {
  const accept = { name: 'accept', run: () => true };
  it.each<readonly [string, ImagePolicy]>([
    ['not', { allOf: [{ signedBy }, not({ signedBy: stranger })] }],
    [
      'not, deep inside',
      { allOf: [{ signedBy }, { anyOf: [{ signedBy }, { allOf: [not({ signedBy: stranger })] }] }] },
    ],
    ['vex', { allOf: [{ signedBy }, { vex: { signedBy, refuse: ['affected'] } }] }],
    ['a callback over the set', { allOf: [{ signedBy }, { acceptImage: accept }] } as never],
    ['a callback over one signature', { signedBy: { ...signedBy, accept: () => true as const } }],
    ['notOlderThan', { signedBy: { ...signedBy, notOlderThan: '2020-01-01T00:00:00Z' } }],
  ])('asks the registry itself: %s', async (_, policy) => {
    const first = await ask(policy);
    expect(first.verdict).toBe('verified');
    const second = await ask(policy);
    expect(second).toMatchObject({ verdict: 'verified', ages: [], lists: first.lists });
  });

  it('is told apart from those that hold by what is there', async () => {
    for (const policy of [
      { signedBy: { ...signedBy, subject: glob('https://github.com/**') } },
      { anyOf: [{ signedBy: stranger }, { allOf: [{ signedBy }] }] },
      { atLeast: 1, of: [signedBy, stranger] },
    ]) {
      await ask(policy);
      expect((await ask(policy)).ages).not.toEqual([]);
    }
  });
});

describe('a store that is against us', () => {
  /** What is in the store, and what else could be put there. */
  const edit = (change: (bytes: Buffer) => Uint8Array): void => {
    for (const [name, bytes] of kept) kept.set(name, change(Buffer.from(bytes)));
  };
  const POISONS: Readonly<Record<string, () => void>> = {
    'another digest': () =>
      edit((bytes) => Buffer.from(bytes.toString().replaceAll(/sha256:[0-9a-f]{8}/g, 'sha256:00000000'))),
    'one bit': () => edit((bytes) => bytes.map((byte, at) => (at === bytes.length >> 1 ? byte ^ 1 : byte))),
    'half of it': () => edit((bytes) => bytes.subarray(0, bytes.length >> 1)),
    nothing: () => edit(() => new Uint8Array()),
    'eight MiB': () => edit(() => Buffer.alloc(8 * 1024 ** 2, 'x')),
    'a later expiry': () => edit((bytes) => Buffer.from(bytes.toString().replace('1060000', '9060000'))),
    'what another key sealed': () =>
      edit((bytes) => Buffer.from(bytes.toString().replace(/ \S+\n/, ` ${'A'.repeat(43)}\n`))),
  };

  it.each(Object.keys(POISONS))('can’t mislead by %s', async (poison) => {
    await ask();
    expect(kept.size).toBeGreaterThan(0);
    POISONS[poison]?.();
    expect(await ask()).toMatchObject({ verdict: 'verified', ages: [] });
    POISONS[poison]?.();
    unsign();
    expect(await ask()).toMatchObject({ verdict: 'rejected', ages: [] });
  });

  it('can’t bring back what has expired', async () => {
    await ask();
    const old = new Map(kept);
    unsign();
    now += 60_000;
    kept = old;
    expect(await ask()).toMatchObject({ verdict: 'rejected', ages: [] });
  });

  it('can’t pass one image’s listing off as another’s', async () => {
    await ask();
    const [name] = kept.keys();
    const signed = kept.get(name ?? '') ?? new Uint8Array();
    const asked: string[] = [];
    const other = await createImage();
    try {
      await using verifier = createVerifier({
        ...other.options,
        stores: {
          listings: {
            store: {
              get: (where) => {
                asked.push(where);
                return signed;
              },
              set: () => undefined,
            },
            key,
            clock: () => now,
          },
        },
      });
      const report = await verifier.evaluate(other.reference, { signedBy });
      expect(asked.length).toBeGreaterThan(0);
      expect(report).toMatchObject({ verdict: 'rejected', reason: 'unsigned' });
      expect(report.locations.some(({ ageMs }) => ageMs !== undefined)).toBe(false);
    } finally {
      await other.close();
    }
  });

  it('can’t be written by a process with a different key', async () => {
    await ask({ signedBy }, { key: Buffer.alloc(32, 8) });
    unsign();
    expect(await ask()).toMatchObject({ verdict: 'rejected', ages: [] });
    const [foreign] = kept.values();
    expect(foreign).toBeDefined();
    const always: ListingStore = { get: () => foreign, set: () => undefined };
    expect(await ask({ signedBy }, { store: always })).toMatchObject({ verdict: 'rejected', ages: [] });
  });

  it('can fail, or hang, at any moment', async () => {
    const without = await ask({ signedBy }, false);
    const fail = (): never => {
      throw new Error('gone');
    };
    const hang = async (): Promise<never> => new Promise<never>(() => undefined);
    for (const [get, set] of [
      [fail, fail],
      [hang, hang],
      [store.get, hang],
      [hang, store.set],
    ] as const) {
      kept = new Map();
      const asked = await ask({ signedBy }, { store: { get, set } }, { timeoutMs: 8000 });
      expect(asked).toMatchObject({ verdict: without.verdict, lists: without.lists, ages: [] });
    }
  });
});

it('a capsule holds what the registry itself said', async () => {
  await ask();
  await using verifier = createVerifier({
    ...image.options,
    stores: { listings: { store, key, clock: () => now } },
  });
  const { report } = await verifier.capture(image.reference, { signedBy });
  expect(report.verdict).toBe('verified');
  expect(report.locations.some(({ ageMs }) => ageMs !== undefined)).toBe(false);
});

it('a directory keeps listings next to blobs', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sigtrail-listings-'));
  try {
    blobs = directoryStore(directory);
    const listings = { store: directoryStore(directory) };
    await ask({ signedBy }, listings);
    expect((await ask({ signedBy }, listings)).ages).toEqual([0]);
  } finally {
    await rm(directory, { recursive: true });
  }
});

it('listings that can’t be are refused', () => {
  const blob = memoryStore();
  for (const [listings, registry] of [
    [{ store: blob }],
    [{ key }],
    [{ store: {}, key }],
    [{ store: blob, key: key.subarray(0, 31) }],
    [{ store: blob, key: key.toString('hex') }],
    [{ store: blob, key, maxAge: 5 }],
    [{ store: blob, key, maxAgeMs: 0 }],
    [{ store: blob, key, maxAgeMs: 86_400_001 }],
    [{ store: blob, key }, { listings: { store: blob, key } }],
  ] as const)
    expect(() =>
      createVerifier({ stores: { listings }, ...(registry === undefined ? {} : { registry }) } as never),
    ).toThrow(TypeError);
});
