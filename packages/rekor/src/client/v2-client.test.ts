import { createLog, signNote, startRekorV2 } from '@sigtrail/testing';
import type { FakeRekorV2, TransparencyLog } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createRekor } from './client.ts';
import { isLogAlarm } from '../error.ts';
import type { RekorError } from '../error.ts';
import { verifyEvidence } from '../proof/evidence.ts';
import type { Rekor, RekorOptions } from './rekor.ts';
import { parseTransparencyLogEntry, toTransparencyLogEntry } from '../entry/transparency-log-entry.ts';
import { proveEntry } from '../proof/prove-entry.ts';
import type { TrustedLog } from '../note/trusted-log.ts';

const HOST = 'log2026-1.rekor.fake.test';
const trustOf = (log: TransparencyLog): readonly TrustedLog[] => [{ publicKey: log.key.publicKey, logId: log.logId }];
/** A log over two full tiles and a part of a third. */
const logOf = (entries: number): TransparencyLog => {
  const log = createLog({ version: 2, neighbours: 0, host: HOST });
  for (let i = 0; i < entries; i += 1) log.append({ apiVersion: '0.0.2', kind: 'test', spec: { i } }, new Date());
  return log;
};

const log = logOf(600);
const trust = trustOf(log);
let server: FakeRekorV2;
const clients: Rekor[] = [];
const client = (options: Partial<RekorOptions> = {}): Rekor => {
  const rekor = createRekor({ url: server.url, trust, version: 2, retries: 0, ...options });
  clients.push(rekor);
  return rekor;
};
beforeAll(async () => {
  server = await startRekorV2(log);
});
afterAll(async () => {
  for (const rekor of clients) await rekor.close();
  await server.close();
});

/** The alarm of a call, whose evidence must hold offline. */
async function alarmOf(call: Promise<unknown>, logs = trust): Promise<RekorError> {
  const error = await call.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!isLogAlarm(error)) throw new Error('no alarm', { cause: error });
  if (error.evidence === undefined) throw new Error('no evidence');
  const saved = JSON.parse(JSON.stringify(error.evidence)) as typeof error.evidence;
  expect(verifyEvidence(saved, { logs })).toMatchObject({ holds: true });
  return error;
}

async function scanAll(rekor: Rekor, from = 0, to?: number): Promise<readonly number[]> {
  const seen: number[] = [];
  for await (const { logIndex } of rekor.scan(from, to)) seen.push(logIndex);
  return seen;
}

