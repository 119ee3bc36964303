import { checkCheckpoint } from '../note/check-checkpoint.ts';
import { decodeHex } from '@sigtrail/encoding';
import type { RekorEntry, ScannedEntry } from '../entry/entry.ts';
import { RekorError } from '../error.ts';
import type { V1Context } from '../proof/check-answer.ts';
import { signedEnd } from './log-shards.ts';
import { leafHash } from '../proof/merkle.ts';
import type { EntriesAnswer, EntriesQuestion, LogCheckpoint, RekorLogInfo, ScanOptions } from './rekor.ts';
import { retrieveEntries } from './retrieve-entries.ts';

const BATCH = 10;

/** Reads a range of global indexes of a Rekor v1, ten at a time, each entry by its own proof. */
export async function* scanIndexes(
  context: V1Context,
  from: number,
  to: number | undefined,
  { under, ahead = 2, ...call }: ScanOptions,
): AsyncGenerator<readonly ScannedEntry[], void, undefined> {
  const info = await context.shards(call, true);
  const size = info === undefined ? undefined : signedEnd(underSize(context, info, under));
  const end = to ?? size;
  if (end === undefined)
    throw new RekorError(
      'unsupported',
      'without a trusted key, the size of the log is unknown; give the scan an end with "to"',
    );
  if (size !== undefined && end > size)
    throw new RekorError(
      'not-found',
      `the log has no entry ${String(end - 1)}: it signed ${String(size)} entries, counted from 0`,
    );
  const batches: Promise<EntriesAnswer>[] = [];
  let next = from;
  const fill = (): void => {
    while (next < end && batches.length < ahead) {
      const questions = Array.from({ length: Math.min(BATCH, end - next) }, (_, i) => ({ logIndex: next + i }));
      next += questions.length;
      const batch = retrieveEntries(context, questions, call);
      batch.catch(() => undefined); // it is awaited in its turn
      batches.push(batch);
    }
  };
  for (fill(); batches.length > 0; fill()) {
    const answer = await batches.shift();
    if (answer === undefined) return;
    const [refused] = answer.refused;
    if (refused !== undefined) throw refused.error;
    const [missing] = answer.missing;
    if (missing !== undefined) throw new RekorError('not-found', `the log does not serve ${describe(missing)}`);
    yield answer.entries.map(scanned);
  }
}

function underSize(context: V1Context, info: RekorLogInfo, under: LogCheckpoint | undefined): RekorLogInfo {
  if (under === undefined) return info;
  const treeId = info.active.treeId;
  const checkpoint = checkCheckpoint(under.note, context.trust, {
    url: context.asker.url,
    ...(treeId === undefined ? {} : { treeId }),
  });
  return { ...info, active: { ...info.active, checkpoint } };
}

function describe(question: EntriesQuestion): string {
  if ('logIndex' in question) return `logIndex ${String(question.logIndex)}`;
  return 'uuid' in question ? `uuid ${question.uuid}` : 'a proposed entry';
}

function scanned(entry: RekorEntry): ScannedEntry {
  return {
    logIndex: entry.logIndex,
    treeIndex: entry.treeIndex ?? entry.logIndex,
    body: entry.body,
    leafHash: decodeHex(entry.uuid.slice(-64)) ?? leafHash(entry.body),
    ...(entry.integratedTime === undefined ? {} : { integratedTime: entry.integratedTime }),
    provenance: entry.provenance.body,
    entry,
  };
}
