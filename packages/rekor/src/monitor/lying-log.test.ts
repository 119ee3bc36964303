import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, nextShard, type World } from '../../test/watched-log.ts';
import { verifyEvidence } from '../proof/evidence.ts';
import type { LogEvidence } from '../proof/log-evidence.ts';
import type { WatchEvent } from './watch-event.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
});
afterEach(async () => world.close());

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
