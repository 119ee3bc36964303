export { checkpointTreeId, formatCheckpoint, formatCheckpointText, parseCheckpoint } from './note/checkpoint.ts';
export type { Checkpoint, CheckpointSignature } from './note/checkpoint.ts';
export { candidatePayloads } from './entry/candidate-payloads.ts';
export type { CandidatePayload } from './entry/candidate-payloads.ts';
export { compareEntry } from './proof/compare-entry.ts';
export type { EntryComparison, SignatureOfEntry } from './proof/compare-entry.ts';
export { createRekor } from './client/client.ts';
export { compareProofs } from './proof/compare-proofs.ts';
export type { CompareOptions, ComparedTree, DerivedConsistency, ProofComparison } from './proof/compare-proofs.ts';
export { verifyConsistency } from './proof/consistency-proof.ts';
export type { ConsistencyProof } from './proof/consistency-proof.ts';
export { parseWitnessKey, readCosignatures } from './note/cosignature.ts';
export type { Cosignature, WitnessKey } from './note/cosignature.ts';
export type {
  EntryCheck,
  EntryCheckName,
  EntryPlace,
  EntryProvenance,
  Provenance,
  RekorEntry,
  ScannedEntry,
} from './entry/entry.ts';
export { digestBytes, keyBytes, searchBody } from './entry/search-body.ts';
export type { BodySearch, Needle } from './entry/search-body.ts';
export { parseEntryBody, whyUnread } from './entry/entry-body.ts';
export type {
  EntryHash,
  EntrySignature,
  EntryVerifier,
  KnownEntryBody,
  LogEntryBody,
  UnknownEntryBody,
} from './entry/entry-body.ts';
export { whyRetired } from './entry/retired-form.ts';
export { entryUuid, type LogIdentity, searchUrl } from './entry/entry-link.ts';
export { isLogAlarm, isRekorError, RekorError } from './error.ts';
export type { RekorErrorCode, RekorErrorDetails } from './error.ts';
export type { AlarmCode } from './alarm-code.ts';
export { verifyEvidence } from './proof/evidence.ts';
export type { EvidenceVerdict } from './proof/evidence.ts';
export type { LogEvidence } from './proof/log-evidence.ts';
export { rootFromInclusionProof, verifyInclusion } from './proof/inclusion-proof.ts';
export type { InclusionProof } from './proof/inclusion-proof.ts';
export { inclusionSteps, type InclusionStep } from './proof/inclusion-steps.ts';
export { parseLogEntries, parseLogEntry } from './entry/log-entry.ts';
export type { EntryQuestion, ListedEntry, LogEntry, LogEntryInclusionProof } from './entry/log-entry.ts';
export { parseLogInfo } from './client/log-info.ts';
export type { LogInfo, LogShard } from './client/log-info.ts';
export {
  checkpointKeyHints,
  logIdOf,
  noteKeyId,
  verifyCheckpointSignature,
  verifyLogSignature,
} from './note/log-key.ts';
export { importPublicKey, rsaFault } from './note/import-public-key.ts';
export { computeLogFacts, establishLogFacts, logsOfEntry } from './proof/log-facts.ts';
export type { LogFact, LogFacts, ShownEntry, VerifyLater } from './proof/log-facts.ts';
export { leafHash, nodeHash } from './proof/merkle.ts';
export { encodePem } from './note/pem.ts';
export type { Verifier } from './note/pem.ts';
export { isProposed, proposeDsse, proposeHashedRekord } from './entry/proposed-entry.ts';
export type { ProposedSignature } from './entry/proposed-entry.ts';
export type { ConnectionOptions } from './client/open-http.ts';
export { proveEntry, readContents } from './proof/prove-entry.ts';
export type { EntryTrust, EntryVerdict, ShardOffset } from './proof/prove-entry.ts';
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
} from './client/rekor.ts';
export type { ProposedEntry, SearchAnswer, SearchKeyMaterial, SearchQuery } from './client/search.ts';
export { searchKeys, trackKeys } from './client/search-keys.ts';
export type { SearchEvidence, SearchKey, TrackPlan } from './client/search-keys.ts';
export { signedEntryTimestampPayload } from './proof/signed-entry-timestamp.ts';
export type { SignedEntryTimestampFields, SignedEntryTimestampInput } from './proof/signed-entry-timestamp.ts';
export { parseTransparencyLogEntry, toTransparencyLogEntry } from './entry/transparency-log-entry.ts';
export type { TransparencyLogEntryJson } from './entry/transparency-log-entry-json.ts';
export { readTrustedLogs } from './note/listed-log.ts';
export type { ListedLog, TrustedLogs } from './note/listed-log.ts';
export { parseLogKey, signatureLines, verifyCheckpoint } from './note/trusted-log.ts';
export type { CheckpointVerdict, TrustedLog } from './note/trusted-log.ts';
export { acknowledge } from './monitor/acknowledge.ts';
export type { AcknowledgedChange } from './monitor/acknowledge.ts';
export { createFileStore } from './monitor/file-store.ts';
export type { LogChange } from './monitor/log-change.ts';
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
  UnreadEvent,
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
