import { createRekor } from '../client/client.ts';
import {
  createLog,
  createSigstore,
  type FakeRekorV2,
  type FakeSigstore,
  signBytes,
  startRekorV2,
} from '@sigtrail/testing';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DIGEST } from '../../test/watched-image.ts';
import { trustOf } from '../../test/watched-log.ts';
import { verifyEvidence } from '../proof/evidence.ts';
import type { LogEvidence } from '../proof/log-evidence.ts';
import type { Rekor } from '../client/rekor.ts';
import { createFileStore } from './file-store.ts';
import { type Monitor, monitor } from './monitor.ts';
import { callbackSink } from './sink.ts';
import type { WatchEvent } from './watch-event.ts';

let sigstore: FakeSigstore;
let server: FakeRekorV2;
let rekor: Rekor;
let watcher: Monitor;
let heard: WatchEvent[];
beforeEach(async () => {
  sigstore = await createSigstore({ rekor2: { neighbours: 1 } });
  server = await startRekorV2(sigstore.rekor2);
  rekor = createRekor({ url: server.url, trust: [trustOf(sigstore.rekor2)], version: 2, retries: 0 });
  heard = [];
  watcher = monitor({
    logs: [{ rekor, from: 0 }],
    images: [{ digest: DIGEST }],
    store: createFileStore(await mkdtemp(join(tmpdir(), 'sigtrail-watch-'))),
    sinks: [callbackSink('test', (event) => void heard.push(event))],
  });
});
afterEach(async () => {
  await watcher.close();
  await rekor.close();
  await server.close();
});

async function sign(log = sigstore.rekor2): Promise<void> {
  const signer = await sigstore.issueCertificate();
  sigstore.signBundle({ statement: { imageDigest: DIGEST }, signer, logs: [log] });
}

it('finds what cosign 3 signed by reading every new entry, and tells each once', async () => {
  await sign();
  const first = await watcher.run();
  expect(first).toMatchObject({ exitCode: 10, coverage: [{ how: 'scan', size: '3' }], problems: [] });
  expect((await watcher.run()).exitCode).toBe(0);
  for (let i = 0; i < 140; i++) await sign();
  expect((await watcher.run()).events).toHaveLength(140);
  expect(heard.filter(({ kind }) => kind === 'entry')).toHaveLength(141);
  expect(new Set(heard.map(({ id }) => id)).size).toBe(heard.length);
});

it('watches a log and its successor side by side, and says that the first is frozen', async () => {
  await sign();
  const old = sigstore.rekor2;
  const next = createLog({ version: 2, host: 'log2027-1.rekor.fake.test', neighbours: 1 });
  const other = await startRekorV2(next);
  const second = createRekor({ url: other.url, trust: [trustOf(next)], version: 2 });
  const both = monitor({
    logs: [{ rekor }, { rekor: second, from: 0 }],
    images: [{ digest: DIGEST }],
    store: createFileStore(await mkdtemp(join(tmpdir(), 'sigtrail-watch-'))),
    sinks: [],
  });
  await sign(next);
  const text = `${old.checkpoint().split('\n\n')[0] ?? ''}\nLog frozen, use log2027-1.rekor.fake.test\n`;
  const signature = signBytes(old.key, Buffer.from(text));
  const line = Buffer.concat([old.logId.subarray(0, 4), signature]).toString('base64');
  const frozen = Buffer.from(`${text}\n\u2014 ${old.host} ${line}\n`);
  server.lie = (path, honest) => (path === 'checkpoint' ? { status: 200, bytes: frozen } : honest);
  const run = await both.run();
  expect(run.events.filter(({ kind }) => kind === 'entry')).toMatchObject([{ log: { name: next.host } }]);
  expect(run.events.map((event) => (event.kind === 'notice' ? event.code : event.kind))).toContain('log-frozen');
  expect((await both.run()).events).toEqual([]);
  await second.close();
  await other.close();
});

describe('a log of tiles that lies', () => {
  async function alarm(): Promise<{ readonly code: string; readonly holds: boolean }> {
    const run = await watcher.run();
    const alarms = run.events.filter((event) => event.kind === 'alarm');
    expect(run.exitCode).toBe(30);
    const [first] = alarms;
    // As somebody reads it who comes later: from the file.
    const saved = JSON.parse(await readFile(first?.evidenceFile ?? 'none', 'utf8')) as LogEvidence;
    expect(saved).toEqual(first?.evidence);
    return { code: saved.code, holds: verifyEvidence(saved, { logs: [trustOf(sigstore.rekor2)] }).holds };
  }

  beforeEach(async () => {
    await sign();
    await sign();
    expect((await watcher.run()).exitCode).toBe(10);
  });

  it('raises a fork', async () => {
    const fork = sigstore.rekor2.fork(3);
    for (let i = 0; i < 4; i++) await sign(fork);
    server.log = fork;
    expect(await alarm()).toEqual({ code: 'fork', holds: true });
  });

  it('raises a rollback', async () => {
    server.log = sigstore.rekor2.fork(3);
    expect(await alarm()).toEqual({ code: 'rollback', holds: true });
  });

  it('raises a stale answer on its own', async () => {
    let asked = 0;
    const stale = Buffer.from(sigstore.rekor2.checkpoint(3));
    server.lie = (path, honest) => (path === 'checkpoint' && ++asked <= 2 ? { status: 200, bytes: stale } : honest);
    expect(await alarm()).toEqual({ code: 'stale-replica', holds: true });
  });

  it('raises entries that are not those of the signed root', async () => {
    await sign();
    server.lie = (path, honest) => {
      if (!path.startsWith('tile/entries') || honest.bytes === undefined) return honest;
      const bytes = Buffer.from(honest.bytes);
      bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
      return { status: 200, bytes };
    };
    expect(await alarm()).toEqual({ code: 'tile-mismatch', holds: true });
  });

  it('raises entries that are not served', async () => {
    await sign();
    server.lie = (path, honest) => (path.startsWith('tile/entries') ? { status: 404 } : honest);
    expect(await alarm()).toEqual({ code: 'entry-dropped', holds: true });
  });

  it('raises a different key', async () => {
    server.log = createLog({ version: 2, host: sigstore.rekor2.host, neighbours: 9 });
    expect(await alarm()).toEqual({ code: 'untrusted-key', holds: true });
  });
});
