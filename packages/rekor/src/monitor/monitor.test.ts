import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog, generateKeyPair, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIGEST, REPOSITORY } from '../../test/watched-image.ts';
import { createWorld, nextShard, type World } from '../../test/watched-log.ts';
import { verifyEvidence } from '../proof/evidence.ts';
import type { LogEvidence } from '../proof/log-evidence.ts';
import { callbackSink } from './sink.ts';
import { type WatchEvent, WatchEventSchema } from './watch-event.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => world.close());

const kinds = (events: readonly WatchEvent[]): readonly string[] =>
  events.map((event) => (event.kind === 'entry' ? `entry ${event.entry.logIndex}` : `${event.kind} ${event.code}`));

describe('a watcher of an image', () => {
  it('tells of what is there at first, then of what is new, each once', async () => {
    world.sign();
    await using watcher = world.watcher();
    const first = await watcher.run();
    expect(kinds(first.events)).toEqual(['notice first-use', 'entry 1']);
    expect(first).toMatchObject({ exitCode: 10, problems: [], coverage: [{ how: 'index', alarms: 0 }] });
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 0 });
    world.sign();
    const third = await watcher.run();
    expect(kinds(third.events)).toEqual(['entry 3']);
    expect(third.events[0]).toMatchObject({ baseline: false, expected: 'not-asked', sequence: 3 });
    const told = await world.events();
    expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(told.map((event) => WatchEventSchema.parse(event))).toEqual(told);
  });

  it('proves what it tells: place, time, names, digest and why', async () => {
    world.sign();
    await using watcher = world.watcher();
    const [, event] = (await watcher.run()).events;
    expect(event).toMatchObject({
      kind: 'entry',
      baseline: true,
      matchedBy: [`image ${REPOSITORY}@${DIGEST}`],
      entry: {
        logIndex: 1,
        treeIndex: 1,
        kind: 'hashedrekord',
        inclusion: 'verified',
        promise: 'verified',
        integratedTime: world.sigstore.now.toISOString(),
        signers: [{ kind: 'certificate', subjects: [GITHUB_WORKFLOW] }],
      },
    });
  });

  it('tells an unexpected signer apart from an expected one', async () => {
    await using watcher = world.watcher({
      expected: [{ subject: GITHUB_WORKFLOW }],
    });
    world.sign();
    expect((await watcher.run()).exitCode).toBe(10);
    world.sign(await world.sigstore.issueCertificate({ san: [{ kind: 'email', value: 'mallory@evil.test' }] }));
    const run = await watcher.run();
    expect(run).toMatchObject({
      exitCode: 20,
      events: [{ expected: 'no', entry: { signers: [{ subjects: ['mallory@evil.test'] }] } }],
    });
  });

  it('watches a person whatever is signed, by name', async () => {
    const { sigstore } = world;
    await using watcher = world.watcher({ images: [], identities: [{ subject: 'mallory@evil.test' }] });
    await watcher.run();
    const mallory = await sigstore.issueCertificate({ san: [{ kind: 'email', value: 'mallory@evil.test' }] });
    sigstore.signImageLegacy({ imageDigest: `sha256:${'cd'.repeat(32)}`, signer: mallory });
    expect((await watcher.run()).events).toMatchObject([{ matchedBy: ['subject mallory@evil.test'] }]);
  });

  it('watches a key whatever it signs, and knows it among who is expected', async () => {
    const { sigstore } = world;
    const signer = generateKeyPair('p256');
    const identities = [{ publicKey: signer.pem }];
    await using watcher = world.watcher({ images: [], identities, expected: identities });
    sigstore.signImageLegacy({ imageDigest: `sha256:${'cd'.repeat(32)}`, signer });
    sigstore.signImageLegacy({ imageDigest: `sha256:${'cd'.repeat(32)}`, signer: generateKeyPair('p256') });
    const entries = (await watcher.run()).events.filter((event) => event.kind === 'entry');
    expect(entries).toMatchObject([{ expected: 'yes', entry: { signers: [{ kind: 'public-key', subjects: [] }] } }]);
    expect(entries[0]?.matchedBy).toEqual([`key ${entries[0]?.entry.signers[0]?.fingerprint ?? ''}`]);
  });

  it('reads every entry of a log that it scans, and goes on from there', async () => {
    await using watcher = world.watcher({ logs: [{ rekor: world.rekor, scan: true, from: 0 }] });
    for (let i = 0; i < 15; i++) world.sign();
    const run = await watcher.run();
    expect(run.events.filter(({ kind }) => kind === 'entry')).toHaveLength(15);
    expect(run).toMatchObject({ exitCode: 10, coverage: [{ how: 'scan', size: '31' }] });
    world.sign();
    expect(kinds((await watcher.run()).events)).toEqual(['entry 31']);
  });

  it('leaves for the next run what is over the bound of one', async () => {
    await using watcher = world.watcher({ logs: [{ rekor: world.rekor, scan: true, from: 0 }], maxEntriesPerRun: 10 });
    for (let i = 0; i < 10; i++) world.sign();
    const first = await watcher.run();
    expect(first).toMatchObject({ exitCode: 14, problems: [{ code: 'scan-unfinished' }] });
    const second = await watcher.run();
    await watcher.run();
    const entries = (await world.events()).filter(({ kind }) => kind === 'entry');
    expect(second.events.length).toBeGreaterThan(0);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(10);
    expect(entries).toHaveLength(10);
  });
});

