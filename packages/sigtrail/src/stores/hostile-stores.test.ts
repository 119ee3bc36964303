import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { attachLayers, pushImage, startRegistry } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identity } from '../../test/attempt.ts';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { not } from '../policy/index.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { ImageReport } from '../report/image-report.ts';
import { createVerifier } from '../verifier.ts';
import {
  type ContentStore,
  directoryStore,
  type ListingStore,
  memoryStore,
  type SharedListingsOptions,
} from './index.ts';

const key = Buffer.alloc(32, 7);
const signedBy = identity;
const stranger = { ...identity, subject: 'https://github.com/other/workflow' };

let image: ImageUnderTest;
let kept: Map<string, Uint8Array>;
let now: number;
beforeEach(async () => {
  image = await createImage();
  kept = new Map();
  now = 1_000_000;
});
afterEach(() => image.close());

const store: ListingStore = { get: (name) => kept.get(name), set: (name, bytes) => void kept.set(name, bytes) };

interface Setting {
  readonly listings?: Partial<SharedListingsOptions> | false;
  readonly blobs?: ContentStore;
  readonly timeoutMs?: number;
  readonly mirrors?: readonly string[];
}

type Asked = ReturnType<typeof createVerifier>;

function openVerifier({ listings = {}, blobs = memoryStore(), timeoutMs, mirrors }: Setting): Asked {
  return createVerifier({
    ...image.options,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(mirrors === undefined
      ? {}
      : { registry: { mirrors: { [image.registry.host]: mirrors.map((url) => ({ url, tags: true })) } } }),
    stores: { blobs, ...(listings === false ? {} : { listings: { store, key, clock: () => now, ...listings } }) },
  });
}

/** What a new process makes of the image. */
async function ask(policy: ImagePolicy = { signedBy }, setting: Setting = {}): Promise<ImageReport> {
  await using verifier = openVerifier(setting);
  return await verifier.evaluate(`${image.registry.host}/${image.repository}@${image.digest}`, policy);
}

function sign(): void {
  image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
}

function signTag(): void {
  image.tagLayers('sig', [
    image.sigstore.signImageLegacy({
      imageDigest: image.digest,
      dockerReference: image.repository,
      signer: image.signer,
    }),
  ]);
}

const agesOf = ({ locations }: ImageReport): readonly number[] => locations.flatMap(({ ageMs }) => ageMs ?? []);

describe('a list that another process got, and that is too long to be read to its end', () => {
  it('is asked for anew before anything is said of it', async () => {
    image.registry.configure({ referrersApi: false, fallbackTags: 'stored' });
    const tag = image.digest.replace(':', '-');
    const push = (entries: number): void => {
      const manifests = Array.from({ length: entries }, (_, at) => ({
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: `sha256:${at.toString(16).padStart(64, '0')}`,
        size: 1,
        artifactType: 'x/y',
      }));
      const index = { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests };
      image.registry.putManifest(image.repository, Buffer.from(JSON.stringify(index)), index.mediaType, tag);
    };
    push(1001);
    expect(await ask()).toMatchObject({ verdict: 'indeterminate', problems: [{ code: 'too-large' }] });
    expect(kept.size).toBeGreaterThan(0);
    push(1);
    expect((await ask()).verdict).toBe('rejected');
  });
});

describe('a mirror that may say what tags name', () => {
  it('is named, with a listing of its answer too, and proves no absence', async () => {
    const mirror = await startRegistry();
    try {
      signTag();
      pushImage(mirror, `${image.repository}:v1`);
      attachLayers(mirror, `${image.repository}:v1`, 'sig', [
        image.sigstore.signImageLegacy({
          imageDigest: image.digest,
          dockerReference: image.repository,
          signer: image.signer,
        }),
      ]);
      const mirrors = [mirror.url];
      for (const age of [[], [0]]) {
        const report = await ask({ signedBy }, { mirrors });
        expect([report.verdict, agesOf(report)]).toEqual(['verified', age]);
        expect(report.locations).toContainEqual(
          expect.objectContaining({ kind: 'signature-tag', answer: 'found', mirror: mirror.host }),
        );
        const ofTag = report.transcript.find(({ url }) => url.endsWith('.sig'));
        expect(ofTag?.url.startsWith(`${mirror.url}/v2/`)).toBe(true);
      }
      // The registry has one more signature than its mirror knows.
      const other = await image.sigstore.issueCertificate({ san: [{ kind: 'uri', value: stranger.subject }] });
      image.tagLayers(
        'sig',
        [image.signer, other].map((signer) =>
          image.sigstore.signImageLegacy({ imageDigest: image.digest, dockerReference: image.repository, signer }),
        ),
      );
      const isNotStrange: ImagePolicy = { allOf: [{ signedBy }, not({ signedBy: stranger })] };
      expect((await ask(isNotStrange)).verdict).toBe('rejected');
      expect(await ask(isNotStrange, { mirrors })).toMatchObject({
        verdict: 'indeterminate',
        problems: [{ code: 'place-unread' }],
      });
      expect((await ask({ signedBy: stranger }, { mirrors })).verdict).toBe('indeterminate');
    } finally {
      await mirror.close();
    }
  });
});

