import type { KeyObject } from 'node:crypto';
import {
  type Checkpoint,
  checkpointTreeId,
  entryUuid,
  isRekorError,
  leafHash,
  noteKeyId,
  parseCheckpoint,
  rootFromInclusionProof,
  searchUrl,
  signatureLines,
  signedEntryTimestampPayload,
} from '@sigtrail/rekor';
import { isWithin, type ValidityWindow } from './chain.ts';
import type { EntryProof, LogEntry } from '../evidence/candidate.ts';
import type { VerifiedLogEntry } from '../report/report.ts';
import type { TrustedLog, TrustedRoot } from '../trust/trusted-root.ts';
import { encodeBase64, encodeHex, sameBytes } from '@sigtrail/encoding';
import type { EstablishContext } from './facts.ts';
import type { Recorder } from './recorder.ts';
import type { Signatures } from './signatures.ts';

/** What the log proves of an entry before it is compared with the signature. */
export interface ProvenEntry {
  readonly entry: LogEntry;
  readonly item: number;
  readonly log: TrustedLog;
  /** All windows in which the trusted root lists this key for this log: it may be listed once for each. */
  readonly windows: readonly ValidityWindow[];
  readonly verified: VerifiedLogEntry;
  /** Of the inclusion proof, where there is one. */
  readonly checkpoint?: Checkpoint;
  /** Signed by the log itself (SET); a proof alone doesn't authenticate it (advisory fixed in @sigstore/verify 3.1.1). */
  readonly integratedTime?: Date;
}

// A log's clock may run a little ahead of ours; a time further out was never given by an honest log.
const CLOCK_SKEW_MS = 60_000;

/** Is this entry in a log that is trusted, by its promise (SET), its inclusion proof, or both? What is there must hold. */
export async function proveEntry(
  entry: LogEntry,
  item: number,
  { trust, now, signatures }: Pick<EstablishContext, 'trust' | 'now' | 'signatures'>,
  record: Recorder,
): Promise<ProvenEntry | undefined> {
  const logs = findLogs(entry, trust);
  const logId = encodeHex(entry.logId);
  const [first] = logs;
  if (first === undefined) {
    record.skip('log-known', 'log-unknown', 'the entry is of a log that the trusted root does not have: ignored', {
      actual: logId,
      item,
    });
    return undefined;
  }
  record.pass('log-known', `the log ${first.baseUrl} is in the trusted root`, { actual: logId, item });
  if (entry.signedEntryTimestamp === undefined && entry.inclusionProof === undefined) {
    const refuses = record.fail(
      'log-inclusion',
      'log-inclusion-missing',
      'the entry has neither an inclusion promise nor an inclusion proof',
      { item },
    );
    if (refuses) return undefined;
  }
  const log = logs.length === 1 ? first : ((await firstThatHolds(entry, logs, signatures)) ?? first);
  const promise =
    entry.signedEntryTimestamp === undefined || (await checkPromise(entry, { log, item, record, signatures }));
  const proof: ProofFacts | undefined =
    entry.inclusionProof === undefined
      ? {}
      : await checkProof(entry, entry.inclusionProof, { log, item, record, signatures });
  if (!promise || proof === undefined) return undefined;
  const integratedTime =
    entry.signedEntryTimestamp !== undefined && entry.integratedTime !== undefined
      ? new Date(entry.integratedTime * 1000)
      : undefined;
  if (integratedTime !== undefined && integratedTime.getTime() > now.getTime() + CLOCK_SKEW_MS) {
    const more = { expected: `at most ${now.toISOString()}`, actual: integratedTime.toISOString(), item };
    if (record.fail('log-time', 'log-time-in-future', 'the entry was integrated in the future', more)) return undefined;
  }
  const logIndex =
    entry.signedEntryTimestamp === undefined ? (entry.inclusionProof?.logIndex ?? entry.logIndex) : entry.logIndex;
  // Without its promise, the index is one of a shard: the search page counts across all of them.
  const link = entry.signedEntryTimestamp === undefined ? undefined : searchUrl(log, logIndex);
  return {
    entry,
    item,
    log,
    windows: logs.filter(({ publicKey }) => publicKey.equals(log.publicKey)).map(({ validFor }) => validFor),
    ...(integratedTime === undefined ? {} : { integratedTime }),
    ...(proof.checkpoint === undefined ? {} : { checkpoint: proof.checkpoint }),
    verified: {
      log: log.baseUrl,
      logId,
      logIndex,
      ...proof.verified,
      ...(integratedTime === undefined ? {} : { integratedTime: integratedTime.toISOString() }),
      kind: `${entry.kind}:${entry.version}`,
      inclusionProof: entry.inclusionProof === undefined ? 'absent' : 'verified',
      inclusionPromise: entry.signedEntryTimestamp === undefined ? 'absent' : 'verified',
      ...(link === undefined ? {} : { searchUrl: link }),
    },
  };
}

