import { encodeHex } from '@sigtrail/encoding';
import type { ListedLog } from '@sigtrail/rekor/trusted-logs';
import {
  type Checkpoint,
  checkpointTreeId,
  entryUuid,
  establishLogFacts,
  type LogFact,
  type LogFacts,
  logsOfEntry,
  searchUrl,
} from '@sigtrail/rekor';
import { isWithin } from './chain.ts';
import type { CarriedEntry } from '../evidence/candidate.ts';
import type { FaultCode } from '../report/codes.ts';
import type { VerifiedLogEntry } from '../report/report.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { EstablishContext } from './facts.ts';
import type { Recorder } from './recorder.ts';

/** What the log proves about an entry, before the entry is compared with the signature. */
export interface ProvenEntry {
  readonly entry: CarriedEntry;
  readonly item: number;
  readonly log: ListedLog;
  /** Every listing of this key for this log in the trusted root: there may be one for each window. */
  readonly listings: readonly ListedLog[];
  readonly verified: VerifiedLogEntry;
  /** The checkpoint of the inclusion proof, if there is one. */
  readonly checkpoint?: Checkpoint;
  /** Signed by the log itself (SET); a proof alone doesn't authenticate it (advisory fixed in @sigstore/verify 3.1.1). */
  readonly integratedTime?: Date;
}

// A log's clock may run a little ahead of ours; an honest log never states a later time.
const CLOCK_SKEW_MS = 60_000;