describe('a log that keeps growing', () => {
  it('is proven to its end when it opens a new tree, and the new one is watched', async () => {
    const { log, server } = world;
    await using watcher = world.watcher();
    world.sign();
    await watcher.run();
    world.sign();
    const next = nextShard(log, 77n);
    server.shards = [log, next];
    world.sign(undefined, next);
    const run = await watcher.run();
    expect(run.exitCode).toBe(10);
    expect(kinds(run.events).toSorted()).toEqual(['entry 3', 'entry 6', 'notice shard-rollover']);
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 0 });
  });

  it('is watched from its very first entry when it opens with an empty tree', async () => {
    const { log, server } = world;
    await using watcher = world.watcher();
    world.sign();
    await watcher.run();
    const next = nextShard(log, 77n, 0);
    server.shards = [log, next];
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [{ kind: 'notice', code: 'shard-rollover' }] });
    world.sign(undefined, next);
    expect(await watcher.run()).toMatchObject({ exitCode: 10, problems: [], events: [{ kind: 'entry' }] });
  });

  it('is not asked about what is no longer watched', async () => {
    world.sign();
    await using before = world.watcher();
    await before.run();
    const images = [{ digest: `sha256:${'cd'.repeat(32)}` }];
    await using after = world.watcher({ images });
    expect(await after.run()).toMatchObject({ exitCode: 0, events: [] });
  });

  it('is not alarming when its index forgets an entry that the log still has', async () => {
    const { log, server } = world;
    world.sign();
    await using watcher = world.watcher();
    await watcher.run();
    const entry = log.entries[1];
    if (entry !== undefined) server.index.forget(entry);
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [{ kind: 'notice', code: 'index-incomplete' }] });
  });
});

