import { checkCheckpoint } from '../note/check-checkpoint.ts';
import { checkEntry } from '../proof/check-entry.ts';
import { encodeHex } from '@sigtrail/encoding';
import type { RekorEntry, ScannedEntry } from '../entry/entry.ts';
import { RekorError, isRekorError } from '../error.ts';
import type { LogClient } from './log-client.ts';
import type { EntryQuestion, LogEntry } from '../entry/log-entry.ts';
import { proveGrowth } from '../proof/prove-growth.ts';
import type { EntryTrust } from '../proof/prove-entry.ts';
import type { EntriesAnswer, EntriesQuestion, LogCheckpoint, RekorCallOptions, ScanOptions } from './rekor.ts';
import { TILE_WIDTH } from '../tile/tile.ts';
import type { BundledEntry } from '../tile/tile.ts';
import type { TileSource } from '../tile/tile-source.ts';
import { openTileTree } from '../tile/tile-tree.ts';
import type { TileTree } from '../tile/tile-tree.ts';
import { trustedLogId, verifyCheckpoint } from '../note/trusted-log.ts';

/** Makes the client of a Rekor v2: files below an address, or in a folder. */
export function createV2Client(source: TileSource, trust: EntryTrust): LogClient {
  // The log at this address, once its first checkpoint was checked: a later checkpoint of another log is an alarm.
  let origin: string | undefined;
  let last: TileTree | undefined;
  const checkpoint = async (call: RekorCallOptions): Promise<LogCheckpoint> => {
    const question = { url: source.url, ...(origin === undefined ? {} : { origin }) };
    const checked = checkCheckpoint(await source.checkpoint(call), trust, question);
    origin = checked.origin;
    return checked;
  };
  const treeUnder = async (under: LogCheckpoint, call: RekorCallOptions): Promise<TileTree> => {
    if (last?.checkpoint.note === under.note) return last;
    last = await openTileTree(source, under, call);
    return last;
  };
  /** The tree as last seen, or the current tree where that is too small. */
  const treeWith = async (index: number, call: RekorCallOptions): Promise<TileTree> => {
    if (last !== undefined && index < last.size) return last;
    const tree = await treeUnder(await checkpoint(call), call);
    if (index < tree.size) return tree;
    throw new RekorError(
      'not-found',
      `the log has no entry ${String(index)}: it signed ${String(tree.size)} entries, counted from 0`,
    );
  };
  const entry = async (question: EntryQuestion, call: RekorCallOptions): Promise<RekorEntry> => {
    const index = indexOf(question);
    return readEntry(source, trust, await treeWith(index, call), index, call);
  };
  const shard = async (call: RekorCallOptions) => ({ offset: 0, checkpoint: await checkpoint(call) });
  return {
    entry,
    entries: (questions, call) => readEntries(entry, questions, call),
    search: () => Promise.reject(unsupported('has no index: scan it, or take the index from a bundle')),
    logInfo: async (call) => ({ version: 2, active: await shard(call), inactive: [] }),
    checkpoint: async (treeId, call) => {
      if (treeId !== undefined) throw unsupported('has no tree ids');
      return checkpoint(call);
    },
    consistency: (from, to, call) =>
      proveGrowth(
        {
          url: source.url,
          current: () => checkpoint(call),
          hashes: async (first, second) => (await treeUnder(second, call)).consistency(Number(first.size), call),
        },
        trust,
        from,
        to,
      ),
    scan: (from, to, options) => scanTiles(treeUnder, checkpoint, trust, source.url, from, to, options),
    advertisedKey: () => Promise.reject(unsupported('serves no key')),
  };
}

function unsupported(what: string): RekorError {
  return new RekorError('unsupported', `Rekor v2 ${what}`);
}

function indexOf(question: EntryQuestion): number {
  if ('uuid' in question) throw unsupported('has no lookup by UUID: scan it, or take the index from a bundle');
  return Number(question.logIndex);
}

