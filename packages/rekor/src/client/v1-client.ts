import type { Asker } from './ask.ts';
import { alarm } from '../note/check-checkpoint.ts';
import type { RekorEntry } from '../entry/entry.ts';
import { isLogAlarm, isRekorError } from '../error.ts';
import { readJson } from '../entry/json-reader.ts';
import { droppedEntry, checkAnswer } from '../proof/check-answer.ts';
import type { V1Context } from '../proof/check-answer.ts';
import type { LogClient } from './log-client.ts';
import { parseAnswer, parseOneEntry } from '../entry/log-entry.ts';
import type { EntryQuestion, LogEntry } from '../entry/log-entry.ts';
import { parseLogInfo } from './log-info.ts';
import { checkLogInfo, shardOffsets, signedEnd } from './log-shards.ts';
import { proveGrowth } from '../proof/prove-growth.ts';
import type { EntryTrust } from '../proof/prove-entry.ts';
import type { LogCheckpoint, RekorCallOptions, RekorLogInfo } from './rekor.ts';
import { retrieveEntries } from './retrieve-entries.ts';
import { scanIndexes } from './scan-indexes.ts';
import { searchIndex } from './search-index.ts';
import { isTrustedPem } from '../note/trusted-log.ts';

/** Makes the client of a Rekor v1. */
export function createV1Client(asker: Asker, trust: EntryTrust): LogClient {
  let known: Promise<RekorLogInfo> | undefined;
  const logInfo = async ({ signal }: RekorCallOptions): Promise<RekorLogInfo> => {
    const { body } = await asker.ask({ path: '/api/v1/log', signal });
    return checkLogInfo(parseLogInfo(body), trust, asker.url);
  };
  const refresh = (call: RekorCallOptions): Promise<RekorLogInfo> => {
    const asked = logInfo(call);
    known = asked;
    asked.catch(() => {
      if (known === asked) known = undefined;
    });
    return asked;
  };
  const context: V1Context = {
    asker,
    trust,
    async shards(call, again = false) {
      // Without a trusted key the sizes are unsigned.
      if (trust.logs.length === 0) return undefined;
      try {
        return await (again ? refresh(call) : (known ?? refresh(call)));
      } catch (error) {
        // Without the trees the global index stays unproven, and the entry says so; a lie about them is an alarm.
        if (!isRekorError(error) || isLogAlarm(error) || error.code === 'aborted') throw error;
        return undefined;
      }
    },
  };
  const checkpoint = async (treeId: string | undefined, call: RekorCallOptions): Promise<LogCheckpoint> => {
    const info = await refresh(call);
    if (treeId === undefined) return info.active.checkpoint;
    const shard = [info.active, ...info.inactive].find((candidate) => candidate.treeId === treeId);
    if (shard === undefined) {
      throw alarm('wrong-tree', `the log has no tree ${treeId}`, {
        url: asker.url,
        asked: `treeId ${treeId}`,
        checkpoints: [info.active.checkpoint.note],
        expected: treeId,
        actual: shardOffsets(info)
          .map((known) => known.treeId)
          .join(', '),
      });
    }
    return shard.checkpoint;
  };
  return {
    entry: (question, call) => fetchEntry(context, question, call),
    entries: (questions, call) => retrieveEntries(context, questions, call),
    search: (query, call) => searchIndex(asker, query, call),
    logInfo: refresh,
    checkpoint,
    consistency: (from, to, call) =>
      proveGrowth(
        {
          url: asker.url,
          current: ({ treeId }) => checkpoint(treeId, call),
          hashes: (first, second) => fetchProof(asker, first, second, call),
        },
        trust,
        from,
        to,
      ),
    scan: (from, to, options) => scanIndexes(context, from, to, options),
    advertisedKey: async (treeId, { signal }) => {
      const query = treeId === undefined ? '' : `?treeID=${treeId}`;
      const { body } = await asker.ask({
        path: `/api/v1/log/publicKey${query}`,
        accept: 'application/x-pem-file',
        maxBytes: 64 * 1024,
        signal,
      });
      const pem = Buffer.from(body).toString('utf8');
      return { pem, isTrusted: isTrustedPem(pem, trust.logs) };
    },
  };
}

async function fetchEntry(context: V1Context, question: EntryQuestion, call: RekorCallOptions): Promise<RekorEntry> {
  const { asker } = context;
  const asked = 'logIndex' in question ? `logIndex ${String(question.logIndex)}` : `uuid ${question.uuid}`;
  const path =
    'logIndex' in question
      ? `/api/v1/log/entries?logIndex=${String(question.logIndex)}`
      : `/api/v1/log/entries/${question.uuid}`;
  const ask = async (): Promise<LogEntry> => parseOneEntry((await asker.ask({ path, signal: call.signal })).body);
  // Side by side: the trees are needed for one check only.
  const [answer, info] = await Promise.all([settle(ask()), context.shards(call)]);
  if ('value' in answer) return checkAnswer(context, answer.value, question, asked, info, call);
  if (!isRekorError(answer.error) || answer.error.code !== 'not-found' || !('logIndex' in question)) throw answer.error;
  if (info === undefined || Number(question.logIndex) >= signedEnd(info)) throw answer.error;
  // The log signed a size above this index. A replica may be behind: ask once more.
  const second = await settle(ask());
  if ('value' in second) return checkAnswer(context, second.value, question, asked, info, call);
  if (!isRekorError(second.error) || second.error.code !== 'not-found') throw second.error;
  throw droppedEntry(asker.url, Number(question.logIndex), info);
}

async function fetchProof(
  asker: Asker,
  first: LogCheckpoint,
  second: LogCheckpoint,
  { signal }: RekorCallOptions,
): Promise<readonly Uint8Array[]> {
  const tree = first.treeId === undefined ? '' : `&treeID=${first.treeId}`;
  const path = `/api/v1/log/proof?firstSize=${String(first.size)}&lastSize=${String(second.size)}${tree}`;
  const { body } = await asker.ask({ path, signal });
  // Its rootHash is the root of the current tree, not of lastSize: take the roots from the checkpoints.
  const hashes = readJson(parseAnswer(body), 'invalid-response').member('hashes');
  return hashes.isEmptyArray() || hashes.isNull() ? [] : hashes.elements(128).map((hash) => hash.hex(32));
}

type Settled<T> = { readonly value: T } | { readonly error: unknown };

async function settle<T>(work: Promise<T>): Promise<Settled<T>> {
  try {
    return { value: await work };
  } catch (error) {
    return { error };
  }
}
