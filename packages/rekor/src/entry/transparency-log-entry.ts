import type { TransparencyLogEntryJson } from './transparency-log-entry-json.ts';
import { decodeBase64, encodeBase64, encodeHex, requireObject } from '@sigtrail/encoding';
import { readJson } from './json-reader.ts';
import type { JsonReader } from './json-reader.ts';
import type { LogEntry, LogEntryInclusionProof } from './log-entry.ts';
import { leafHash } from '../proof/merkle.ts';

const MAX_HASHES = 64;

/**
 * Reads a `TransparencyLogEntry` of a bundle. Unverified: give it to `proveEntry`. The UUID is the leaf hash of the body.
 *
 * @throws RekorError `invalid-entry` with the path of what is wrong
 */
export function parseTransparencyLogEntry(value: unknown): LogEntry {
  const entry = readJson(value, 'invalid-entry');
  const body = entry.member('canonicalizedBody').base64();
  const time = int64(present(entry.optional('integratedTime')), 0);
  const promise = present(present(entry.optional('inclusionPromise'))?.optional('signedEntryTimestamp'));
  const proof = present(entry.optional('inclusionProof'));
  const inclusionProof = proof === undefined ? undefined : readProof(proof);
  return {
    uuid: encodeHex(leafHash(body)),
    // Protobuf JSON leaves out zero: of v2 logs, entry 0 has no "logIndex".
    logIndex: int64(present(entry.optional('logIndex')), 0),
    logId: encodeHex(entry.member('logId').member('keyId').base64()),
    body,
    // Rekor v2 writes 0, and has no time.
    ...(time === 0 ? {} : { integratedTime: time }),
    ...(promise === undefined ? {} : { signedEntryTimestamp: promise.base64() }),
    ...(inclusionProof === undefined ? {} : { treeIndex: inclusionProof.logIndex, inclusionProof }),
  };
}

function readProof(proof: JsonReader): LogEntryInclusionProof {
  const hashes = present(proof.optional('hashes'));
  const checkpoint = present(present(proof.optional('checkpoint'))?.optional('envelope'));
  return {
    logIndex: int64(present(proof.optional('logIndex')), 0),
    treeSize: int64(proof.member('treeSize'), 0),
    rootHash: hash(proof.member('rootHash')),
    hashes: hashes === undefined || hashes.isEmptyArray() ? [] : hashes.elements(MAX_HASHES).map(hash),
    ...(checkpoint === undefined ? {} : { checkpoint: checkpoint.text() }),
  };
}

function present(reader: JsonReader | undefined): JsonReader | undefined {
  return reader === undefined || reader.isNull() ? undefined : reader;
}

/** int64 is text in protobuf JSON; readers must take numbers too. */
function int64(reader: JsonReader | undefined, missing: number): number {
  if (reader === undefined) return missing;
  if (!reader.isText()) return reader.count();
  const text = reader.text();
  const value = Number(text);
  if (!/^(?:0|[1-9][0-9]*)$/.test(text) || !Number.isSafeInteger(value))
    throw reader.refuse('a whole number from 0 to 2^53-1');
  return value;
}

function hash(reader: JsonReader): Uint8Array {
  const bytes = decodeBase64(reader.text());
  if (bytes?.byteLength !== 32) throw reader.refuse('base64 of 32 bytes');
  return bytes;
}

/** Writes an entry as a bundle carries it. `uuid` and `attestation` have no place there. */
export function toTransparencyLogEntry(entry: LogEntry): TransparencyLogEntryJson {
  requireObject(entry, 'toTransparencyLogEntry', 'entry', ['logId', 'body']);
  const { integratedTime, signedEntryTimestamp, inclusionProof: proof } = entry;
  const kindVersion = kindOf(entry.body);
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: encodeBase64(Buffer.from(entry.logId, 'hex')) },
    ...(kindVersion === undefined ? {} : { kindVersion }),
    ...(integratedTime === undefined ? {} : { integratedTime: String(integratedTime) }),
    ...(signedEntryTimestamp === undefined
      ? {}
      : { inclusionPromise: { signedEntryTimestamp: encodeBase64(signedEntryTimestamp) } }),
    ...(proof === undefined
      ? {}
      : {
          inclusionProof: {
            logIndex: String(proof.logIndex),
            rootHash: encodeBase64(proof.rootHash),
            treeSize: String(proof.treeSize),
            hashes: proof.hashes.map(encodeBase64),
            ...(proof.checkpoint === undefined ? {} : { checkpoint: { envelope: proof.checkpoint } }),
          },
        }),
    canonicalizedBody: encodeBase64(entry.body),
  };
}

function kindOf(body: Uint8Array): { kind: string; version: string } | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return undefined; // a kind that is not JSON has no name
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { kind, apiVersion } = value as Readonly<Record<string, unknown>>;
  return typeof kind === 'string' && typeof apiVersion === 'string' ? { kind, version: apiVersion } : undefined;
}
