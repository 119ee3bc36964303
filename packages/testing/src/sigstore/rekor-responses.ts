import { optionError, requireObject } from '@sigtrail/encoding';
import type { EntryResponse } from './entry-response.ts';
import type { AppendedEntry, TransparencyLog } from './log.ts';

/** The answer for the entry with a global index; `undefined` where Rekor says 404. */
export function entryResponse(log: TransparencyLog, logIndex: number): EntryResponse | undefined {
  requireObject(log, 'entryResponse', 'log', ['entries', 'prove']);
  if (!Number.isSafeInteger(logIndex))
    throw optionError('invalid-option', 'entryResponse: "logIndex" must be a whole number');
  const entry = log.entries.find((candidate) => candidate.logIndex === logIndex);
  return entry === undefined ? undefined : toResponse(log, entry);
}

/** The answer for an entry of the log, proven at the log's size of now. */
export function toResponse(log: TransparencyLog, entry: AppendedEntry): EntryResponse {
  const { integratedTime } = entry;
  if (integratedTime === undefined) throw new TypeError('only a v1 log has this API');
  const { treeIndex, treeSize, rootHash, hashes, checkpoint } = log.prove(entry);
  const inclusionProof = {
    checkpoint,
    hashes: hashes.map((hash) => hash.toString('hex')),
    logIndex: treeIndex,
    rootHash: rootHash.toString('hex'),
    treeSize,
  };
  const signedEntryTimestamp = log.signedEntryTimestamp({ ...entry, integratedTime }).toString('base64');
  return {
    [entry.uuid]: {
      body: entry.body.toString('base64'),
      integratedTime,
      logID: log.logId.toString('hex'),
      logIndex: entry.logIndex,
      verification: { inclusionProof, signedEntryTimestamp },
    },
  };
}