describe('a log that lies', () => {
  /** The one alarm of a run, judged again from the file in the store. */
  async function alarmOf(events: readonly WatchEvent[]): Promise<{ readonly code: string; readonly holds: boolean }> {
    const alarms = events.filter((event) => event.kind === 'alarm');
    expect(alarms.map(({ code }) => code)).toHaveLength(1);
    const folder = join(world.folder, 'state', 'evidence');
    const [file = ''] = await readdir(folder);
    const evidence = JSON.parse(await readFile(join(folder, file), 'utf8')) as LogEvidence;
    const code = alarms[0]?.code ?? '';
    expect(evidence.code).toBe(code);
    return { code, holds: verifyEvidence(evidence, { logs: world.trust }).holds };
  }

  /** A watcher that has seen an honest log with one signature. */
  async function seen(): Promise<ReturnType<World['watcher']>> {
    world.sign();
    world.sign();
    const watcher = world.watcher();
    expect((await watcher.run()).exitCode).toBe(10);
    return watcher;
  }

  it('raises a fork of the same size', async () => {
    await using watcher = await seen();
    const fork = world.log.fork(3);
    world.sign(undefined, fork);
    fork.append({ apiVersion: '0.0.1', kind: 'rekord', spec: {} }, new Date());
    const { server, log } = world;
    server.shards = [fork.fork(log.entries.length)];
    const run = await watcher.run();
    expect(await alarmOf(run.events)).toEqual({ code: 'fork', holds: true });
    expect(run.exitCode).toBe(30);
    expect(run.events.filter(({ kind }) => kind === 'entry')).toEqual([]);
    // Told once, and bad as long as it lasts.
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 30 });
    server.shards = [log];
    expect((await watcher.run()).exitCode).toBe(0);
  });

  it('raises a fork that has grown', async () => {
    await using watcher = await seen();
    const fork = world.log.fork(3);
    for (let i = 0; i < 4; i++) world.sign(undefined, fork);
    world.server.shards = [fork];
    expect(await alarmOf((await watcher.run()).events)).toEqual({ code: 'fork', holds: true });
  });

  it('raises a rollback that stays', async () => {
    await using watcher = await seen();
    world.server.shards = [world.log.fork(3)];
    const run = await watcher.run();
    expect(await alarmOf(run.events)).toEqual({ code: 'rollback', holds: true });
    expect(run.exitCode).toBe(30);
  });

  it('tells one stale answer apart from a rollback', async () => {
    await using watcher = await seen();
    const { log, server } = world;
    let infos = 0;
    const stale = log.fork(3);
    server.lie = ({ path }, honest) => {
      if (path !== '/api/v1/log' || ++infos > 2) return honest;
      return {
        status: 200,
        json: {
          inactiveShards: null,
          rootHash: stale.rootHash().toString('hex'),
          treeSize: 3,
          signedTreeHead: stale.checkpoint(),
          treeID: String(log.treeId),
        },
      };
    };
    expect(await alarmOf((await watcher.run()).events)).toEqual({ code: 'stale-replica', holds: true });
  });

  it('raises an entry that was there and is gone', async () => {
    await using watcher = await seen();
    const { log, server } = world;
    const entry = log.entries[1];
    if (entry === undefined) throw new Error('no entry');
    server.index.forget(entry);
    server.lie = ({ path }, honest) => (path.endsWith(entry.uuid) ? { status: 404 } : honest);
    expect(await alarmOf((await watcher.run()).events)).toEqual({ code: 'entry-dropped', holds: true });
  });

  it('raises an entry that is left out of a scan', async () => {
    await using watcher = world.watcher({ logs: [{ rekor: world.rekor, scan: true, from: 0 }] });
    world.sign();
    const { server } = world;
    server.lie = ({ path, query }, honest) => {
      if (path === '/api/v1/log/entries' && query['logIndex'] === '1') return { status: 404 };
      if (path !== '/api/v1/log/entries/retrieve') return honest;
      const list = honest.json as readonly Record<string, { readonly logIndex: number }>[];
      return { status: 200, json: list.filter((one) => Object.values(one)[0]?.logIndex !== 1) };
    };
    expect(await alarmOf((await watcher.run()).events)).toEqual({ code: 'entry-dropped', holds: true });
  });

  it('raises an entry that is served under a different index', async () => {
    await using watcher = await seen();
    const { log, server } = world;
    world.sign();
    server.lie = ({ path }, honest) => {
      if (path !== '/api/v1/log/entries/retrieve') return honest;
      const list = structuredClone(honest.json) as Record<
        string,
        { logIndex: number; body: string; integratedTime: number; verification: { signedEntryTimestamp: string } }
      >[];
      for (const [uuid, value] of list.flatMap(Object.entries)) {
        // The log itself swaps: its promise covers the wrong index too.
        value.logIndex += 1;
        const set = log.signedEntryTimestamp({
          body: Buffer.from(value.body, 'base64'),
          logIndex: value.logIndex,
          integratedTime: value.integratedTime,
        });
        value.verification.signedEntryTimestamp = set.toString('base64');
        expect(uuid).toHaveLength(80);
      }
      return { status: 200, json: list };
    };
    expect(await alarmOf((await watcher.run()).events)).toEqual({ code: 'index-mismatch', holds: true });
  });

  it('raises a different key', async () => {
    await using watcher = await seen();
    const { log, server } = world;
    const stranger = createLog({ host: log.host, treeId: log.treeId, indexOffset: 0 });
    server.lie = ({ path }, honest) => {
      if (path !== '/api/v1/log') return honest;
      const { rootHash } = honest.json as { readonly rootHash: string };
      const text = `${log.host} - ${log.treeId}\n${log.entries.length}\n${Buffer.from(rootHash, 'hex').toString('base64')}\n`;
      const line = stranger.checkpoint().split('\n').at(-2) ?? '';
      return { status: 200, json: { ...(honest.json as object), signedTreeHead: `${text}\n${line}\n` } };
    };
    const run = await watcher.run();
    expect(run.exitCode).toBe(30);
    expect(await alarmOf(run.events)).toEqual({ code: 'untrusted-key', holds: true });
  });

  it('raises a checkpoint whose signature does not hold', async () => {
    await using watcher = await seen();
    const { log, server } = world;
    server.lie = ({ path }, honest) => {
      if (path !== '/api/v1/log') return honest;
      const note = log.checkpoint().replace(/\n(\d+)\n/, (_, size: string) => `\n${Number(size) + 1}\n`);
      return {
        status: 200,
        json: { ...(honest.json as object), treeSize: log.entries.length + 1, signedTreeHead: note },
      };
    };
    expect(await alarmOf((await watcher.run()).events)).toEqual({ code: 'checkpoint-signature-invalid', holds: true });
  });

  it('raises an answer for a different tree', async () => {
    await using watcher = await seen();
    const { log, server } = world;
    const other = nextShard(log.fork(0), 99n);
    server.shards = [other];
    expect(await alarmOf((await watcher.run()).events)).toEqual({ code: 'wrong-tree', holds: true });
  });
});

