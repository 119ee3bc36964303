import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog, type FakeRekor, startRekor, type TransparencyLog } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, nextShard, trustOf, type World } from '../../test/watched-log.ts';
import { createRekor } from '../client/client.ts';
import type { Rekor } from '../client/rekor.ts';
import { verifyEvidence } from '../proof/evidence.ts';
import { acknowledge } from './acknowledge.ts';
import { createFileStore } from './file-store.ts';
import type { Monitor } from './monitor.ts';
import type { WatchEvent } from './watch-event.ts';
import type { WatchRun } from './watch-run.ts';

let world: World;
let watcher: Monitor;
beforeEach(async () => {
  world = await createWorld();
  world.sign();
  world.sign();
});
afterEach(async () => {
  await watcher.close();
  await world.close();
});

const kinds = ({ events }: WatchRun): readonly string[] =>
  events.map((event) => (event.kind === 'entry' ? 'entry' : `${event.kind} ${event.code}`)).toSorted();
const alarmsIn = ({ events }: WatchRun): readonly Extract<WatchEvent, { kind: 'alarm' }>[] =>
  events.filter((event) => event.kind === 'alarm');
const store = (): ReturnType<typeof createFileStore> => createFileStore(join(world.folder, 'state'));

/** A log with another name that signs with the same key, and so can answer at the same address. */
function renamed(log: TransparencyLog): TransparencyLog {
  return createLog({ host: 'rekor-b.fake.test', key: log.key, treeId: 4242n, indexOffset: 0, neighbours: 1 });
}

describe.each([
  ['asks the index', {}],
  ['scans', { scan: true, from: 0 }],
] as const)('a watcher that %s', (_, how) => {
  beforeEach(async () => {
    watcher = world.watcher({ logs: [{ rekor: world.rekor, ...how }] });
    expect(await watcher.run()).toMatchObject({ exitCode: 10 });
  });

  it('raises a log that renames itself, in every run until that is acknowledged, and believes nothing of it', async () => {
    const { log, server, trust } = world;
    const other = renamed(log);
    server.shards = [other];
    world.sign(undefined, other);
    const run = await watcher.run();
    expect(kinds(run)).toEqual(['alarm log-changed']);
    expect(run).toMatchObject({ exitCode: 30, coverage: [{ how: 'nothing', alarms: 1 }] });
    const [alarm] = alarmsIn(run);
    expect(alarm?.standing).toBe(true);
    expect(alarm?.message).toContain(`known as ${log.host}, and now calls itself rekor-b.fake.test`);
    const evidence = JSON.parse(await readFile(alarm?.evidenceFile ?? '', 'utf8'));
    expect(verifyEvidence(evidence, { logs: trust })).toMatchObject({ holds: true, attributable: false });
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 30 });

    await acknowledge(store(), alarm?.id ?? '');
    const after = await watcher.run();
    expect(after).toMatchObject({ exitCode: 10, coverage: [{ name: 'rekor-b.fake.test', alarms: 0 }] });
    expect(kinds(after)).toContain('notice first-use');
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 0 });
  });

  it('keeps the alarm when the log takes its name back, and continues to watch it', async () => {
    const { log, server } = world;
    server.shards = [renamed(log)];
    const [alarm] = alarmsIn(await watcher.run());
    server.shards = [log];
    world.sign();
    const back = await watcher.run();
    expect(kinds(back)).toEqual(['entry']);
    expect(back).toMatchObject({ exitCode: 30, coverage: [{ how: 'scan' in how ? 'scan' : 'index', alarms: 1 }] });
    await acknowledge(store(), alarm?.id ?? '');
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 0 });
    // What was acknowledged is over: the same again is another alarm.
    server.shards = [renamed(log)];
    const again = alarmsIn(await watcher.run());
    expect(again).toHaveLength(1);
    expect(again[0]?.id).not.toBe(alarm?.id);
  });

  it('raises a further change of a log after an earlier change was acknowledged', async () => {
    const { log, server } = world;
    server.shards = [renamed(log)];
    const [alarm] = alarmsIn(await watcher.run());
    await acknowledge(store(), alarm?.id ?? '');
    server.shards = [createLog({ host: 'rekor-c.fake.test', key: log.key, treeId: 7n, indexOffset: 0, neighbours: 1 })];
    expect(await watcher.run()).toMatchObject({ exitCode: 30, events: [{ kind: 'alarm', code: 'log-changed' }] });
  });

  it('takes a new tree of another name that proves the old one to its end', async () => {
    const { log, server } = world;
    world.sign();
    const { length } = log.entries;
    const next = createLog({ host: 'rekor-b.fake.test', key: log.key, treeId: 9n, indexOffset: length, neighbours: 1 });
    server.shards = [log, next];
    const run = await watcher.run();
    expect(kinds(run)).toEqual(['entry', 'notice shard-rollover']);
    expect(await watcher.run()).toMatchObject({ events: [], exitCode: 0 });
  });

  it('raises a new tree next to an old one that has shrunk', async () => {
    const { log, server } = world;
    const short = log.fork(2);
    server.shards = [short, nextShard(short, 77n)];
    expect(kinds(await watcher.run())).toEqual(['alarm rollback']);
  });

  it('raises a new tree next to an old one that is not the known one', async () => {
    const { log, server } = world;
    const fork = log.fork(2);
    for (let i = 0; i < 3; i++) world.sign(undefined, fork);
    server.shards = [fork, nextShard(fork, 77n)];
    expect(kinds(await watcher.run())).toEqual(['alarm fork']);
  });

  it('raises a tree that is gone, in every run until that is acknowledged', async () => {
    const { log, server } = world;
    server.shards = [nextShard(log.fork(0), 99n)];
    const run = await watcher.run();
    expect(kinds(run)).toEqual(['alarm wrong-tree']);
    server.shards = [log];
    expect(await watcher.run()).toMatchObject({ exitCode: 30 });
    await acknowledge(store(), alarmsIn(run)[0]?.id ?? '');
    expect(await watcher.run()).toMatchObject({ exitCode: 0 });
  });

  it('raises trees that change places: every global index would change', async () => {
    const { log, server } = world;
    server.shards = [log, nextShard(log, 77n)];
    expect(await watcher.run()).toMatchObject({ exitCode: 0 });
    server.shards = [nextShard(log.fork(0), 78n), ...server.shards];
    expect(kinds(await watcher.run())).toEqual(['alarm log-changed']);
  });

  it('asks again before a tree counts as gone: a replica may not have heard of the newest', async () => {
    const { log, server } = world;
    const next = nextShard(log, 77n);
    server.shards = [log, next];
    await watcher.run();
    let infos = 0;
    server.lie = ({ path }, honest) => {
      if (path !== '/api/v1/log' || ++infos > 1) return honest;
      const { length } = log.entries;
      const rootHash = log.rootHash().toString('hex');
      const signedTreeHead = log.checkpoint();
      return {
        status: 200,
        json: { inactiveShards: null, rootHash, treeSize: length, signedTreeHead, treeID: String(log.treeId) },
      };
    };
    expect(kinds(await watcher.run())).toEqual(['alarm stale-replica']);
    expect(await watcher.run()).toMatchObject({ exitCode: 0 });
    infos = Number.NEGATIVE_INFINITY;
    expect(kinds(await watcher.run())).toEqual(['alarm wrong-tree']);
  });
});

