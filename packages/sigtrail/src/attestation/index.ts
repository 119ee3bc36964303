export type { StatementSubject } from '../evidence/statement.ts';
export type { NamedCallOptions, VerifierOptions } from '../options.ts';
export type { AcceptPredicate, Answer, Callback, CallbackContext } from '../policy/callback.ts';
export type { RequiredEvidence, SignerRule } from '../policy/policy.ts';
export type { Predicate, StandardSchema } from '../policy/predicate.ts';
export type { Slsa } from '../policy/slsa.ts';
export type { Vsa } from '../policy/vsa.ts';
export type {
  AcceptedStatement,
  AttestationsReport,
  IndeterminateAttestationsReport,
  RejectedAttestationsReport,
  VerifiedAttestationsReport,
} from '../report/attestations-report.ts';
export type { AcceptedSignature } from '../report/report.ts';
export { evaluateAttestations, verifyAttestations } from '../verify-attestations.ts';
export type { VerifyAttestationsOptions } from '../verify-attestations.ts';
export { PREDICATE_ALIASES } from './predicate-types.ts';
export type {
  PredicateAlias,
  PredicateByUri,
  PredicateOf,
  PredicateType,
  PredicateTypeUri,
} from './predicate-types.ts';
export type {
  CycloneDxComponent,
  CycloneDxPredicate,
  SpdxDocument,
  SpdxGraph,
  SpdxPackage,
  SpdxPredicate,
} from './predicates/sbom.ts';
export type { ReleasePredicate } from './predicates/release.ts';
export type { ResourceDescriptor } from './predicates/shape.ts';
export type { Material, SlsaProvenanceV02, SlsaProvenanceV1 } from './predicates/slsa.ts';
export type { CosignCustomPredicate, LinkPredicate, TestResultPredicate } from './predicates/test-result.ts';
export type { SlsaResult, VerificationSummary } from './predicates/vsa.ts';
export type {
  CosignVulnPredicate,
  OpenVexPredicate,
  OpenVexStatement,
  VulnsPredicate,
} from './predicates/vulnerabilities.ts';
export type { AttestationRequest } from './request.ts';
export type { AcceptedAttestation, VerifiedAttestations } from './verified-attestations.ts';
