import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSigstore, startRegistry, startTufRepository, type TufRepository } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tufAttacks } from '../../../test/tuf/attacks.ts';
import { isSigtrailError } from '../../error.ts';
import { createVerifier } from '../../verifier.ts';
import { tufTrust, type TufTrustOptions } from './tuf-trust.ts';

const now = new Date('2026-03-01T12:00:00Z');
const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000);
const DAY = 86_400_000;
let repository: TufRepository;
let directory: string;
let document: string;
let other: string;

beforeEach(async () => {
  repository = await startTufRepository(now);
  directory = await mkdtemp(join(tmpdir(), 'sigtrail-tuf-'));
  document = JSON.stringify((await createSigstore({ now })).trustedRoot());
  other = JSON.stringify((await createSigstore({ now })).trustedRoot());
  repository.publish(document);
});
afterEach(async () => {
  await repository[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

const open = (options: TufTrustOptions = {}): ReturnType<typeof tufTrust> =>
  tufTrust({ mirror: repository.mirror, root: repository.root, ...options });

/** The trusted root's text, or the code of the refusal. */
async function ask(trust: ReturnType<typeof tufTrust>, at: Date = now): Promise<string> {
  try {
    return (await trust(at)).root.json;
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return error.code;
  }
}

/** The one folder below the cache directory. */
async function cacheFolder(): Promise<string> {
  const [folder = ''] = await readdir(directory);
  return folder;
}

describe('trust from a TUF repository', () => {
  it('reads the target, and says until when', async () => {
    const { root, source } = await open()(now);
    expect(root.json).toBe(document);
    expect(source).toMatchObject({ kind: 'tuf', name: repository.mirror, expires: later(7).toISOString() });
  });

  it('asks the mirror again after a day, and gives the same object for the same document', async () => {
    const trust = open();
    const { root } = await trust(now);
    const { length } = repository.requests;
    expect((await trust(later(0.9))).root).toBe(root);
    expect(repository.requests).toHaveLength(length);
    expect((await trust(later(1.1))).root).toBe(root);
    expect(repository.requests.length).toBeGreaterThan(length);
    repository.publish(document, { expires: { timestamp: later(20), snapshot: later(20), targets: later(20) } });
    expect((await trust(later(8))).root).toBe(root);
  });

  it('asks again after the age that was set, and makes do with what it has when the mirror is away', async () => {
    const trust = open({ maxAgeMs: DAY });
    await trust(now);
    repository.publish(other);
    expect(await ask(trust, later(0.5))).toBe(document);
    expect(await ask(trust, later(2))).toBe(other);
    repository.answer(() => 503);
    const { root, source } = await trust(later(4));
    expect([root.json, source.warning]).toEqual([other, expect.stringContaining('503')]);
    expect(await ask(trust, later(8))).toBe('trust-expired');
  });

  it('follows rotations of the root, one by one', async () => {
    const trust = open({ maxAgeMs: 0 });
    await trust(now);
    repository.rotate();
    repository.rotate();
    repository.publish(other);
    expect(await ask(trust, now)).toBe(other);
    expect(await ask(open(), now)).toBe(other);
  });

  it('keeps its cache for the next process, and needs no network while nothing has expired', async () => {
    await open({ cacheDirectory: directory })(now);
    const { length } = repository.requests;
    const next = open({ cacheDirectory: directory, network: 'none' });
    expect(await ask(next, later(6))).toBe(document);
    expect(await ask(open({ cacheDirectory: directory, network: 'none' }), later(8))).toBe('trust-expired');
    expect(await ask(open({ network: 'none' }), now)).toBe('trust-unavailable');
    expect(repository.requests).toHaveLength(length);
  });

  it('is unavailable, not a mistake of the caller, while the mirror’s target is not a trusted root', async () => {
    repository.publish('{"mediaType":"application/json"}');
    const trust = open({ cacheDirectory: directory });
    expect(await ask(trust)).toBe('trust-unavailable');
    // Kept by now, and asked for again.
    expect(await ask(open({ cacheDirectory: directory }))).toBe('trust-unavailable');
    repository.publish(document);
    expect(await ask(open({ cacheDirectory: directory }))).toBe(document);
  });

  it('works on a disk that can’t be written', async () => {
    const file = join(directory, 'a-file');
    await writeFile(file, '');
    await chmod(directory, 0o500);
    const trust = open({ cacheDirectory: join(file, 'below') });
    expect(await ask(trust)).toBe(document);
    await chmod(directory, 0o700);
    expect(await readdir(directory)).toEqual(['a-file']);
  });

  it('lets calls at once share one refresh, and clients at once one directory', async () => {
    const trust = open({ cacheDirectory: directory });
    expect(await Promise.all([1, 2, 3, 4].map(async () => ask(trust)))).toEqual(Array(4).fill(document));
    expect(repository.requests.filter((path) => path === 'timestamp.json')).toHaveLength(1);
    const clients = await Promise.all(
      [1, 2, 3, 4].map(async () => ask(open({ cacheDirectory: directory, maxAgeMs: 0 }))),
    );
    expect(clients).toEqual(Array(4).fill(document));
    expect(await readdir(join(directory, await cacheFolder()))).toEqual(['state.json']);
  });

  it.each(['', 'not JSON', '{}', '{"version":2,"roots":[]}', '{"version":1,"roots":["e30="]}'])(
    'fetches again when its cache holds %j',
    async (text) => {
      await open({ cacheDirectory: directory })(now);
      await writeFile(join(directory, await cacheFolder(), 'state.json'), text);
      expect(await ask(open({ cacheDirectory: directory, network: 'none' }))).toBe('trust-unavailable');
      expect(await ask(open({ cacheDirectory: directory }))).toBe(document);
    },
  );

  it.each<[object, string]>([
    [{ mirror: 'https://tuf.acme.test' }, 'invalid-option'],
    [{ mirror: 'file:///etc' }, 'invalid-option'],
    [{ maxAgeMs: Number.NaN }, 'invalid-option'],
    [{ profile: 'key' }, 'invalid-option'],
    [{ cachePath: '/tmp' }, 'unknown-option'],
  ])('refuses options %j', (options, code) => {
    expect(() => tufTrust(options as TufTrustOptions)).toThrow(expect.objectContaining({ name: 'TypeError', code }));
  });
});

describe('a mirror that attacks', () => {
  /** A client that has version 2 and must not be led back or astray; `attack` happens afterwards. */
  async function afterwards(attack: () => void, at: Date = now): Promise<string> {
    const trust = open({ maxAgeMs: 0, cacheDirectory: directory });
    repository.publish(document);
    expect(await ask(trust)).toBe(document);
    attack();
    const { root, source } = await trust(at);
    expect(source.warning).toBeDefined();
    return root.json;
  }

  it('rollback: an older timestamp', async () => {
    expect(await afterwards(() => repository.publish(other, { version: 1 }))).toBe(document);
  });
  it('rollback: an older root under a newer name', async () => {
    expect(
      await afterwards(() => {
        repository.files.set('2.root.json', repository.root);
        repository.publish(other);
      }),
    ).toBe(document);
  });
  it.each(tufAttacks)('$name', async ({ attack, code }) => {
    attack(repository, other, now);
    expect(await ask(open())).toBe(code);
  });
  it.each(['timestamp', 'snapshot', 'targets'] as const)(
    '%s by a foreign key, for one who was here before',
    async (role) => {
      expect(await afterwards(() => repository.publish(other, { foreignKey: role }))).toBe(document);
    },
  );
  it('a signed target that is not a trusted root', async () => {
    repository.publish('{"mediaType":"text/plain"}');
    await expect(open()(now)).rejects.toThrow(/mediaType/);
  });
});

describe('a cache that a stranger wrote', () => {
  /** Everything that another repository, with keys of its own, would leave behind. */
  async function plant(change: (state: Record<string, unknown>) => void = () => undefined): Promise<void> {
    const evil = await startTufRepository(now);
    evil.publish(other);
    const planted = await mkdtemp(join(tmpdir(), 'sigtrail-tuf-evil-'));
    await tufTrust({ mirror: evil.mirror, root: evil.root, cacheDirectory: planted })(now);
    const [from = ''] = await readdir(planted);
    const state = JSON.parse(await readFile(join(planted, from, 'state.json'), 'utf8')) as Record<string, unknown>;
    // The attacker's root takes the place of the next one after the caller's.
    change(Object.assign(state, { roots: [evil.root.toString('base64')] }));
    await open({ cacheDirectory: directory })(now);
    await writeFile(join(directory, await cacheFolder(), 'state.json'), JSON.stringify(state));
    await evil[Symbol.asyncDispose]();
    await rm(planted, { recursive: true });
  }

  it('never becomes the root of trust, with a network and without', async () => {
    await plant();
    expect(await ask(open({ cacheDirectory: directory, network: 'none' }))).toBe('trust-expired');
    expect(await ask(open({ cacheDirectory: directory }))).toBe(document);
  });

  it('can’t claim to be fresh by a refresh in the future', async () => {
    await open({ cacheDirectory: directory })(now);
    const file = join(directory, await cacheFolder(), 'state.json');
    const state = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...state, refreshedAt: '2999-01-01T00:00:00.000Z' }));
    repository.publish(other);
    expect(await ask(open({ cacheDirectory: directory }))).toBe(other);
  });

  it.each([0o777, 0o770, 0o722])('is not read from a folder of mode %o', async (mode) => {
    await open({ cacheDirectory: directory })(now);
    await chmod(join(directory, await cacheFolder()), mode);
    await expect(open({ cacheDirectory: directory, network: 'none' })(now)).rejects.toMatchObject({
      code: 'trust-unavailable',
      message: expect.stringContaining('others may write to it'),
    });
    const { root, source } = await open({ cacheDirectory: directory })(now);
    expect([root.json, source.warning]).toEqual([document, expect.stringContaining('others may write to it')]);
  });
});