describe('a log at the address of a different log', () => {
  it('with another key is an alarm, also when both keys are trusted', async () => {
    const { log, server, trust } = world;
    const stranger = createLog({ host: log.host, treeId: log.treeId, indexOffset: 0, neighbours: 9 });
    await using rekor = createRekor({ url: server.url, trust: [...trust, trustOf(stranger)], version: 1, retries: 0 });
    watcher = world.watcher({ logs: [{ rekor }] });
    await watcher.run();
    server.shards = [stranger];
    const run = await watcher.run();
    expect(kinds(run)).toEqual(['alarm log-changed']);
    expect(alarmsIn(run)[0]?.message).toContain('signed by the key');
    const { evidence } = alarmsIn(run)[0] ?? {};
    expect(evidence && verifyEvidence(evidence, { logs: [...trust, trustOf(stranger)] }).attributable).toBe(false);
  });

  it('behind one address with it is an alarm each time the other shows', async () => {
    const { log, server } = world;
    watcher = world.watcher();
    await watcher.run();
    const other = renamed(log);
    let looks = 0;
    const infoOf = (shown: TransparencyLog): object => ({
      inactiveShards: null,
      rootHash: shown.rootHash().toString('hex'),
      treeSize: shown.entries.length,
      signedTreeHead: shown.checkpoint(),
      treeID: String(shown.treeId),
    });
    server.lie = ({ path }, honest) =>
      path === '/api/v1/log' ? { status: 200, json: infoOf(++looks % 2 === 1 ? other : log) } : honest;
    const first = await watcher.run();
    expect(kinds(first)).toEqual(['alarm log-changed']);
    await acknowledge(store(), alarmsIn(first)[0]?.id ?? '');
    looks = 0;
    await watcher.run();
    server.lie = undefined;
    expect(kinds(await watcher.run())).toEqual(['alarm log-changed']);
  });
});

