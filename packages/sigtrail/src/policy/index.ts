export type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
export type { PredicateOf } from '../attestation/predicate-types.ts';
export type { KeyWindowInput } from '../keys/key-window.ts';
export { parsePublicKey } from '../keys/describe-public-key.ts';
export type { PublicKeyInfo } from '../keys/describe-public-key.ts';
export type { KeyInput, PublicJwk } from '../keys/parse-key.ts';
export type { KeyResolver, ResolvedKey } from '../keys/resolve-keys.ts';
export type { AcceptedSignature, CertificateSigner, KeySigner, Signer } from '../report/report.ts';
export type { TrustProfile } from '../trust/profile.ts';
export type {
  AcceptImage,
  AcceptPredicate,
  AcceptSignature,
  Answer,
  Callback,
  CallbackContext,
  Denial,
  ImageFacts,
  VerifiedAttestation,
} from './callback.ts';
export { acceptImage, allOf, anyOf, atLeast, attested, not, notAffected, signedBy } from './compose.ts';
export { githubRelease } from './github-release.ts';
export type { GithubRelease, GithubReleaseRule } from './github-release.ts';
export type { Matcher, SubjectMatcher, TextMatcher } from './matcher.ts';
export { re2Search } from './pattern.ts';
export type { Pattern } from './pattern.ts';
export type {
  AcceptImagePolicy,
  AllOfPolicy,
  AnyOfPolicy,
  AnySignerPolicy,
  AtLeastPolicy,
  Attested,
  AttestedPolicy,
  ClaimName,
  IdentityRule,
  ImagePolicy,
  KeyRule,
  NotPolicy,
  PkiRule,
  PolicyOperators,
  PolicySettings,
  RequiredEvidence,
  SignedByPolicy,
  SignerRule,
  SignerRules,
  TimeBounds,
  Vex,
  VexPolicy,
  VexStatus,
} from './policy.ts';
export type { Predicate, StandardResult, StandardSchema } from './predicate.ts';
export { readSlsaProvenance, slsa } from './slsa.ts';
export type { Slsa, SlsaMaterial, SlsaProvenance } from './slsa.ts';
export { maxAge, notOlderThan, signedAfter } from './time-bounds.ts';
export type { DatedImage, DatedSignature, TimeReference } from './time-bounds.ts';
export { vsa } from './vsa.ts';
export type { Vsa } from './vsa.ts';
export { readVex } from './vex.ts';
export type { VexStatement } from './vex.ts';
