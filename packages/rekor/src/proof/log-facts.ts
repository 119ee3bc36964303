import { verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import { encodeBase64, requireFunction, requireList, requireObject, sameBytes } from '@sigtrail/encoding';
import type { LogEntry } from '../entry/log-entry.ts';
import { isRekorError } from '../error.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import type { Checkpoint } from '../note/checkpoint.ts';
import { logKeyHashes } from '../note/log-key.ts';
import { logsNamed, signatureLines } from '../note/trusted-log.ts';
import type { TrustedLog } from '../note/trusted-log.ts';
import { leafHash } from './merkle.ts';
import { rootFromInclusionProof } from './inclusion-proof.ts';
import { promiseBytes } from './signed-entry-timestamp.ts';

/** One thing that an entry can carry. `absent`: it isn't there, so it shows nothing. What is there must hold. */
export type LogFact<Reason extends string = string> =
  | { readonly status: 'holds' }
  | { readonly status: 'absent'; readonly message: string }
  | {
      readonly status: 'fails';
      readonly reason: Reason;
      readonly message: string;
      readonly expected?: string;
      readonly actual?: string;
    };

/** What a log shows for an entry: its promise, its checkpoint, the inclusion proof under it, and whose key signed them. */
export interface LogFacts<Log extends TrustedLog = TrustedLog> {
  /** The trusted log whose key was used: one key for promise and checkpoint. */
  readonly log: Log;
  /** Every listing of that key for the entry's log: a trusted root lists a key once for each window. */
  readonly listings: readonly Log[];
  /** Signed entry timestamp (Rekor v1), over the body, the global index, the time and the log's id. */
  readonly promise: LogFact<'set-invalid'>;
  /** Is the checkpoint a signed note, and signed by this log? */
  readonly checkpoint: LogFact<'malformed' | 'unsigned' | 'signature-invalid'>;
  /** Is the checkpoint of the tree that the proof names? The size and root beside the proof are unsigned. */
  readonly tree: LogFact<'mismatch'>;
  /** Does the proof lead from the body to the checkpoint's root? */
  readonly inclusion: LogFact<'inclusion-invalid'>;
  readonly parsedCheckpoint?: Checkpoint;
  /** RFC 9162 hash of the body. */
  readonly leaf: Uint8Array;
}

/** The parts of an entry that the facts are about. */
export type ShownEntry = Pick<
  LogEntry,
  'logId' | 'logIndex' | 'integratedTime' | 'body' | 'signedEntryTimestamp' | 'inclusionProof'
>;

/** `crypto.verify`, answered later. Its hash is `null` for Ed25519. */
export type VerifyLater = (
  hash: string | null,
  bytes: Uint8Array,
  key: KeyObject,
  signature: Uint8Array,
) => Promise<boolean>;

/** The trusted logs that the entry may be in: those with its log id, however a trusted root spells the id. */
export function logsOfEntry<Log extends TrustedLog>(
  entry: Pick<LogEntry, 'logId' | 'inclusionProof'>,
  logs: readonly Log[],
): readonly Log[] {
  requireObject(entry, 'logsOfEntry', 'entry', ['logId']);
  requireList(logs, 'logsOfEntry', 'logs');
  const { logId, inclusionProof } = entry;
  return logsNamed(logs, logId, inclusionProof?.checkpoint);
}

/** What the log shows for an entry; `undefined` when no trusted log has the entry's log id. */
export function computeLogFacts<Log extends TrustedLog>(
  entry: ShownEntry,
  logs: readonly Log[],
): LogFacts<Log> | undefined {
  requireObject(entry, 'computeLogFacts', 'entry', ['logId', 'body']);
  requireList(logs, 'computeLogFacts', 'logs');
  const asking = factsOf(entry, logs);
  let step = asking.next();
  while (step.done !== true) step = asking.next(answerNow(step.value));
  return step.value;
}

/** As `computeLogFacts`, with public-key operations left to the caller, who may run them in a thread pool or remember their answers. */
export async function establishLogFacts<Log extends TrustedLog>(
  entry: ShownEntry,
  logs: readonly Log[],
  verifyLater: VerifyLater,
): Promise<LogFacts<Log> | undefined> {
  requireObject(entry, 'establishLogFacts', 'entry', ['logId', 'body']);
  requireList(logs, 'establishLogFacts', 'logs');
  requireFunction(verifyLater, 'establishLogFacts', 'verifyLater');
  const asking = factsOf(entry, logs);
  let step = asking.next();
  while (step.done !== true) step = asking.next(await answerLater(step.value, verifyLater));
  return step.value;
}

/** Did this log's key sign these bytes? The facts ask; how and when to answer is up to the caller. */
interface SignatureQuestion {
  readonly key: KeyObject;
  readonly bytes: Uint8Array;
  readonly signature: Uint8Array;
}

type Asking<Result> = Generator<SignatureQuestion, Result, boolean>;

function answerNow({ key, bytes, signature }: SignatureQuestion): boolean {
  try {
    return logKeyHashes(key).some((hash) => verify(hash, bytes, key, signature));
  } catch {
    return false; // a key that no log has, or an encoding that this key never produces
  }
}

async function answerLater({ key, bytes, signature }: SignatureQuestion, verifyLater: VerifyLater): Promise<boolean> {
  let hashes: readonly (string | null)[];
  try {
    hashes = logKeyHashes(key);
  } catch (error) {
    if (!isRekorError(error)) throw error;
    return false; // a key that no log has
  }
  for (const hash of hashes) if (await verifyLater(hash, bytes, key, signature)) return true;
  return false;
}

/** A root may list one log id with several keys: the facts are those under the key for which everything signed holds, or else the first. */
function* factsOf<Log extends TrustedLog>(
  entry: ShownEntry,
  trusted: readonly Log[],
): Asking<LogFacts<Log> | undefined> {
  const logs = logsOfEntry(entry, trusted);
  const note = readNote(entry);
  const leaf = leafHash(entry.body);
  let first: LogFacts<Log> | undefined;
  for (const log of logs) {
    const promise = yield* checkPromise(entry, log);
    const checkpoint = yield* checkCheckpoint(note, log);
    const facts: LogFacts<Log> = {
      log,
      listings: logs.filter(({ publicKey }) => publicKey.equals(log.publicKey)),
      promise,
      checkpoint,
      ...checkProof(entry, note, leaf),
      leaf,
    };
    first ??= facts;
    if (promise.status !== 'fails' && checkpoint.status !== 'fails' && isInUse(log, entry)) return facts;
  }
  return first;
}

const HOLDS: LogFact<never> = { status: 'holds' };

type Note = { readonly parsed: Checkpoint } | { readonly problem: string };

function readNote({ inclusionProof }: ShownEntry): Note | undefined {
  if (inclusionProof?.checkpoint === undefined) return undefined;
  try {
    return { parsed: parseCheckpoint(inclusionProof.checkpoint) };
  } catch (error) {
    if (!isRekorError(error)) throw error;
    return { problem: error.message };
  }
}

function* checkPromise(entry: ShownEntry, { publicKey: key }: TrustedLog): Asking<LogFacts['promise']> {
  const { body, logIndex, logId, integratedTime = 0, signedEntryTimestamp: signature } = entry;
  if (signature === undefined) return { status: 'absent', message: 'the entry has no promise (SET)' };
  // A copy: the answer may come after the next entry's bytes are written.
  const bytes = new Uint8Array(promiseBytes({ body: encodeBase64(body), logIndex, logID: logId, integratedTime }));
  if (yield { key, bytes, signature }) return HOLDS;
  const message = 'the promise (SET) does not cover this entry, index and time';
  return { status: 'fails', reason: 'set-invalid', message };
}

/** Every line of the log's key must hold. A log is known by its key: private logs are often reached under another name than their checkpoints have. */
function* checkCheckpoint(note: Note | undefined, log: TrustedLog): Asking<LogFacts['checkpoint']> {
  if (note === undefined)
    return { status: 'absent', message: 'the inclusion proof has no checkpoint, so its root is unsigned' };
  if ('problem' in note) return { status: 'fails', reason: 'malformed', message: note.problem };
  const lines = signatureLines(note.parsed, log);
  if (lines.length === 0)
    return { status: 'fails', reason: 'unsigned', message: 'no signature on the checkpoint is by the log’s key' };
  const bytes = Buffer.from(note.parsed.signedText, 'utf8');
  for (const { signature } of lines)
    if (!(yield { key: log.publicKey, bytes, signature })) {
      const message = 'the checkpoint’s signature does not verify under the log’s key';
      return { status: 'fails', reason: 'signature-invalid', message };
    }
  return HOLDS;
}

function checkProof(
  { inclusionProof: proof }: ShownEntry,
  note: Note | undefined,
  leaf: Uint8Array,
): Pick<LogFacts, 'tree' | 'inclusion' | 'parsedCheckpoint'> {
  if (proof === undefined) {
    const absent = { status: 'absent', message: 'the entry has no inclusion proof' } as const;
    return { tree: absent, inclusion: absent };
  }
  const root = rootOf(leaf, proof);
  const failed = (expected: Uint8Array): LogFacts['inclusion'] => ({
    status: 'fails',
    reason: 'inclusion-invalid',
    message: 'the inclusion proof does not lead from this entry to the checkpoint’s root',
    expected: encodeBase64(expected),
    ...(root === undefined ? {} : { actual: encodeBase64(root) }),
  });
  if (note === undefined || 'problem' in note) {
    const absent = {
      status: 'absent',
      message: 'the inclusion proof has no checkpoint, so its root is unsigned',
    } as const;
    const leads = root !== undefined && sameBytes(root, proof.rootHash);
    return { tree: absent, inclusion: leads ? absent : failed(proof.rootHash) };
  }
  const { parsed } = note;
  const isSameTree = parsed.size === BigInt(proof.treeSize) && sameBytes(parsed.rootHash, proof.rootHash);
  return {
    parsedCheckpoint: parsed,
    tree: isSameTree
      ? HOLDS
      : {
          status: 'fails',
          reason: 'mismatch',
          message: 'checkpoint and inclusion proof belong to different trees',
          expected: `size ${String(parsed.size)}, root ${encodeBase64(parsed.rootHash)}`,
          actual: `size ${String(proof.treeSize)}, root ${encodeBase64(proof.rootHash)}`,
        },
    inclusion: root !== undefined && sameBytes(root, parsed.rootHash) ? HOLDS : failed(parsed.rootHash),
  };
}

/** A malformed path leads nowhere. */
function rootOf(leaf: Uint8Array, proof: NonNullable<ShownEntry['inclusionProof']>): Uint8Array | undefined {
  const { logIndex: index, treeSize: size, hashes } = proof;
  try {
    return rootFromInclusionProof({ index, size, leafHash: leaf, hashes });
  } catch (error) {
    if (isRekorError(error)) return undefined;
    throw error;
  }
}

/** Only the promise has a time of its own. */
function isInUse({ validFor }: TrustedLog, { integratedTime, signedEntryTimestamp }: ShownEntry): boolean {
  return signedEntryTimestamp === undefined || integratedTime === undefined || isWithin(validFor, integratedTime);
}

/** Whether a key was in use, both ends included; without a window always. */
export function isWithin(window: TrustedLog['validFor'], seconds: number): boolean {
  if (window === undefined) return true;
  const time = seconds * 1000;
  return time >= window.start.getTime() && (window.end === undefined || time <= window.end.getTime());
}