describe('a clock', () => {
  it('that is set back makes no old listing new again, for a process that knew better', async () => {
    sign();
    await ask();
    image.registry.configure({ referrersApi: false, fallbackTags: 'stored' });
    await using verifier = openVerifier({});
    const verdict = async (): Promise<string> => (await verifier.evaluate(image.reference, { signedBy })).verdict;
    expect(await verdict()).toBe('verified');
    now += 60_000;
    expect(await verdict()).toBe('rejected');
    now -= 60_000;
    expect(await verdict()).toBe('rejected');
  });

  it.each<readonly [string, () => number]>([
    ['without a time', () => Number.NaN],
    ['at the end of time', () => Number.POSITIVE_INFINITY],
    ['before all time', () => Number.NEGATIVE_INFINITY],
    ['of yesterday', () => now - 86_400_000],
    ['of tomorrow', () => now + 86_400_000],
  ])('%s uses no listing, and writes none that is used', async (_, clock) => {
    sign();
    await ask();
    expect(agesOf(await ask({ signedBy }, { listings: { clock } }))).toEqual([]);
    kept.clear();
    await ask({ signedBy }, { listings: { clock } });
    expect(agesOf(await ask())).toEqual([]);
  });

  it('of fractions of a millisecond is a clock', async () => {
    sign();
    const listings = { clock: () => now + 0.5 };
    await ask({ signedBy }, { listings });
    expect(agesOf(await ask({ signedBy }, { listings }))).not.toEqual([]);
  });
});

describe('a store in this process', () => {
  it('may write over what it is given and what it gave, and move it elsewhere', async () => {
    sign();
    const spoil = (bytes: Uint8Array): void => {
      bytes.fill(0);
      if (bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength)
        structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    };
    const contents = new Map<string, Uint8Array>();
    const spoiling: ContentStore = {
      get: (name) => {
        const bytes = contents.get(name);
        const given = bytes === undefined ? undefined : Uint8Array.from(bytes);
        if (given !== undefined) queueMicrotask(() => queueMicrotask(() => spoil(given)));
        return given;
      },
      set: (name, bytes) => {
        contents.set(name, Uint8Array.from(bytes));
        spoil(bytes);
      },
    };
    for (const round of [1, 2, 3]) {
      const report = await ask({ signedBy }, { blobs: spoiling, listings: { store: spoiling } });
      expect([round, report.verdict, report.candidates.length]).toEqual([round, 'verified', 1]);
    }
  });

  it('may give what only looks like bytes', async () => {
    sign();
    const without = await ask({ signedBy }, { listings: false });
    await ask();
    const [sealed = new Uint8Array()] = kept.values();
    for (const thing of [
      new Proxy(sealed, {}),
      new Proxy(sealed, {
        getPrototypeOf: () => {
          throw new Error('no');
        },
      }),
      Object.create(Uint8Array.prototype) as Uint8Array,
      Buffer.from(sealed).toString(),
      [...sealed],
    ]) {
      const liar = { get: () => thing as Uint8Array, set: () => undefined };
      const report = await ask({ signedBy }, { blobs: liar, listings: { store: liar } });
      expect(report.verdict).toBe(without.verdict);
      expect(agesOf(report)).toEqual([]);
    }
  });

  // Just within what a store may take for one answer.
  it.each([700, 1900])('may take %i ms for every answer, and costs no verdict', { timeout: 60_000 }, async (ms) => {
    signTag();
    sign();
    const slow = async (): Promise<undefined> => wait(ms).then(() => undefined);
    const slowly = { get: slow, set: slow };
    const report = await ask({ signedBy }, { blobs: slowly, listings: { store: slowly }, timeoutMs: 12_000 });
    expect(report.verdict).toBe('verified');
  });
});

it('what a store has of one image is never shown for another, whatever is asked', async () => {
  sign();
  await ask();
  const other = await createImage(undefined, {});
  try {
    // Whatever the store has is given for every question.
    for (const sealed of kept.values()) {
      const always: ListingStore = { get: () => sealed, set: () => undefined };
      await using verifier = createVerifier({
        ...other.options,
        stores: { listings: { store: always, key, clock: () => now } },
      });
      const report = await verifier.evaluate(other.reference, { signedBy });
      expect(report).toMatchObject({ verdict: 'rejected', reason: 'unsigned' });
    }
  } finally {
    await other.close();
  }
});

it('a directory gives back no file that is larger than any that it writes', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'sigtrail-large-'));
  try {
    const large = directoryStore(directory, { maxBytes: 1024 ** 2 });
    const small = directoryStore(directory, { maxBytes: 10_000 });
    await large.set('a', Buffer.alloc(1001, 1));
    await large.set('b', Buffer.alloc(1000, 1));
    expect((await large.get('a'))?.byteLength).toBe(1001);
    expect(await small.get('a')).toBeUndefined();
    expect((await small.get('b'))?.byteLength).toBe(1000);
  } finally {
    await rm(directory, { recursive: true });
  }
});
