export { checkpointTreeId, formatCheckpoint, formatCheckpointText, parseCheckpoint } from './checkpoint.ts';
export type { Checkpoint, CheckpointSignature } from './checkpoint.ts';
export { candidatePayloads } from './candidate-payloads.ts';
export type { CandidatePayload } from './candidate-payloads.ts';
export { bindEntry } from './bind-entry.ts';
export type { EntryBinding, SignatureOfEntry } from './bind-entry.ts';
export { createRekor } from './client.ts';
export { compareProofs } from './compare-proofs.ts';
export type { CompareOptions, ComparedTree, DerivedConsistency, ProofComparison } from './compare-proofs.ts';
export { verifyConsistency } from './consistency-proof.ts';
export type { ConsistencyProof } from './consistency-proof.ts';
export { parseWitnessKey, readCosignatures } from './cosignature.ts';
export type { Cosignature, WitnessKey } from './cosignature.ts';
export type {
  EntryCheck,
  EntryCheckName,
  EntryPlace,
  EntryProvenance,
  Provenance,
  RekorEntry,
  ScannedEntry,
} from './entry.ts';
export { parseEntryBody } from './entry-body.ts';
export type {
  EntryHash,
  EntrySignature,
  EntryVerifier,
  KnownEntryBody,
  LogEntryBody,
  UnknownEntryBody,
} from './entry-body.ts';
export { entryUuid, searchUrl } from './entry-link.ts';
export { isLogAlarm, isRekorError, RekorError } from './error.ts';
export type { AlarmCode, RekorErrorCode, RekorErrorDetails } from './error.ts';
export { verifyEvidence } from './evidence.ts';
export type { EvidenceVerdict, LogEvidence } from './evidence.ts';
export { rootFromInclusionProof, verifyInclusion } from './inclusion-proof.ts';
export type { InclusionProof } from './inclusion-proof.ts';
export { parseLogEntries, parseLogEntry } from './log-entry.ts';
export type { EntryQuestion, ListedEntry, LogEntry, LogEntryInclusionProof } from './log-entry.ts';
export { parseLogInfo } from './log-info.ts';
export type { LogInfo, LogShard } from './log-info.ts';
export { checkpointKeyHints, logIdOf, noteKeyId, verifyCheckpointSignature, verifyLogSignature } from './log-key.ts';
export type { VerifySignature } from './log-key.ts';
export { leafHash, nodeHash } from './merkle.ts';
export { encodePem } from './pem.ts';
export type { Verifier } from './pem.ts';
export { isProposed, proposeDsse, proposeHashedRekord } from './proposed-entry.ts';
export type { ProposedSignature } from './proposed-entry.ts';
export type { ConnectionOptions } from './open-http.ts';
export { proveEntry, readContents } from './prove-entry.ts';
export type { EntryTrust, EntryVerdict, ShardOffset } from './prove-entry.ts';
export { proveInclusion } from './prove-inclusion.ts';
export type { InclusionVerdict } from './prove-inclusion.ts';
export type {
  AdvertisedKey,
  ConsistencyAnswer,
  EntriesAnswer,
  EntriesQuestion,
  LogCheckpoint,
  Rekor,
  RekorCallOptions,
  RekorLogInfo,
  RekorOptions,
  RekorShard,
  ScanOptions,
} from './rekor.ts';
export type { ProposedEntry, SearchAnswer, SearchKeyMaterial, SearchQuery } from './search.ts';
export { searchKeys, trackKeys } from './search-keys.ts';
export type { SearchEvidence, SearchKey, TrackPlan } from './search-keys.ts';
export { signedEntryTimestampPayload } from './signed-entry-timestamp.ts';
export type { SignedEntryTimestampFields, SignedEntryTimestampInput } from './signed-entry-timestamp.ts';
export { parseJsonStrict } from './strict-json.ts';
export type { StrictJsonOptions } from './strict-json.ts';
export { parseTransparencyLogEntry, toTransparencyLogEntry } from './transparency-log-entry.ts';
export type { TransparencyLogEntryJson } from './transparency-log-entry.ts';
export { isLineOf, parseLogKey, readTrustedLogs, verifyCheckpoint } from './trusted-log.ts';
export type { CheckpointVerdict, TrustedLog } from './trusted-log.ts';
export { createFileStore } from './monitor/file-store.ts';
export type { WatchProblem } from './monitor/journal.ts';
export { jsonlSink } from './monitor/jsonl-sink.ts';
export { monitor } from './monitor/monitor.ts';
export type { Monitor, MonitorCallOptions, MonitorOptions, WatchedLog } from './monitor/monitor.ts';
export type { DecodeSigner } from './monitor/read-signer.ts';
export { callbackSink } from './monitor/sink.ts';
export type { Delivery, WatchSink } from './monitor/sink.ts';
export { WatchEventSchema } from './monitor/watch-event.ts';
export type {
  AlarmEvent,
  EntryEvent,
  GoneEvent,
  NoticeCode,
  NoticeEvent,
  PlacedSignature,
  WatchedEntry,
  WatchedLogName,
  WatchedSigner,
  WatchEvent,
} from './monitor/watch-event.ts';
export { WatchRunSchema } from './monitor/watch-run.ts';
export type { Coverage, WatchExitCode, WatchRun } from './monitor/watch-run.ts';
export type { WatchedPlace } from './monitor/watch-places.ts';
export type { OpenStore, WatchStore } from './monitor/watch-store.ts';
export type { ExpectedSigner, WatchedIdentity, WatchedImage } from './monitor/watch-targets.ts';
export { webhookSink } from './monitor/webhook-sink.ts';
export type { WebhookOptions } from './monitor/webhook-sink.ts';