describe('what was seen once', () => {
  it.each(['the same process', 'another process'])(
    'is not forgotten when the rest of a refresh fails: %s',
    async (who) => {
      const trust = open({ maxAgeMs: 0, cacheDirectory: directory });
      await trust(now);
      const old = new Map(repository.files);
      repository.publish(other);
      repository.answer((path) => (path === '2.snapshot.json' ? 404 : undefined));
      expect((await trust(now)).source.warning).toContain('2.snapshot.json');
      // The mirror goes back to what it was before: a rollback, for one who has seen version 2.
      repository.answer((path) => old.get(path) ?? (path.includes('root') ? undefined : 404));
      const next = who === 'the same process' ? trust : open({ maxAgeMs: 0, cacheDirectory: directory });
      const { root, source } = await next(now);
      expect([root.json, source.warning]).toEqual([document, expect.stringContaining('went back from version 2 to 1')]);
    },
  );

  it.each(['slower', 'faster'])('is not forgotten for the %s of two writers of one folder', async (reader) => {
    const slow = open({ maxAgeMs: 0, cacheDirectory: directory });
    await slow(now);
    repository.publish(document);
    const second = new Map(repository.files);
    // The slow one has read version 2 of the timestamp, and waits for its snapshot while the fast one sees version 3.
    const [reached, go] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    repository.answer(async (path) => {
      if (path !== '2.snapshot.json') return undefined;
      reached.resolve();
      await go.promise;
      return second.get(path);
    });
    const waiting = slow(now);
    await reached.promise;
    repository.publish(other);
    const fast = open({ maxAgeMs: 0, cacheDirectory: directory });
    expect(await ask(fast)).toBe(other);
    go.resolve();
    await waiting;
    expect(await ask(open({ cacheDirectory: directory, network: 'none' }))).toBe(other);
    // A mirror that goes back to version 2 is named by both of them, and by every process after them.
    repository.answer((path) => second.get(path) ?? (path.includes('root') ? undefined : 404));
    for (const client of [reader === 'slower' ? slow : fast, open({ maxAgeMs: 0, cacheDirectory: directory })]) {
      const { root, source } = await client(now);
      expect([root.json, source.warning]).toEqual([other, expect.stringContaining('went back from version 3 to 2')]);
    }
  });

  it('is remembered by its process when a stranger deletes the cache', async () => {
    const trust = open({ maxAgeMs: 0, cacheDirectory: directory });
    await trust(now);
    const old = new Map(repository.files);
    repository.publish(other);
    expect(await ask(trust)).toBe(other);
    await rm(join(directory, await cacheFolder(), 'state.json'));
    repository.answer((path) => old.get(path) ?? (path.includes('root') ? undefined : 404));
    const { root, source } = await trust(now);
    expect([root.json, source.warning]).toEqual([other, expect.stringContaining('went back from version 2 to 1')]);
  });

  it('may be older than it was after its key was replaced', async () => {
    const trust = open({ maxAgeMs: 0, cacheDirectory: directory });
    repository.publish(document, { version: 9 });
    await trust(now);
    repository.rotate();
    repository.publish(other, { version: 1 });
    const { root, source } = await trust(now);
    expect([root.json, source.warning]).toEqual([other, undefined]);
  });
});

describe('a verdict without trust', () => {
  it('is indeterminate and says why; a verification throws it', async () => {
    const registry = await startRegistry();
    await using verifier = createVerifier({ trust: open({ network: 'none' }), now: () => now });
    const policy = { signedBy: { issuer: 'https://issuer.test', subject: 'a@b.test' } };
    try {
      const report = await verifier.evaluate(`${registry.host}/acme/app:v1`, policy);
      expect([report.verdict, report.problems[0]?.code, report.trust.kind]).toEqual([
        'indeterminate',
        'trust-unavailable',
        'none',
      ]);
      await expect(verifier.verify(`${registry.host}/acme/app:v1`, policy)).rejects.toMatchObject({
        code: 'indeterminate',
      });
      await expect(verifier.inspect(`${registry.host}/acme/app:v1`)).rejects.toMatchObject({
        code: 'trust-unavailable',
      });
    } finally {
      await registry.close();
    }
  });
});
