export { checkpointTreeId, formatCheckpoint, formatCheckpointText, parseCheckpoint } from './checkpoint.ts';
export type { Checkpoint, CheckpointSignature } from './checkpoint.ts';
export { parseEntryBody } from './entry-body.ts';
export type {
  EntryHash,
  EntrySignature,
  EntryVerifier,
  KnownEntryBody,
  LogEntryBody,
  UnknownEntryBody,
} from './entry-body.ts';
export { verifyConsistency } from './consistency-proof.ts';
export type { ConsistencyProof } from './consistency-proof.ts';
export { createRekor } from './client.ts';
export type { Rekor, RekorCallOptions, RekorOptions } from './client.ts';
export { entryUuid, searchUrl } from './entry-link.ts';
export { RekorError, isRekorError } from './error.ts';
export type { RekorErrorCode, RekorErrorDetails } from './error.ts';
export { rootFromInclusionProof, verifyInclusion } from './inclusion-proof.ts';
export type { InclusionProof } from './inclusion-proof.ts';
export { parseLogEntry } from './log-entry.ts';
export type { EntryQuestion, LogEntry, LogEntryInclusionProof } from './log-entry.ts';
export { parseLogInfo } from './log-info.ts';
export type { LogInfo, LogShard } from './log-info.ts';
export { checkpointKeyHints, logIdOf, noteKeyId, verifyCheckpointSignature, verifyLogSignature } from './log-key.ts';
export { leafHash, nodeHash } from './merkle.ts';
export type { Verifier } from './pem.ts';
export { signedEntryTimestampPayload } from './signed-entry-timestamp.ts';
export type { SignedEntryTimestampFields } from './signed-entry-timestamp.ts';
export { parseJsonStrict } from './strict-json.ts';
export type { StrictJsonOptions } from './strict-json.ts';