/** The trusted logs that may have the entry: those with its log id, however the trusted root spells it. */
export function findLogs(entry: LogEntry, trust: TrustedRoot): readonly TrustedLog[] {
  const named = trust.transparencyLogs.filter(
    ({ logId, checkpointKeyId }) =>
      sameBytes(logId, entry.logId) || (checkpointKeyId !== undefined && sameBytes(checkpointKeyId, entry.logId)),
  );
  if (named.length > 0 || entry.inclusionProof === undefined) return named;
  // An id made of name and key (Rekor v2) is of a trusted key when that key and the name in the checkpoint make it.
  const origin = /^[^\n]{1,512}/.exec(entry.inclusionProof.checkpoint)?.[0];
  return trust.transparencyLogs.filter(({ publicKey }) => {
    const id = origin === undefined ? undefined : noteKeyId(publicKey, origin);
    return id !== undefined && sameBytes(id, entry.logId);
  });
}

/** Was the log's key trusted when the entry was made? Without any time of its own the entry is judged at `times`. */
export function checkLogWindow(proven: ProvenEntry, times: readonly Date[], record: Recorder): boolean {
  const at = proven.integratedTime === undefined ? times : [proven.integratedTime];
  const outside = at.find((time) => !proven.windows.some((window) => isWithin(window, time)));
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

async function promiseHolds(entry: LogEntry, log: TrustedLog, signatures: Signatures): Promise<boolean> {
  const { signedEntryTimestamp } = entry;
  if (signedEntryTimestamp === undefined) return true;
  const payload = signedEntryTimestampPayload({
    body: entry.body,
    integratedTime: entry.integratedTime ?? 0,
    logIndex: entry.logIndex,
    logID: encodeHex(entry.logId),
  });
  return isSignedByLogKey(log, payload, signedEntryTimestamp, signatures);
}

/** With the hashes that a log key of this kind signs with. */
async function isSignedByLogKey(
  { publicKey }: TrustedLog,
  bytes: Uint8Array,
  signature: Uint8Array,
  signatures: Signatures,
): Promise<boolean> {
  for (const hash of hashesOf(publicKey)) if (await signatures.verify(hash, bytes, publicKey, signature)) return true;
  return false;
}

function hashesOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly (string | null)[] {
  if (asymmetricKeyType === 'ed25519') return [null];
  return asymmetricKeyType === 'rsa' ? ['sha256'] : (CURVE_HASHES[asymmetricKeyDetails?.namedCurve ?? ''] ?? []);
}

// A log key signs with the hash of its curve's size; SHA-256 with a larger curve occurs in private instances.
const CURVE_HASHES: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};

/** What an entry is held against. */
interface ProofContext {
  readonly log: TrustedLog;
  readonly item: number;
  readonly record: Recorder;
  readonly signatures: Signatures;
}

async function checkPromise(entry: LogEntry, { log, item, record, signatures }: ProofContext): Promise<boolean> {
  if (await promiseHolds(entry, log, signatures)) {
    record.pass('log-set', 'the log’s promise (SET) is signed by the log over this entry, index and time', { item });
    return true;
  }
  return !record.fail(
    'log-set',
    'log-set-invalid',
    'the log’s promise (SET) does not cover this entry, index and time',
    {
      item,
    },
  );
}

interface ProofFacts {
  readonly verified?: Pick<VerifiedLogEntry, 'treeSize' | 'checkpointOrigin' | 'uuid'>;
  readonly checkpoint?: Checkpoint;
}

