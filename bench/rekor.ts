import { hash, verify } from 'node:crypto';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { createRekor, type LogEntry, parseLogEntry, proveEntry, signedEntryTimestampPayload } from '@sigtrail/rekor';
import { createLog, signNote, type TransparencyLog } from '@sigtrail/testing';
import { edgeTiles, levelSize, rootOfEdge, tilePath } from '../packages/rekor/src/tile/tile.ts';
import type { Ratio } from './ratio.ts';

// Slices of a few milliseconds: other work on the machine disturbs few of them, and both sides alike.
const ROUNDS = 150;
const SLICE = 20;

/** What proving an entry costs beside its two signatures, and what a scan of tiles costs beside its hashes. */
export async function* benchRekor(): AsyncGenerator<Ratio> {
  yield verifyingAnEntry(15, 1.3);
  yield verifyingAnEntry(31);
  yield* scanningTiles();
}

/**
 * Leaf, inclusion, checkpoint and promise of one v1 entry, over the two ECDSA verifications that are in it. A log proves an entry when it is
 * the newest: its path has a hash for each bit that is set in its index, some fifteen in a log of two billion. Fetched later it has thirty-one.
 */
function verifyingAnEntry(hashes: number, atMost?: number): Ratio {
  const { entry, log } = provenEntry(hashes);
  const logs = [{ publicKey: log.key.publicKey }];
  const checkpoint = Buffer.from(`${(entry.inclusionProof?.checkpoint ?? '').split('\n\n')[0] ?? ''}\n`);
  const noteSignature = Buffer.from(
    (entry.inclusionProof?.checkpoint ?? '').trimEnd().split(' ').at(-1) ?? '',
    'base64',
  ).subarray(4);
  const promised = signedEntryTimestampPayload({
    body: Buffer.from(entry.body).toString('base64'),
    integratedTime: entry.integratedTime ?? 0,
    logIndex: entry.logIndex,
    logID: entry.logId,
  });
  const bare = (): boolean =>
    verify('sha256', checkpoint, log.key.publicKey, noteSignature) &&
    verify('sha256', promised, log.key.publicKey, entry.signedEntryTimestamp ?? Buffer.of());
  const ours = (): boolean => proveEntry(entry, { logs }).provenance.body === 'proven';
  if (!bare() || !ours()) throw new Error('the entry of the benchmark does not verify');
  const times = interleave([bare, ours].map((work) => () => repeat(work, SLICE)));
  return {
    name: `v1 entry (leaf, inclusion, checkpoint, SET), path of ${String(hashes)} hashes, over its bare public-key operations`,
    detail: `${micros(times[1], SLICE)} over ${micros(times[0], SLICE)}, body of ${String(entry.body.byteLength)} bytes`,
    ratio: (times[1] ?? 0) / (times[0] ?? 1),
    ...(atMost === undefined ? {} : { atMost }),
  };
}

/** A tree of any size needs no leaves but one, only the siblings on its path. */
function provenEntry(count: number): { readonly entry: LogEntry; readonly log: TransparencyLog } {
  const log = createLog({ indexOffset: 0, neighbours: 1 });
  const added = log.append(
    { apiVersion: '0.0.1', kind: 'hashedrekord', spec: { filler: 'x'.repeat(2600) } },
    new Date(),
  );
  const served = JSON.parse(JSON.stringify(log.entryResponse(added.logIndex))) as Record<
    string,
    { verification: { inclusionProof: Record<string, unknown> } }
  >;
  const [uuid = '', answer] = Object.entries(served)[0] ?? [];
  if (answer === undefined) throw new Error('the log of the benchmark has no entry');
  // The right-hand leaf of the first pair in a full tree.
  const size = 2 ** count;
  const hashes = Array.from({ length: count }, (_, i) => hash('sha256', String(i), 'buffer'));
  let root = added.leafHash;
  for (const [i, sibling] of hashes.entries())
    root = hash('sha256', Buffer.concat([Buffer.of(1), ...(i === 0 ? [sibling, root] : [root, sibling])]), 'buffer');
  const note = signNote(`${log.host} - ${String(log.treeId)}\n${String(size)}\n${root.toString('base64')}\n`, {
    name: log.host,
    key: log.key,
    keyId: log.logId,
  });
  answer.verification.inclusionProof = {
    logIndex: 1,
    treeSize: size,
    rootHash: root.toString('hex'),
    hashes: hashes.map((one) => one.toString('hex')),
    checkpoint: note,
  };
  return { entry: parseLogEntry(Buffer.from(JSON.stringify({ [uuid]: answer })), { uuid }), log };
}

const ENTRIES = 1_000_000;
// Many slices of about 50 ms: other work on the machine spoils only a few.
const TIMED = 256 * 100;
const SCANS = 50;