describe('a Rekor v2', () => {
  it.each(['', '/api/v2'])('is found below the prefix "%s", and remembered', async (prefix) => {
    const other = await startRekorV2(log, prefix);
    const rekor = createRekor({ url: other.url, trust });
    expect(await rekor.version()).toBe(2);
    await rekor.entry({ logIndex: 3 });
    await rekor.checkpoint();
    expect(other.requests.filter((path) => path === `${prefix}/checkpoint`).length).toBeGreaterThan(1);
    expect(other.requests.filter((path) => path === '/checkpoint').length).toBe(prefix === '' ? 3 : 1);
    await rekor.close();
    await other.close();
  });

  it.each([0, 1, 255, 256, 511, 512, 599])('gives entry %i with a proof that stands by itself', async (logIndex) => {
    const entry = await client().entry({ logIndex: BigInt(logIndex) });
    expect(entry.provenance).toEqual({ body: 'proven', logIndex: 'proven', treeIndex: 'proven' });
    expect(entry.contents).toMatchObject({ kind: 'unknown', name: 'test' });
    expect(Buffer.from(entry.body)).toEqual(log.entries[logIndex]?.body);
    const again = parseTransparencyLogEntry(JSON.parse(JSON.stringify(toTransparencyLogEntry(entry))));
    expect(proveEntry(again, { logs: trust }).provenance.body).toBe('proven');
  });

  it('scans a range in order, each entry once', async () => {
    expect(await scanAll(client(), 250, 520)).toEqual(Array.from({ length: 270 }, (_, i) => 250 + i));
    expect(await scanAll(client())).toHaveLength(600);
    expect(await scanAll(client(), 600)).toEqual([]);
    await expect(scanAll(client(), 0, 601)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('reads no tile twice in a scan, and no tile of leaf hashes but the last', async () => {
    const fresh = await startRekorV2(log);
    const rekor = createRekor({ url: fresh.url, trust, version: 2 });
    await scanAll(rekor);
    expect(fresh.requests.toSorted()).toEqual([
      '/checkpoint',
      '/tile/0/002.p/88',
      '/tile/1/000.p/2',
      '/tile/entries/000',
      '/tile/entries/001',
      '/tile/entries/002.p/88',
    ]);
    await rekor.close();
    await fresh.close();
  });

  it('reads the full tile if the partial one was deleted', async () => {
    const grown = await startRekorV2(logOf(700));
    grown.size = 600;
    grown.lie = (path, honest) => (path.includes('.p/') && path.includes('/002') ? { status: 404 } : honest);
    const rekor = createRekor({ url: grown.url, trust: trustOf(grown.log), version: 2 });
    expect(await alarmOf(scanAll(rekor), trustOf(grown.log))).toMatchObject({ code: 'entry-dropped' });
    grown.size = undefined;
    const full = logOf(768);
    grown.log = full;
    const under = (await createRekor({ url: grown.url, trust: trustOf(full), version: 2 }).checkpoint()).size;
    expect(under).toBe(768n);
    grown.lie = (path, honest) =>
      path === 'checkpoint'
        ? { status: 200, bytes: Buffer.from(full.checkpoint(600)) }
        : path.includes('.p/88')
          ? { status: 404 }
          : honest;
    expect(await scanAll(createRekor({ url: grown.url, trust: trustOf(full), version: 2 }))).toHaveLength(600);
    await rekor.close();
    await grown.close();
  });

  it('proves growth between any two checkpoints', async () => {
    const rekor = client();
    for (const size of [1, 2, 255, 256, 257, 511, 512, 599]) {
      const answer = await rekor.consistency(log.checkpoint(size));
      expect(answer).toMatchObject({ alarms: [], to: { size: 600n } });
    }
    expect(await rekor.consistency(log.checkpoint(600))).toMatchObject({ hashes: [] });
    expect(await rekor.consistency(log.checkpoint(7), log.checkpoint(300))).toMatchObject({ to: { size: 300n } });
  });

  it('has no trees, index or UUIDs, and says so', async () => {
    const rekor = client();
    expect(await rekor.logInfo()).toMatchObject({ version: 2, inactive: [], active: { offset: 0 } });
    await expect(rekor.search({ hash: '00'.repeat(32) })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(rekor.entry({ uuid: '00'.repeat(32) })).rejects.toMatchObject({ code: 'unsupported' });
    await expect(rekor.advertisedKey()).rejects.toMatchObject({ code: 'unsupported' });
    await expect(rekor.entry({ logIndex: 600 })).rejects.toMatchObject({ code: 'not-found' });
    expect(await rekor.entries([{ logIndex: 599 }, { logIndex: 600 }])).toMatchObject({
      entries: [{ logIndex: 599 }],
      missing: [{ logIndex: 600 }],
      refused: [],
    });
  });

  it('says that nothing is proven without a key', async () => {
    const entry = await client({ trust: [] }).entry({ logIndex: 9 });
    expect(entry.provenance).toEqual({ body: 'unproven', logIndex: 'unproven', treeIndex: 'unproven' });
  });

  it('shows a closed log', async () => {
    const closed = await startRekorV2(log);
    const [text = ''] = log.checkpoint().split('\n\n');
    const note = signNote(`${text}\nLog frozen at 2026-01-01\n`, { name: HOST, key: log.key, keyId: log.logId });
    closed.lie = (path, honest) => (path === 'checkpoint' ? { status: 200, bytes: Buffer.from(note) } : honest);
    const rekor = createRekor({ url: closed.url, trust, version: 2 });
    expect(await rekor.checkpoint()).toMatchObject({ frozen: true, size: 600n, provenance: 'asserted' });
    await rekor.close();
    await closed.close();
  });
});

describe('a Rekor v2 that lies', () => {
  const flip = (bytes: Uint8Array | undefined, at: number): Uint8Array => {
    const copy = Buffer.from(bytes ?? []);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return copy;
  };
  const lying = async (
    lie: FakeRekorV2['lie'],
    served: TransparencyLog = log,
  ): Promise<{ rekor: Rekor; server: FakeRekorV2 }> => {
    const liar = await startRekorV2(served);
    liar.lie = lie;
    const rekor = createRekor({ url: liar.url, trust, version: 2, retries: 0 });
    clients.push(rekor);
    return { rekor, server: liar };
  };

  it.each<[string, string, FakeRekorV2['lie']]>([
    [
      'changes an entry in a full bundle',
      'tile-mismatch',
      (path, honest) => (path === 'tile/entries/001' ? { status: 200, bytes: flip(honest.bytes, 40) } : honest),
    ],
    [
      'changes an entry in the last bundle',
      'tile-mismatch',
      (path, honest) => (path === 'tile/entries/002.p/88' ? { status: 200, bytes: flip(honest.bytes, 40) } : honest),
    ],
    [
      'cuts a bundle short',
      'tile-mismatch',
      (path, honest) =>
        path === 'tile/entries/000' ? { status: 200, bytes: (honest.bytes ?? Buffer.of()).subarray(9) } : honest,
    ],
    [
      'changes the tile at the edge',
      'tile-mismatch',
      (path, honest) => (path === 'tile/1/000.p/2' ? { status: 200, bytes: flip(honest.bytes, 3) } : honest),
    ],
    ['drops a bundle', 'entry-dropped', (path, honest) => (path === 'tile/entries/001' ? { status: 404 } : honest)],
    ['drops a tile', 'entry-dropped', (path, honest) => (path === 'tile/1/000.p/2' ? { status: 404 } : honest)],
  ])('is caught when it %s', async (_what, code, lie) => {
    const { rekor, server: liar } = await lying(lie);
    expect(await alarmOf(scanAll(rekor))).toMatchObject({ code });
    await liar.close();
  });

  it('is caught when it swaps a tile of leaf hashes', async () => {
    const { rekor, server: liar } = await lying((path, honest) =>
      path === 'tile/0/001' ? { status: 200, bytes: flip(honest.bytes, 3) } : honest,
    );
    expect(await alarmOf(rekor.entry({ logIndex: 300 }))).toMatchObject({ code: 'tile-mismatch' });
    await liar.close();
  });

  it('is caught when it forks, and the two notes convict it', async () => {
    const { rekor, server: liar } = await lying(undefined);
    const known = await rekor.checkpoint();
    const fork = createLog({ version: 2, neighbours: 0, host: HOST, key: log.key });
    for (let i = 0; i < 600; i += 1) fork.append({ apiVersion: '0.0.2', kind: 'fork', spec: { i } }, new Date());
    liar.log = fork;
    const alarm = await alarmOf(rekor.consistency(known));
    expect(alarm).toMatchObject({ code: 'fork' });
    expect(verifyEvidence(alarm.evidence ?? expect.fail(), { logs: trust }).attributable).toBe(true);
    fork.append({ apiVersion: '0.0.2', kind: 'fork', spec: { i: 600 } }, new Date());
    expect(await alarmOf(rekor.consistency(known))).toMatchObject({ code: 'fork' });
    await liar.close();
  });

  it('is caught when it rolls back, and a replica that is behind is told apart', async () => {
    const { rekor, server: liar } = await lying(undefined);
    const known = await rekor.checkpoint();
    liar.size = 500;
    expect(await alarmOf(rekor.consistency(known))).toMatchObject({ code: 'rollback' });
    liar.size = undefined;
    let reads = 0;
    liar.lie = (path, honest) =>
      path === 'checkpoint' && (reads += 1) === 1 ? { status: 200, bytes: Buffer.from(log.checkpoint(500)) } : honest;
    const { alarms } = await rekor.consistency(known);
    expect(alarms.map(({ code }) => code)).toEqual(['stale-replica']);
    for (const alarm of alarms) await alarmOf(Promise.reject(alarm));
    await liar.close();
  });

  it('is caught when it signs with a different key', async () => {
    const { rekor, server: liar } = await lying(undefined, logOf(3));
    expect(await alarmOf(rekor.checkpoint())).toMatchObject({ code: 'untrusted-key' });
    await liar.close();
  });

  it('is caught when the signature fails', async () => {
    const { rekor, server: liar } = await lying((path, honest) =>
      path === 'checkpoint'
        ? {
            status: 200,
            bytes: Buffer.from(
              Buffer.from(honest.bytes ?? '')
                .toString()
                .replace('\n600\n', '\n601\n'),
            ),
          }
        : honest,
    );
    expect(await alarmOf(rekor.checkpoint())).toMatchObject({ code: 'checkpoint-signature-invalid' });
    await liar.close();
  });

  it('is caught when it answers for a different log', async () => {
    const other = createLog({ version: 2, neighbours: 0, host: 'other.fake.test' });
    const liar = await startRekorV2(log);
    const both = [...trust, ...trustOf(other)];
    const rekor = createRekor({ url: liar.url, trust: both, version: 2 });
    await rekor.checkpoint();
    other.append({ apiVersion: '0.0.2', kind: 'test', spec: {} }, new Date());
    liar.log = other;
    expect(await alarmOf(rekor.checkpoint(), both)).toMatchObject({ code: 'wrong-tree' });
    await rekor.close();
    await liar.close();
  });
});