describe('whom it tells', () => {
  it('keeps for a sink that fails, and stops no other', async () => {
    let down = true;
    const heard: string[] = [];
    const broken = callbackSink('broken', ({ id }) => {
      if (down) throw new Error('no route');
      heard.push(id);
    });
    const good: string[] = [];
    await using watcher = world.watcher({ sinks: [broken, callbackSink('good', ({ id }) => void good.push(id))] });
    world.sign();
    const first = await watcher.run();
    expect(first).toMatchObject({
      exitCode: 14,
      problems: [{ code: 'sink-failed', message: 'no route', where: 'broken' }],
    });
    expect([heard, good.length]).toEqual([[], 2]);
    down = false;
    await watcher.run();
    expect(heard).toEqual(good);
  });

  it('lets no second run have the state, and says so', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const slow = callbackSink('slow', () => promise);
    await using watcher = world.watcher({ sinks: [slow] });
    const first = watcher.run();
    await expect.poll(async () => watcher.run().catch(({ code }: { code: string }) => code)).toBe('state-locked');
    resolve();
    await first;
  });

  it('refuses a state that it can’t read, rather than start anew', async () => {
    await using watcher = world.watcher();
    await watcher.run();
    await writeFile(join(world.folder, 'state', 'state.json'), '{"schemaVersion":2}');
    await expect(watcher.run()).rejects.toMatchObject({ code: 'invalid-state' });
  });

  it('says what could not be looked at, and forgets nothing for it', async () => {
    world.sign();
    await using watcher = world.watcher();
    await watcher.run();
    world.server.lie = () => ({ status: 503 });
    expect(await watcher.run()).toMatchObject({ exitCode: 14, coverage: [{ how: 'nothing' }] });
    world.server.lie = undefined;
    expect(await watcher.run()).toMatchObject({ exitCode: 0, events: [] });
  });

  it.each([
    ['no logs', { logs: [] }],
    ['an unknown option', { imges: [] }],
    ['text that is not a digest', { images: [{ digest: 'latest' }] }],
    ['two sinks of one name', { sinks: [callbackSink('a', () => undefined), callbackSink('a', () => undefined)] }],
  ])('throws a TypeError for %s', (_, mistaken: object) => {
    expect(() => world.watcher(mistaken)).toThrow(TypeError);
  });
});