/** A scan of tiles in files, over hashing the same leaves and nodes in memory; and the memory that it holds over a million entries. */
async function* scanningTiles(): AsyncGenerator<Ratio> {
  const folder = mkdtempSync(join(tmpdir(), 'sigtrail-bench-'));
  try {
    const { log, bodies } = writeTiles(folder, ENTRIES);
    const url = pathToFileURL(folder).href;
    const scan = async (to: number, at?: (index: number) => Promise<void>): Promise<void> => {
      await using rekor = createRekor({ url, trust: [{ publicKey: log.key.publicKey, logId: log.logId }] });
      let seen = 0;
      for await (const { logIndex } of rekor.scan(0, to)) {
        seen += 1;
        if (at !== undefined && logIndex % 100_000 === 99_999) await at(logIndex);
      }
      if (seen !== to) throw new Error('the scan of the benchmark lost entries');
    };
    const bare = (): void => hashAll(bodies, TIMED);
    await scan(TIMED);
    bare();
    const [hashing = [], scanning = []] = [[], []] as number[][];
    for (let round = 0; round < SCANS; round += 1) {
      hashing.push(timed(bare));
      const start = processorMs();
      await scan(TIMED);
      scanning.push(processorMs() - start);
    }
    yield {
      name: 'v2 tile scan from files over its bare hashing',
      detail: `${((least(scanning) / TIMED) * 1000).toFixed(2)} µs an entry over ${((least(hashing) / TIMED) * 1000).toFixed(2)} µs, bodies of ${String(bodies[0]?.byteLength)} bytes`,
      ratio: least(scanning) / least(hashing),
      atMost: 2,
    };
    const held: number[] = [];
    await scan(ENTRIES, async () => {
      // Buffers are freed a turn after the collection that found them.
      for (let turn = 0; turn < 3; turn += 1) {
        globalThis.gc?.();
        await setImmediate();
      }
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      held.push(heapUsed + arrayBuffers);
    });
    const [first = 1, ...rest] = held;
    yield {
      name: 'memory held after 1,000,000 scanned entries over that after 100,000',
      detail: `${megabytes(rest.at(-1) ?? first)} over ${megabytes(first)}, heap and buffers after collection`,
      ratio: (rest.at(-1) ?? first) / first,
      atMost: 1.1,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A log whose bundles are all the same file under different names: real tiles and a real root at the cost of one. */
function writeTiles(
  folder: string,
  size: number,
): { readonly log: TransparencyLog; readonly bodies: readonly Buffer[] } {
  const log = createLog({ version: 2, neighbours: 0 });
  const bodies = Array.from({ length: 256 }, (_, i) =>
    Buffer.from(`{"apiVersion":"0.0.2","kind":"hashedrekord","spec":"${String(i)}${'x'.repeat(1500)}"}`),
  );
  const bundle = (count: number): Buffer =>
    Buffer.concat(
      bodies.slice(0, count).flatMap((body) => [Buffer.of(body.byteLength >> 8, body.byteLength & 255), body]),
    );
  const write = (path: string, bytes: Uint8Array): string => {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, bytes);
    return file;
  };
  const fill = (level: number | 'entries', bytes: (count: number) => Buffer, count: number): void => {
    const full = Math.floor(count / 256);
    const [first, ...others] = Array.from({ length: full }, (_, index) => tilePath({ level, index, width: 256 }));
    if (first !== undefined) {
      const file = write(first, bytes(256));
      for (const path of others) {
        mkdirSync(dirname(join(folder, path)), { recursive: true });
        linkSync(file, join(folder, path));
      }
    }
    if (count % 256 > 0) write(tilePath({ level, index: full, width: count % 256 }), bytes(count % 256));
  };
  fill('entries', bundle, size);
  let hashes: readonly Buffer[] = bodies.map((body) => hash('sha256', Buffer.concat([Buffer.of(0), body]), 'buffer'));
  const edges: Buffer[] = [];
  for (let level = 0; levelSize(size, level) > 0; level += 1) {
    const at = hashes;
    const count = levelSize(size, level);
    fill(level, (width) => Buffer.concat(at.slice(0, width)), count);
    if (count % 256 > 0) edges.push(Buffer.concat(at.slice(0, count % 256)));
    const above = fold(at);
    hashes = Array.from({ length: 256 }, () => Buffer.from(above));
  }
  const root = rootOfEdge(edgeTiles(size).map((name, i) => ({ name, bytes: edges[i] ?? Buffer.of() })));
  const text = `${log.host}\n${String(size)}\n${Buffer.from(root).toString('base64')}\n`;
  write('checkpoint', Buffer.from(signNote(text, { name: log.host, key: log.key, keyId: log.logId })));
  return { log, bodies };
}

function fold(hashes: readonly Buffer[]): Buffer {
  let level: readonly Buffer[] = hashes;
  while (level.length > 1)
    level = Array.from({ length: level.length / 2 }, (_, i) =>
      hash(
        'sha256',
        Buffer.concat([Buffer.of(1), level[2 * i] ?? Buffer.of(), level[2 * i + 1] ?? Buffer.of()]),
        'buffer',
      ),
    );
  return level[0] ?? Buffer.of();
}

/** Only the hashing of a scan: each leaf once, each inner node of its tile once, in Node's cheapest form. */
function hashAll(bodies: readonly Buffer[], count: number): void {
  const leaves = bodies.map((body) => Buffer.concat([Buffer.of(0), body]));
  const node = Buffer.alloc(65, 1);
  for (let i = 0; i < count; i += 256) {
    for (const leaf of leaves) hash('sha256', leaf, 'binary');
    for (let inner = 0; inner < 255; inner += 1) hash('sha256', node, 'binary');
  }
}

function interleave(works: readonly (() => void)[]): readonly number[] {
  const times = works.map((): number[] => []);
  // As in a program that has been running for a while: the first thousands of calls are interpreted and compiled.
  for (let warming = 0; warming < ROUNDS; warming += 1) for (const work of works) work();
  for (let round = 0; round < ROUNDS; round += 1) for (const [i, work] of works.entries()) times[i]?.push(timed(work));
  return times.map(least);
}

/** Milliseconds of processor time of all threads, without other programs on the machine. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function timed(work: () => void): number {
  const start = processorMs();
  work();
  return processorMs() - start;
}

function repeat(work: () => boolean, times: number): void {
  for (let i = 0; i < times; i += 1) if (!work()) throw new Error('the benchmark’s entry does not verify');
}

/** Other work on the machine only ever adds time, so the least of interleaved rounds is the cost. */
function least(values: readonly number[]): number {
  return Math.min(...values);
}

function micros(milliseconds: number | undefined, times: number): string {
  return `${(((milliseconds ?? 0) / times) * 1000).toFixed(0)} µs`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