/** Is this entry in a trusted log, by its promise (SET), its inclusion proof, or both? Whichever is there must hold. */
export async function proveEntry(
  entry: CarriedEntry,
  item: number,
  { trust, now, signatures }: Pick<EstablishContext, 'trust' | 'now' | 'signatures'>,
  record: Recorder,
): Promise<ProvenEntry | undefined> {
  const { logId } = entry;
  const facts = await establishLogFacts(entry, trust.transparencyLogs, signatures.verify);
  if (facts === undefined) {
    record.skip('log-known', 'log-unknown', 'the trusted root does not have the entry’s log: ignored', {
      actual: logId,
      item,
    });
    return undefined;
  }
  const { log, listings, parsedCheckpoint: checkpoint } = facts;
  record.pass('log-known', `the log ${log.baseUrl} is in the trusted root`, { actual: logId, item });
  if (!reportFacts(entry, facts, item, record)) return undefined;
  const integratedTime =
    entry.signedEntryTimestamp !== undefined && entry.integratedTime !== undefined
      ? new Date(entry.integratedTime * 1000)
      : undefined;
  if (integratedTime !== undefined && integratedTime.getTime() > now.getTime() + CLOCK_SKEW_MS) {
    const extras = { expected: `at most ${now.toISOString()}`, actual: integratedTime.toISOString(), item };
    if (record.fail('log-time', 'log-time-in-future', 'the entry’s integrated time is in the future', extras))
      return undefined;
  }
  return {
    entry,
    item,
    log,
    listings,
    ...(integratedTime === undefined ? {} : { integratedTime }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
    verified: describe(entry, facts, integratedTime),
  };
}

/** The trusted logs that the entry may be in. */
export function findLogs(entry: CarriedEntry, { transparencyLogs }: TrustedRoot): readonly ListedLog[] {
  return logsOfEntry(entry, transparencyLogs);
}

const CHECKPOINT_CODES = {
  malformed: 'log-checkpoint-malformed',
  unsigned: 'log-checkpoint-unsigned',
  'signature-invalid': 'log-checkpoint-invalid',
} as const;

/** Records each fact under its code. `false`: a fact refuses the entry, and the facts that rest on it are left out. */
function reportFacts(
  { signedEntryTimestamp, inclusionProof: proof }: CarriedEntry,
  { promise, checkpoint, tree, inclusion, parsedCheckpoint }: LogFacts,
  item: number,
  record: Recorder,
): boolean {
  const refuses = (check: 'log-set' | 'log-checkpoint' | 'log-inclusion', code: FaultCode, fact: LogFact): boolean =>
    fact.status === 'fails' && record.fail(check, code, fact.message, detailsOf(fact, item));
  if (signedEntryTimestamp === undefined && proof === undefined) {
    const message = 'the entry has neither an inclusion promise nor an inclusion proof';
    return !record.fail('log-inclusion', 'log-inclusion-missing', message, { item });
  }
  if (promise.status === 'holds')
    record.pass('log-set', 'the log’s promise (SET) is signed by the log over this entry, index and time', { item });
  const isPromiseRefused = refuses('log-set', 'log-set-invalid', promise);
  if (proof === undefined) return !isPromiseRefused;
  if (checkpoint.status === 'fails' && refuses('log-checkpoint', CHECKPOINT_CODES[checkpoint.reason], checkpoint))
    return false;
  if (parsedCheckpoint === undefined) return !isPromiseRefused;
  if (refuses('log-checkpoint', 'log-checkpoint-mismatch', tree)) return false;
  const { origin, size, rootHash } = parsedCheckpoint;
  record.pass('log-checkpoint', `the checkpoint of ${origin} at size ${size} is signed by the log`, { item });
  if (refuses('log-inclusion', 'log-inclusion-invalid', inclusion)) return false;
  if (inclusion.status === 'holds') {
    const root = Buffer.from(rootHash).toString('base64');
    const message = `the entry is leaf ${proof.logIndex} of ${proof.treeSize}`;
    record.pass('log-inclusion', message, { expected: root, actual: root, item });
  }
  return !isPromiseRefused;
}

function detailsOf(
  { expected, actual }: Extract<LogFact, { status: 'fails' }>,
  item: number,
): { readonly expected?: string; readonly actual?: string; readonly item: number } {
  return { ...(expected === undefined ? {} : { expected }), ...(actual === undefined ? {} : { actual }), item };
}

function describe(
  { signedEntryTimestamp, inclusionProof, logIndex: globalIndex, logId, kind, version }: CarriedEntry,
  { log, parsedCheckpoint, leaf }: LogFacts<ListedLog>,
  integratedTime: Date | undefined,
): VerifiedLogEntry {
  // Only the promise covers the global index.
  const logIndex = signedEntryTimestamp === undefined ? (inclusionProof?.logIndex ?? globalIndex) : globalIndex;
  const treeId = parsedCheckpoint === undefined ? undefined : checkpointTreeId(parsedCheckpoint.origin);
  // Without the promise, the index counts within a shard, but the search page counts across all shards.
  const link = signedEntryTimestamp === undefined ? undefined : searchUrl(log, logIndex);
  return {
    log: log.baseUrl,
    logId,
    logIndex,
    ...(parsedCheckpoint === undefined || inclusionProof === undefined
      ? {}
      : {
          treeSize: inclusionProof.treeSize,
          checkpointOrigin: parsedCheckpoint.origin,
          inclusionPath: {
            leafIndex: inclusionProof.logIndex,
            leafHash: encodeHex(leaf),
            hashes: inclusionProof.hashes.map(encodeHex),
            rootHash: encodeHex(parsedCheckpoint.rootHash),
            checkpoint: inclusionProof.checkpoint,
          },
        }),
    ...(treeId === undefined ? {} : { uuid: entryUuid(treeId, leaf) }),
    ...(integratedTime === undefined ? {} : { integratedTime: integratedTime.toISOString() }),
    kind: `${kind}:${version}`,
    inclusionProof: inclusionProof === undefined ? 'absent' : 'verified',
    inclusionPromise: signedEntryTimestamp === undefined ? 'absent' : 'verified',
    ...(link === undefined ? {} : { searchUrl: link }),
  };
}

/** Was the log's key trusted when the entry was made? An entry without a time of its own is checked at `times`. */
export function checkLogWindow(proven: ProvenEntry, times: readonly Date[], record: Recorder): boolean {
  const at = proven.integratedTime === undefined ? times : [proven.integratedTime];
  const outside = at.find((time) => !proven.listings.some(({ validFor }) => isWithin(validFor, time)));
  const { start, end } = proven.log.validFor;
  const expected = `${start.toISOString()} to ${end?.toISOString() ?? 'open end'}`;
  if (outside !== undefined) {
    return !record.skip(
      'log-window',
      'log-not-valid',
      'the trusted root does not use this log’s key at that time: the entry does not count',
      { expected, actual: outside.toISOString(), item: proven.item },
    );
  }
  record.pass('log-window', 'the log’s key was in use at that time', { expected, item: proven.item });
  return true;
}