describe('a log at another address', () => {
  it('continues what is known of its key: a move is not a first use', async () => {
    watcher = world.watcher();
    await watcher.run();
    const moved = await startRekor(world.log);
    await using rekor = createRekor({ url: moved.url, trust: world.trust, version: 1, retries: 0 });
    await using second = world.watcher({ logs: [{ rekor }] });
    world.sign();
    expect(kinds(await second.run())).toEqual(['entry']);
    moved.shards = [world.log.fork(2)];
    expect(kinds(await second.run())).toEqual(['alarm rollback']);
    await moved.close();
  });

  it('under another name and the key that is known is an alarm', async () => {
    watcher = world.watcher();
    await watcher.run();
    const moved = await startRekor([renamed(world.log)]);
    await using rekor = createRekor({ url: moved.url, trust: world.trust, version: 1, retries: 0 });
    await using second = world.watcher({ logs: [{ rekor }] });
    expect(kinds(await second.run())).toEqual(['alarm log-changed']);
    await moved.close();
  });

  it('is an alarm beside one that is known, until it is acknowledged, and the known one is watched all the same', async () => {
    watcher = world.watcher();
    await watcher.run();
    await using other = await strangerLog();
    await using both = world.watcher({ logs: [{ rekor: other.rekor }, { rekor: world.rekor }] });
    world.sign();
    const run = await both.run();
    expect(run).toMatchObject({ exitCode: 30, coverage: [{ how: 'nothing' }, { how: 'index', alarms: 0 }] });
    expect(kinds(run)).toEqual(['alarm log-changed', 'entry']);
    expect(await both.run()).toMatchObject({ exitCode: 30, events: [] });
    await acknowledge(store(), alarmsIn(run)[0]?.id ?? '');
    expect(await both.run()).toMatchObject({ exitCode: 10, events: [{ kind: 'notice', code: 'first-use' }] });
    expect(await both.run()).toMatchObject({ exitCode: 0, events: [] });
  });

  it.each([
    [
      'is new when the trusted root dates its key after the first run',
      1,
      { exitCode: 10, kinds: ['notice first-use'] },
    ],
    ['is an alarm when its key is older than the first run', -1, { exitCode: 30, kinds: ['alarm log-changed'] }],
  ])('%s', async (_, days, expected) => {
    watcher = world.watcher();
    await watcher.run();
    await using other = await strangerLog();
    const startedAt = new Date(Date.now() + days * 86_400_000);
    await using both = world.watcher({ logs: [{ rekor: other.rekor, startedAt }, { rekor: world.rekor }] });
    const run = await both.run();
    expect({ exitCode: run.exitCode, kinds: kinds(run) }).toEqual(expected);
  });

  it('that the first run was to watch and could not reach is seen for the first time when it answers', async () => {
    await using other = await strangerLog();
    other.server.lie = () => ({ status: 503, json: {} });
    await using both = world.watcher({ logs: [{ rekor: other.rekor }, { rekor: world.rekor }] });
    watcher = both;
    expect(await both.run()).toMatchObject({ exitCode: 14 });
    other.server.lie = undefined;
    expect(kinds(await both.run())).toEqual(['notice first-use']);
  });

  it('is an alarm when the state knows only other logs, until it is acknowledged', async () => {
    watcher = world.watcher();
    await watcher.run();
    const other = createLog({ host: 'log2.fake.test', indexOffset: 0, neighbours: 1 });
    const server = await startRekor(other);
    await using rekor = createRekor({ url: server.url, trust: [trustOf(other)], version: 1, retries: 0 });
    await using stranger = world.watcher({ logs: [{ rekor }] });
    const run = await stranger.run();
    expect(kinds(run)).toEqual(['alarm log-changed']);
    expect(await stranger.run()).toMatchObject({ exitCode: 30, events: [] });
    await acknowledge(store(), alarmsIn(run)[0]?.id ?? '');
    expect(await stranger.run()).toMatchObject({ exitCode: 10, events: [{ code: 'first-use' }] });
    expect(await stranger.run()).toMatchObject({ exitCode: 0 });
    await server.close();
  });
});

/** Another log of another key at another address. */
async function strangerLog(): Promise<{ rekor: Rekor; server: FakeRekor } & AsyncDisposable> {
  const log = createLog({ host: 'log2.fake.test', indexOffset: 0, neighbours: 1 });
  const server = await startRekor(log);
  const rekor = createRekor({ url: server.url, trust: [trustOf(log)], version: 1, retries: 0 });
  return {
    rekor,
    server,
    async [Symbol.asyncDispose]() {
      await rekor.close();
      await server.close();
    },
  };
}