async function checkProof(
  entry: LogEntry,
  proof: EntryProof,
  { log, item, record, signatures }: ProofContext,
): Promise<ProofFacts | undefined> {
  let judged: JudgedCheckpoint;
  try {
    judged = await judgeCheckpoint(proof.checkpoint, log, signatures);
  } catch (error) {
    if (!isRekorError(error)) throw error;
    return record.fail('log-checkpoint', 'log-checkpoint-malformed', error.message, { item }) ? undefined : {};
  }
  const { checkpoint, verdict } = judged;
  if (verdict !== 'valid') {
    const why =
      verdict === 'absent'
        ? 'no signature on the checkpoint is of this log’s key'
        : 'the checkpoint’s signature does not verify under the log’s key';
    const code = verdict === 'absent' ? 'log-checkpoint-unsigned' : 'log-checkpoint-invalid';
    if (record.fail('log-checkpoint', code, why, { item })) return undefined;
  }
  // Root and size beside the proof are signed by nobody; they must repeat what the checkpoint says, or something was exchanged.
  if (!sameBytes(checkpoint.rootHash, proof.rootHash) || checkpoint.size !== BigInt(proof.treeSize)) {
    const refuses = record.fail(
      'log-checkpoint',
      'log-checkpoint-mismatch',
      'the checkpoint is of another tree than the inclusion proof',
      {
        expected: `size ${checkpoint.size}, root ${encodeBase64(checkpoint.rootHash)}`,
        actual: `size ${proof.treeSize}, root ${encodeBase64(proof.rootHash)}`,
        item,
      },
    );
    if (refuses) return undefined;
  }
  record.pass(
    'log-checkpoint',
    `the checkpoint of ${checkpoint.origin} at size ${checkpoint.size} is signed by the log`,
    { item },
  );
  const leaf = leafHash(entry.body);
  let root: Uint8Array | undefined;
  try {
    root = rootFromInclusionProof({
      index: proof.logIndex,
      size: proof.treeSize,
      leafHash: leaf,
      hashes: proof.hashes,
    });
  } catch (error) {
    if (!isRekorError(error)) throw error;
  }
  if (root === undefined || !sameBytes(root, checkpoint.rootHash)) {
    const refuses = record.fail(
      'log-inclusion',
      'log-inclusion-invalid',
      'the inclusion proof does not lead from this entry to the checkpoint’s root',
      {
        expected: encodeBase64(checkpoint.rootHash),
        ...(root === undefined ? {} : { actual: encodeBase64(root) }),
        item,
      },
    );
    if (refuses) return undefined;
  } else
    record.pass('log-inclusion', `the entry is leaf ${proof.logIndex} of ${proof.treeSize}`, {
      expected: encodeBase64(checkpoint.rootHash),
      actual: encodeBase64(root),
      item,
    });
  const treeId = checkpointTreeId(checkpoint.origin);
  return {
    checkpoint,
    verified: {
      treeSize: proof.treeSize,
      checkpointOrigin: checkpoint.origin,
      ...(treeId === undefined ? {} : { uuid: entryUuid(treeId, leaf) }),
    },
  };
}

interface JudgedCheckpoint {
  readonly checkpoint: Checkpoint;
  readonly verdict: 'valid' | 'invalid' | 'absent';
}

async function judgeCheckpoint(note: string, log: TrustedLog, signatures: Signatures): Promise<JudgedCheckpoint> {
  const checkpoint = parseCheckpoint(note);
  return { checkpoint, verdict: await checkpointVerdict(checkpoint, log, signatures) };
}

/** A log is known by its key, not by its address: private logs are often reached under another name than stands in their checkpoints. */
async function checkpointVerdict(
  checkpoint: Checkpoint,
  log: TrustedLog,
  signatures: Signatures,
): Promise<JudgedCheckpoint['verdict']> {
  const bytes = Buffer.from(checkpoint.signedText, 'utf8');
  const lines = signatureLines(checkpoint, log);
  if (lines.length === 0) return 'absent';
  for (const { signature } of lines) if (!(await isSignedByLogKey(log, bytes, signature, signatures))) return 'invalid';
  return 'valid';
}

/** One log id may stand in a trusted root twice, with another key or window each time: the one that holds is taken. */
async function firstThatHolds(
  entry: LogEntry,
  logs: readonly TrustedLog[],
  signatures: Signatures,
): Promise<TrustedLog | undefined> {
  for (const log of logs) if (await holds(entry, log, signatures)) return log;
  return undefined;
}

async function holds(entry: LogEntry, log: TrustedLog, signatures: Signatures): Promise<boolean> {
  if (!(await promiseHolds(entry, log, signatures))) return false;
  if (entry.inclusionProof !== undefined && !(await isSignedByLog(entry.inclusionProof.checkpoint, log, signatures)))
    return false;
  if (entry.integratedTime !== undefined && entry.signedEntryTimestamp !== undefined)
    return isWithin(log.validFor, new Date(entry.integratedTime * 1000));
  return true;
}

async function isSignedByLog(note: string, log: TrustedLog, signatures: Signatures): Promise<boolean> {
  try {
    return (await judgeCheckpoint(note, log, signatures)).verdict === 'valid';
  } catch (error) {
    if (!isRekorError(error)) throw error;
    return false; // reported as malformed by the check itself
  }
}
