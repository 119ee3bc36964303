import { checkpointTreeId, parseCheckpoint } from '../note/checkpoint.ts';
import { encodeHex, optionError, requireBytes, requireObject } from '@sigtrail/encoding';
import { RekorError, isRekorError } from '../error.ts';
import { leafHash } from '../proof/merkle.ts';
import { readJson } from './json-reader.ts';
import type { JsonReader } from './json-reader.ts';
import { parseJson } from '../strict-json.ts';

/** Where an entry is in its tree, as the log claims. */
export interface LogEntryInclusionProof {
  /** Index in the shard, not the global one. */
  readonly logIndex: number;
  readonly treeSize: number;
  readonly rootHash: Uint8Array;
  readonly hashes: readonly Uint8Array[];
  /** Signed note; answers recorded before 2023 have none, and then the root is unsigned. */
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
  /** Seconds since 1970. Only as good as the signed entry timestamp. Rekor v2 has none. */
  readonly integratedTime?: number;
  /** The canonicalised body: pass it to `parseEntryBody` and `leafHash`. */
  readonly body: Uint8Array;
  readonly signedEntryTimestamp?: Uint8Array;
  readonly inclusionProof?: LogEntryInclusionProof;
  /** Rekor v1 keeps the payload of some `intoto` entries beside the log: unproven until its digest equals the digest in the body. */
  readonly attestation?: Uint8Array;
}

/** The question: an answer about something else is refused. */
export type EntryQuestion = { readonly logIndex: number | bigint } | { readonly uuid: string };

// A proof has at most 64 hashes; the largest bodies and attestations that the public instance keeps are about 100 KB.
const MAX_ANSWER_DEPTH = 16;
const MAX_HASHES = 64;

/**
 * Reads an answer for one entry (`{ "<uuid>": { … } }`) and compares it with the question.
 *
 * @throws RekorError `invalid-response`; `entry-mismatch` when the UUID is not that of the body, or the entry is another than asked for;
 * `wrong-tree` when UUID and proof name different trees
 */
export function parseLogEntry(json: Uint8Array, asked: EntryQuestion): LogEntry {
  requireBytes(json, 'parseLogEntry', 'json');
  requireObject(asked, 'parseLogEntry', 'asked');
  const entry = parseOneEntry(json);
  requireAnswer(entry, asked);
  return entry;
}

/** Reads an answer for one entry without comparing it with the question: `requireAnswer` does that. @throws RekorError `invalid-response` */
export function parseOneEntry(json: Uint8Array): LogEntry {
  return readOne(readJson(parseAnswer(json), 'invalid-response'));
}

/** One element of a list of entries: read, or why it was refused. A refused element doesn't spoil the others. */
export type ListedEntry = { readonly entry: LogEntry } | { readonly error: RekorError };

/**
 * Reads a list of entries (`[{ "<uuid>": { … } }, …]`), as the batch lookup answers. The log chooses the order, entries may be there
 * twice, and an entry of several shards once for each. Match them back with `requireAnswer`.
 *
 * @throws RekorError `invalid-response` when it is not a list, or is longer than `limit`
 */
export function parseLogEntries(json: Uint8Array, limit: number): readonly ListedEntry[] {
  requireBytes(json, 'parseLogEntries', 'json');
  if (!Number.isSafeInteger(limit) || limit < 0)
    throw optionError('invalid-option', 'parseLogEntries: "limit" must be a whole number');
  const list = readJson(parseAnswer(json), 'invalid-response');
  if (list.isEmptyArray()) return [];
  return list.elements(limit).map((element) => {
    try {
      return { entry: readOne(element) };
    } catch (error) {
      if (!isRekorError(error)) throw error;
      return { error };
    }
  });
}

/**
 * Refuses an entry that is inconsistent, or isn't the one asked for.
 *
 * @throws RekorError `entry-mismatch`, `wrong-tree`
 */
export function requireAnswer(entry: LogEntry, asked?: EntryQuestion): void {
  // The index service and the tree are two databases: they can disagree, and a liar can swap bodies.
  requireSame('UUID of the body', entry.uuid.slice(-64), encodeHex(leafHash(entry.body)));
  if (asked !== undefined && 'logIndex' in asked)
    requireSame('log index', String(asked.logIndex), String(entry.logIndex));
  if (asked !== undefined && 'uuid' in asked) {
    const wanted = asked.uuid.toLowerCase();
    // The same body from another tree is another entry.
    const sameBody = wanted.slice(-64) === entry.uuid.slice(-64);
    requireSame('UUID', wanted, entry.uuid.slice(-wanted.length), sameBody ? 'wrong-tree' : 'entry-mismatch');
  }
  requireSameTree(entry);
}

function readOne(reader: JsonReader): LogEntry {
  const members = reader.members();
  const [first] = members;
  if (first === undefined || members.length !== 1)
    throw new RekorError(
      'invalid-response',
      `the log answered a question about one entry with ${String(members.length)}`,
    );
  const [uuid, answer] = first;
  if (!/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/.test(uuid))
    throw new RekorError(
      'invalid-response',
      `the log answered with a UUID of ${String(uuid.length)} characters; expected 64 or 80 lower-case hexadecimal digits`,
    );
  return readEntry(uuid, answer);
}

/** Parses an answer of the log; every fault in it is `invalid-response`. */
export function parseAnswer(json: Uint8Array): unknown {
  try {
    return parseJson(json, { maxDepth: MAX_ANSWER_DEPTH });
  } catch (cause) {
    if (!isRekorError(cause)) throw cause;
    throw new RekorError('invalid-response', `the log’s answer can’t be read: ${cause.message}`, { cause });
  }
}

function readEntry(uuid: string, entry: JsonReader): LogEntry {
  const verification = entry.optional('verification');
  const timestamp = verification?.optional('signedEntryTimestamp');
  const proof = verification?.optional('inclusionProof');
  const inclusionProof = proof === undefined ? undefined : readProof(proof);
  // An attestation that was too large to keep is there without data.
  const data = entry.optional('attestation')?.optional('data');
  const attestation = data === undefined || data.isNull() || data.text() === '' ? undefined : data.base64();
  return {
    uuid,
    logIndex: entry.member('logIndex').count(),
    logId: encodeHex(entry.member('logID').hex(32)),
    integratedTime: entry.member('integratedTime').count(),
    body: entry.member('body').base64(),
    ...(timestamp === undefined ? {} : { signedEntryTimestamp: timestamp.base64() }),
    ...(inclusionProof === undefined ? {} : { treeIndex: inclusionProof.logIndex, inclusionProof }),
    ...(attestation === undefined ? {} : { attestation }),
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
  requireSame('tree of the proof', uuid.slice(0, 16), tree.toString(16).padStart(16, '0'), 'wrong-tree');
}

function requireSame(
  what: string,
  expected: string,
  actual: string,
  code: 'entry-mismatch' | 'wrong-tree' = 'entry-mismatch',
): void {
  if (expected !== actual) {
    throw new RekorError(code, `the log answered with another entry: ${what} is ${actual}, not ${expected}`, {
      expected,
      actual,
    });
  }
}