/** One entry with a proof made from tiles, which then stands by itself. */
async function readEntry(
  { url }: TileSource,
  trust: EntryTrust,
  tree: TileTree,
  index: number,
  call: RekorCallOptions,
): Promise<RekorEntry> {
  const [bundle, hashes] = await Promise.all([
    tree.bundle(Math.floor(index / TILE_WIDTH), call),
    tree.inclusion(index, call),
  ]);
  const found = bundle[index % TILE_WIDTH];
  if (found === undefined)
    throw new RekorError('not-found', `the log’s bundle of entries lacks entry ${String(index)}`);
  const { checkpoint } = tree;
  const logEntry: LogEntry = {
    uuid: encodeHex(found.leafHash),
    logIndex: index,
    treeIndex: index,
    logId: logIdUnder(checkpoint, trust),
    body: found.body,
    inclusionProof: {
      logIndex: index,
      treeSize: tree.size,
      rootHash: checkpoint.checkpoint.rootHash,
      hashes,
      checkpoint: checkpoint.note,
    },
  };
  return checkEntry(logEntry, trust, { url, version: 2, asked: `logIndex ${String(index)}` });
}

/** Tiles don't say which log they are of; the key that signed the checkpoint does. Without a trusted key it is unknown. */
function logIdUnder({ checkpoint }: LogCheckpoint, { logs }: EntryTrust): string {
  const signed = verifyCheckpoint(checkpoint, logs);
  return signed.status === 'valid' ? encodeHex(trustedLogId(signed.log)) : '';
}

async function readEntries(
  entry: LogClient['entry'],
  questions: readonly EntriesQuestion[],
  call: RekorCallOptions,
): Promise<EntriesAnswer> {
  const indexes = [
    ...new Set(
      questions.map((question) => {
        if ('proposed' in question) throw unsupported('has no lookup by content');
        return indexOf(question);
      }),
    ),
  ];
  const entries: RekorEntry[] = [];
  const missing: EntriesQuestion[] = [];
  const refused: { question: EntriesQuestion; error: RekorError }[] = [];
  // One after the other: neighbours share their tiles.
  for (const logIndex of indexes) {
    try {
      entries.push(await entry({ logIndex }, call));
    } catch (error) {
      if (!isRekorError(error) || error.code === 'aborted') throw error;
      if (error.code === 'not-found') missing.push({ logIndex });
      else refused.push({ question: { logIndex }, error });
    }
  }
  return { entries, missing, refused };
}

async function* scanTiles(
  treeUnder: (under: LogCheckpoint, call: RekorCallOptions) => Promise<TileTree>,
  current: (call: RekorCallOptions) => Promise<LogCheckpoint>,
  trust: EntryTrust,
  url: string,
  from: number,
  to: number | undefined,
  { under, ahead = 2, ...call }: ScanOptions,
): AsyncGenerator<readonly ScannedEntry[], void, undefined> {
  const checked = under === undefined ? await current(call) : checkCheckpoint(under.note, trust, { url });
  const tree = await treeUnder(checked, call);
  const end = to ?? tree.size;
  if (end > tree.size)
    throw new RekorError(
      'not-found',
      `the log has no entry ${String(end - 1)}: it signed ${String(tree.size)} entries, counted from 0`,
    );
  const provenance = trust.logs.length === 0 ? 'unproven' : 'proven';
  const bundles: Promise<readonly BundledEntry[]>[] = [];
  let next = Math.floor(from / TILE_WIDTH);
  const fill = (): void => {
    for (; next * TILE_WIDTH < end && bundles.length < Math.max(1, ahead); next += 1) {
      const bundle = tree.bundle(next, call);
      bundle.catch(() => undefined); // it is awaited in its turn
      bundles.push(bundle);
    }
  };
  let first = Math.floor(from / TILE_WIDTH) * TILE_WIDTH;
  for (fill(); bundles.length > 0; fill()) {
    const bundle = (await bundles.shift()) ?? [];
    const skipped = Math.max(0, from - first);
    const start = first + skipped;
    yield bundle.slice(skipped, end - first).map(({ body, leafHash }, i) => {
      const logIndex = start + i;
      return { logIndex, treeIndex: logIndex, body, leafHash, provenance };
    });
    first += TILE_WIDTH;
  }
}
