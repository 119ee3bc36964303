export type { ImagePolicy } from 'sigtrail';
export type { Reference } from 'oci-client-lite/names';
export { GateError, type GateErrorCode, type GateErrorDetails, isGateError } from './error.ts';
export { findImages, type FoundImages } from './find/find-images.ts';
export type { FindOptions, NeighbourFile, ReadNeighbour } from './find/find-context.ts';
export {
  type BuiltHere,
  FILE_KINDS,
  type FileKind,
  type FilledVariable,
  type FindProblemCode,
  type FoundImage,
  type ImagePlace,
  type NamedImage,
  normalName,
  type UnpinnableCode,
  type UnresolvedImage,
} from './find/found-image.ts';
export { kindByName, kindOf } from './find/kind-of.ts';
export type { TextPosition, TextSpan } from './text/place.ts';
export { parsePolicyMap, type ParsePolicyMapOptions } from './policy-map/parse-policy-map.ts';
export type {
  ExpiredException,
  MapException,
  MapPolicy,
  MapRule,
  Mode,
  PolicyAnswer,
  PolicyMap,
  RuleName,
} from './policy-map/policy-map.ts';
export { lintPolicyMap, type MapFinding, type MapLintCode } from './policy-map/lint-policy-map.ts';
export { POLICY_MAP_SCHEMA } from './policy-map/policy-map-schema.ts';
export type { ImagePattern } from './policy-map/image-pattern.ts';
export { gateExitCode } from './gate/exit-code.ts';
export { gateFiles, type GateFilesOptions, type GateRun, readPolicyMapFile } from './gate/gate-files.ts';
export type { FileProblem, GateEntry, GateReport, GateVerdict } from './gate/gate-report.ts';
export { type Inspect, proposeMap } from './gate/propose-map.ts';
export { parseEnvironmentFile } from './files/environment-file.ts';
export type { LockDifference } from './lock/compare-lock.ts';
export { type NotPinned, type PinnedText, type PinRequest, pinText } from './pin/pin-text.ts';
export { GATE_FORMATS, type GateFormat, renderGate } from './render/render-gate.ts';
export { namedImages, type NamedImages, type NamedImagesOptions } from './gate/named-images.ts';
export { writeNewFile } from './files/write-new-file.ts';
export { mapFindingsToSarif } from './render/to-sarif.ts';
export { policyText } from './policy-map/policy-text.ts';
