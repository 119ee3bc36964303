import { checkpointTreeId, parseCheckpoint } from './checkpoint.ts';
import { encodeHex } from './encoding.ts';
import { RekorError, isRekorError } from './error.ts';
import { leafHash } from './merkle.ts';
import { readJson } from './json-reader.ts';
import type { JsonReader } from './json-reader.ts';
import { parseJsonStrict } from './strict-json.ts';

/** Where an entry is in its tree, as the log claims. */
export interface LogEntryInclusionProof {
  /** Index in the shard, not the global one. */
  readonly logIndex: number;
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  /** Signed note; answers recorded before 2023 have none, and then the root is nobody's word. */
  readonly checkpoint?: string;
}

/**
 * An entry as Rekor v1 serves it. Unverified, but consistent: its UUID is the leaf hash of its body. Verify the timestamp
 * (`signedEntryTimestampPayload`) or the proof (`verifyInclusion` and `verifyCheckpointSignature`) with a key that did not come from the log.
 */
export interface LogEntry {
  /** 64 hexadecimal digits, or 80 with the tree's id in front. */
  readonly uuid: string;
  /** Global index. */
  readonly logIndex: number;
  /** Index in the shard, where the answer has a proof. */
  readonly treeIndex?: number;
  /** Lower-case hexadecimal SHA-256 of the log's key. */
  readonly logId: string;
  /** Seconds since 1970. Only as good as the signed entry timestamp. */
  readonly integratedTime: number;
  /** The canonicalised body: pass it to `parseEntryBody` and `leafHash`. */
  readonly body: Uint8Array;
  readonly signedEntryTimestamp?: Uint8Array;
  readonly inclusionProof?: LogEntryInclusionProof;
}

/** What was asked for: an answer about something else is refused. */
export type EntryQuestion = { readonly logIndex: number } | { readonly uuid: string };

// A proof has at most 64 hashes; the largest bodies and attestations that the public instance keeps are about 100 KB.
const MAX_ANSWER_DEPTH = 16;
const MAX_HASHES = 64;

/**
 * Reads the answer to a question for one entry (`{ "<uuid>": { … } }`).
 *
 * @throws RekorError `invalid-response`; `entry-mismatch` when the UUID is not that of the body, or the entry is another than asked for
 */
export function parseLogEntry(json: Uint8Array, asked: EntryQuestion): LogEntry {
  const members = readJson(parseAnswer(json), 'invalid-response').members();
  const [first] = members;
  if (first === undefined || members.length !== 1)
    throw new RekorError('invalid-response', 'the log must answer with exactly one entry');
  const [uuid, answer] = first;
  if (!/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/.test(uuid))
    throw new RekorError('invalid-response', 'the log answered with a malformed UUID');
  const entry = readEntry(uuid, answer);
  const leaf = encodeHex(leafHash(entry.body));
  // The index service and the tree are two databases: they can disagree, and a liar can swap bodies.
  requireSame('UUID of the body', uuid.slice(-64), leaf);
  if ('logIndex' in asked) requireSame('log index', String(asked.logIndex), String(entry.logIndex));
  else requireSame('UUID', asked.uuid, uuid.slice(-asked.uuid.length));
  requireSameTree(entry);
  return entry;
}

/** Parses an answer of the log, whatever is wrong with it being `invalid-response`. */
export function parseAnswer(json: Uint8Array): unknown {
  try {
    return parseJsonStrict(json, { maxDepth: MAX_ANSWER_DEPTH });
  } catch (cause) {
    if (!isRekorError(cause)) throw cause;
    throw new RekorError('invalid-response', `answer of the log: ${cause.message}`, { cause });
  }
}

function readEntry(uuid: string, entry: JsonReader): LogEntry {
  const verification = entry.optional('verification');
  const timestamp = verification?.optional('signedEntryTimestamp');
  const proof = verification?.optional('inclusionProof');
  const inclusionProof = proof === undefined ? undefined : readProof(proof);
  return {
    uuid,
    logIndex: entry.member('logIndex').count(),
    logId: encodeHex(entry.member('logID').hex(32)),
    integratedTime: entry.member('integratedTime').count(),
    body: entry.member('body').base64(),
    ...(timestamp === undefined ? {} : { signedEntryTimestamp: timestamp.base64() }),
    ...(inclusionProof === undefined ? {} : { treeIndex: inclusionProof.logIndex, inclusionProof }),
  };
}

function readProof(proof: JsonReader): LogEntryInclusionProof {
  const checkpoint = proof.optional('checkpoint');
  return {
    logIndex: proof.member('logIndex').count(),
    treeSize: proof.member('treeSize').count(),
    rootHash: proof.member('rootHash').hex(32),
    hashes: readHashes(proof.member('hashes')),
    ...(checkpoint === undefined ? {} : { checkpoint: checkpoint.text() }),
  };
}

function readHashes(hashes: JsonReader): readonly Uint8Array[] {
  // The only leaf of a tree has an empty path.
  return hashes.isEmptyArray() ? [] : hashes.elements(MAX_HASHES).map((hash) => hash.hex(32));
}

/** An 80-digit UUID and the checkpoint's origin both name the tree. */
function requireSameTree({ uuid, inclusionProof }: LogEntry): void {
  if (uuid.length !== 80 || inclusionProof?.checkpoint === undefined) return;
  const tree = checkpointTreeId(parseCheckpoint(inclusionProof.checkpoint).origin);
  if (tree === undefined) return;
  requireSame('tree of the proof', uuid.slice(0, 16), tree.toString(16).padStart(16, '0'));
}

function requireSame(what: string, expected: string, actual: string): void {
  if (expected !== actual) {
    throw new RekorError(
      'entry-mismatch',
      `the log answered with another entry: ${what} is ${actual}, not ${expected}`,
      { expected, actual },
    );
  }
}
