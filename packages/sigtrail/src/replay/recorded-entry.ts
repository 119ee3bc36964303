import * as z from 'zod';
import type { EntryProof, CarriedEntry } from '../evidence/candidate.ts';
import { decodeBase64, encodeBase64, encodeHex } from '@sigtrail/encoding';

/** A log entry that was looked up, bytes as base64. */
export interface RecordedEntry {
  readonly logId: string;
  readonly logIndex: number;
  /** Seconds. */
  readonly integratedTime?: number;
  readonly kind: string;
  readonly version: string;
  readonly body: string;
  readonly signedEntryTimestamp?: string;
  readonly inclusionProof?: {
    readonly logIndex: number;
    readonly treeSize: number;
    readonly rootHash: string;
    readonly hashes: readonly string[];
    readonly checkpoint: string;
  };
}

const text = z.lazy(() => z.string());
const count = z.lazy(() => z.int().nonnegative());

/** The shape of a recorded entry. */
export const RecordedEntrySchema: z.ZodType<RecordedEntry> = z.lazy(() =>
  z.object({
    logId: text,
    logIndex: count,
    integratedTime: count.exactOptional(),
    kind: text,
    version: text,
    body: text,
    signedEntryTimestamp: text.exactOptional(),
    inclusionProof: z
      .object({ logIndex: count, treeSize: count, rootHash: text, hashes: z.array(text), checkpoint: text })
      .exactOptional(),
  }),
);

/** Records an entry. */
export function toRecordedEntry(entry: CarriedEntry): RecordedEntry {
  const { inclusionProof, signedEntryTimestamp, logId, body, ...rest } = entry;
  return {
    ...rest,
    logId: encodeBase64(Buffer.from(logId, 'hex')),
    body: encodeBase64(body),
    ...(signedEntryTimestamp === undefined ? {} : { signedEntryTimestamp: encodeBase64(signedEntryTimestamp) }),
    ...(inclusionProof === undefined
      ? {}
      : {
          inclusionProof: {
            ...inclusionProof,
            rootHash: encodeBase64(inclusionProof.rootHash),
            hashes: inclusionProof.hashes.map(encodeBase64),
          },
        }),
  };
}

/** Reads an entry back. @throws Error for anything that is not base64 */
export function fromRecordedEntry(entry: RecordedEntry): CarriedEntry {
  const { inclusionProof, signedEntryTimestamp, logId, body, ...rest } = entry;
  return {
    ...rest,
    logId: encodeHex(bytes(logId)),
    body: bytes(body),
    ...(signedEntryTimestamp === undefined ? {} : { signedEntryTimestamp: bytes(signedEntryTimestamp) }),
    ...(inclusionProof === undefined ? {} : { inclusionProof: proofOf(inclusionProof) }),
  };
}

function proofOf(proof: NonNullable<RecordedEntry['inclusionProof']>): EntryProof {
  return { ...proof, rootHash: bytes(proof.rootHash), hashes: proof.hashes.map(bytes) };
}

function bytes(value: string): Uint8Array {
  const read = decodeBase64(value);
  if (read === undefined) throw new Error('a log entry in it is not base64');
  return read;
}
