import type { KeyObject } from 'node:crypto';
import type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
import type { Deadline } from '../deadline.ts';
import type { Budget } from './budget.ts';
import type { NameCheck } from './signed-name.ts';
import type { Subject } from './subject.ts';
import type { Signatures } from './signatures.ts';
import type { ParsedDenyList } from '../policy/deny-list.ts';
import type { RequiredEvidence } from '../policy/policy.ts';
import type { SecondJudge } from '../second-judge/second-judge.ts';
import type { Relaxation, TrustProfile } from '../trust/profile.ts';
import type { Party } from '../trust/party.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { CertificateCache } from '../evidence/certificate-cache.ts';
import type { FaultCode } from '../report/codes.ts';
import type { Check, Signer, SecondJudgement, VerifiedLogEntry, VerifiedTime } from '../report/report.ts';
/** Everything that `establish` may use besides the evidence: no clock, no socket, no file. */
export interface EstablishContext {
  /** What the signature must cover. */
  readonly subject: Subject;
  /** What a statement in a signed attestation manifest must be about. */
  readonly about?: Subject;
  readonly trust: TrustedRoot;
  /** The keys that the policy names, never a key from the artifact. */
  readonly keys: readonly KeyObject[];
  /** Which name the signer must have signed for. */
  readonly name?: NameCheck;
  /** What no policy may accept. */
  readonly deny?: ParsedDenyList;
  readonly now: Date;
  readonly legacyTimestamps: 'use' | 'ignore' | 'require';
  /** Whether a bundle before v0.3 may carry the anchor of its certificate's trusted path. */
  readonly acceptTrustedRootInBundle?: boolean;
  /** Asked about what our own checks accept. */
  readonly secondJudge: SecondJudge | 'off';
  /** The evidence that each part of the policy requires; empty without a policy. */
  readonly require: readonly RequiredEvidence[];
  /** Answers every question of public-key cryptography. */
  readonly signatures: Signatures;
  /** Called with each leaf that a trusted authority issued. */
  readonly certificates?: CertificateCache;
  /** The budget of a candidate. */
  readonly budget?: Budget;
  /** When the call ends; without it, there is no deadline. */
  readonly deadline?: Deadline;
  /** Checks that tests leave out, by their codes; no option of the package sets this. */
  readonly withoutChecks?: ReadonlySet<string>;
}

/** The parties that vouch for a signature, each listed once. Thresholds count these. */
export interface CountedParties {
  readonly logs: readonly Party[];
  readonly certificateTransparencyLogs: readonly Party[];
  readonly timestampAuthorities: readonly Party[];
  /** The parties that vouch for a time: logs by their promise, and timestamp authorities. */
  readonly times: readonly Party[];
}

/** Whether a chain holds at the verifier's clock, or what is wrong with it. */
export type ChainNow =
  | { readonly ok: true }
  | { readonly ok: false; readonly code: FaultCode; readonly message: string };

/** A candidate with what was established about it. */
export interface CandidateFacts {
  readonly candidate: Candidate;
  readonly checks: readonly Check[];
  readonly signer?: Signer;
  /** The key that verified the signature: the leaf's, or one that the policy named. */
  readonly signerKey?: KeyObject;
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
  readonly claims?: FulcioClaims;
  readonly log: readonly VerifiedLogEntry[];
  readonly times: readonly VerifiedTime[];
  readonly parties: CountedParties;
  /** The trust profile of its certificate's authority; `fulcio` while no authority is known. */
  readonly profile: TrustProfile;
  /** Whether authorities with a different profile are trusted too: this authority must not vouch for their issuers. */
  readonly isBesideOthers: boolean;
  /** The relaxations of that authority. */
  readonly relaxed: readonly Relaxation[];
  /** Does the certificate chain hold at the verifier's clock? Only asked when no time is known. */
  readonly chainNow?: ChainNow;
  /** Signed annotations, as text. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly secondJudge: SecondJudgement;
  /**
   * The facts by the policy's key that verifies the same signature, if a certificate accompanies it in cosign's annotations: rules
   * that name a key use these. The certificate's checks are included for information.
   */
  readonly byKey?: Omit<CandidateFacts, 'byKey'>;
}
