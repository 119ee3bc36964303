import type { OtherSignature } from './other-signatures.ts';
import type { PredicateTypeUri } from '../attestation/predicate-types.ts';
import type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
import type { Find, Location } from '@sigtrail/triangulate';
import type { TranscriptEntry } from 'oci-client-lite';
import type { AttestationPath } from '../evidence/listed-statement.ts';
import type { CheckCode, CheckName, ProblemCode, ReasonCode } from './codes.ts';

/** The result of one check. `indeterminate`: undecided, so it never counts as passed. */
export type CheckStatus = 'passed' | 'failed' | 'skipped' | 'indeterminate';

/** One check on one candidate. `check` names the question, `code` the result; both are stable, both open unions. */
export interface Check {
  readonly check: CheckName;
  readonly status: CheckStatus;
  readonly code: CheckCode;
  readonly message: string;
  readonly expected?: string;
  readonly actual?: string;
  /** Which log entry, timestamp, certificate timestamp … of several (counted from 0). */
  readonly item?: number;
}

/** A transparency-log entry whose inclusion and meaning were verified here. */
export interface VerifiedLogEntry {
  readonly log: string;
  readonly logId: string;
  readonly logIndex: number;
  readonly uuid?: string;
  /** RFC 3339. Only if the log signed it (SET); Rekor v2 never does. */
  readonly integratedTime?: string;
  readonly kind: string;
  readonly inclusionProof: 'verified' | 'absent';
  readonly inclusionPromise: 'verified' | 'absent';
  readonly treeSize?: number;
  readonly checkpointOrigin?: string;
  /** The path from the entry to the root that the log signed, if an inclusion proof was verified: to draw it, or to compute it again. */
  readonly inclusionPath?: InclusionPath;
  /** The entry's page on search.sigstore.dev. Only for the log that the page knows: Rekor v1 of the public-good instance. */
  readonly searchUrl?: string;
}

/** An inclusion proof that was verified here: hashing the leaf with each of `hashes` in turn gives `rootHash`. Hashes are in hexadecimal. */
export interface InclusionPath {
  /** The index of the entry in its tree; in Rekor v1, the tree of its shard. */
  readonly leafIndex: number;
  readonly leafHash: string;
  /** The hashes beside the path, from the leaf to the root. */
  readonly hashes: readonly string[];
  readonly rootHash: string;
  /** The signed note that names the root, as the log and its witnesses signed it. */
  readonly checkpoint: string;
}

/** A time at which the signature provably existed, and who vouches for it. */
export interface VerifiedTime {
  readonly time: string;
  /** How far off the timestamp authority says that its clock may be, either way: it proves existence by `time` plus this. */
  readonly accuracyMs?: number;
  readonly source: 'log' | 'timestamp-authority';
  readonly authority: string;
}

/** A signer with a certificate: whom the certificate authority names. */
export interface CertificateSigner {
  readonly kind: 'certificate';
  /** Base64 DER of the leaf. */
  readonly certificate: string;
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
  readonly claims: FulcioClaims;
  readonly serialNumber: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly authority: string;
}

/** A signer with a key that the policy names. */
export interface KeySigner {
  readonly kind: 'key';
  /** `sha256:` and the hex digest of the SPKI. */
  readonly fingerprint: string;
}

/** The signer of an accepted signature. */
export type Signer = CertificateSigner | KeySigner;

/** What a candidate says about itself. Nothing here is verified unless every check on the candidate passed. */
export interface UnverifiedClaims {
  readonly subjectAlternativeNames?: readonly SubjectAlternativeName[];
  readonly claims?: FulcioClaims;
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly keyHint?: string;
  readonly logIndexes: readonly number[];
  readonly integratedTimes: readonly string[];
  readonly dockerReference?: string;
  readonly payloadDigest?: string;
  readonly predicateType?: PredicateTypeUri;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** The answer of the second judge, `@sigstore/verify`. */
export interface SecondJudgement {
  readonly verdict: 'accepted' | 'refused' | 'not-applicable' | 'not-asked';
  readonly reason?: string;
}

/** The format a candidate is written in. */
export type CandidateFormat = 'cosign-signature' | 'cosign-attestation' | 'sigstore-bundle' | 'dsse-attestation';

/** A candidate, with every check that was carried out on it. */
export interface CandidateReport {
  readonly id: string;
  readonly format: CandidateFormat;
  readonly carrier: Find['carrier'] | 'given';
  readonly manifestDigest?: string;
  readonly layerDigest?: string;
  /** True when this candidate is an attestation, which doesn't count as a signature unless the policy says so. */
  readonly isAttestation: boolean;
  /** Present if it signs an attestation manifest and attests a statement that this manifest lists. */
  readonly through?: AttestationPath;
  /** Whether it satisfies a rule of the policy. Only the report's `verdict` says whether the image is verified. */
  readonly accepted: boolean;
  /** The code of the first failed check, if refused. */
  readonly refusedBecause?: CheckCode;
  /** Present if it fails only because the embedded trusted root lacks an authority or log; says how old that root is and how to refresh it. */
  readonly missingFromSnapshot?: MissingFromSnapshot;
  readonly checks: readonly Check[];
  readonly unverifiedClaims: UnverifiedClaims;
  readonly secondJudge: SecondJudgement;
}

/**
 * Why a candidate fails only because the embedded trusted root lacks an authority or log of it. They may be newer than the snapshot, or belong to
 * a different Sigstore instance.
 */
export interface MissingFromSnapshot {
  /** RFC 3339 day on which the embedded snapshot was taken. */
  readonly snapshotDate: string;
  /** What the snapshot lacks, how old it is, and how to refresh it. */
  readonly message: string;
}

/** A signature that the policy accepted; an identity policy narrows `signer` to a certificate. */
export interface AcceptedSignature<S extends Signer = Signer> {
  readonly candidate: string;
  readonly format: CandidateFormat;
  readonly signer: S;
  readonly log: readonly VerifiedLogEntry[];
  readonly times: readonly VerifiedTime[];
  /** Signed annotations. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly predicateType?: PredicateTypeUri;
  /** The name the signer signed for (simple signing `docker-reference`). */
  readonly dockerReference?: string;
  /** Present if it signs an attestation manifest. Then `payload` is a statement that this manifest lists, and the signature does not cover it directly. */
  readonly through?: AttestationPath;
  /** Base64 of the signature itself. */
  readonly signature: string;
  /** The type of a DSSE payload. */
  readonly payloadType?: string;
  /** Base64 of the signed payload. */
  readonly payload?: string;
  /** cosign's `Bundle` annotation object, for output compatibility. */
  readonly cosignBundle?: CosignBundle;
  /** Base64 DER timestamps as found. */
  readonly signedTimestamps: readonly string[];
}

/** The object cosign prints under `optional.Bundle`. */
export interface CosignBundle {
  readonly SignedEntryTimestamp: string;
  readonly Payload: {
    readonly body: string;
    readonly integratedTime: number;
    readonly logIndex: number;
    readonly logID: string;
  };
}

/** Where the trust anchors came from. */
export interface TrustSource {
  /** `capsule`: a replay, which takes its trust from the file. */
  readonly kind: 'embedded' | 'file' | 'given' | 'tuf' | 'combined' | 'none' | 'capsule';
  readonly name: string;
  /** `sha256:` of the trusted root's JSON bytes. */
  readonly digest?: string;
  /** RFC 3339 day on which the embedded snapshot was taken. */
  readonly snapshotDate?: string;
  readonly ageDays?: number;
  /** RFC 3339: the latest time at which trust from a TUF repository must be refreshed. */
  readonly expires?: string;
  /** Why trust is older than was asked for, if a refresh failed. */
  readonly warning?: string;
}

/** The state of the world in three words; `verified` > `indeterminate` > `rejected`. */
export type VerdictName = 'verified' | 'indeterminate' | 'rejected';

/** Something that could not be read, asked or decided. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly retryAfterMs?: number;
}

/** What a callback of the policy answered. Recorded, so that the decision can be followed, and repeated without the callback. */
export interface CallbackAnswer {
  /** `accept` is about a signature, `predicate` about the predicate of an attestation, `acceptImage` about the whole set. */
  readonly scope: 'accept' | 'predicate' | 'acceptImage';
  readonly name: string;
  /** The candidate that it was asked about; missing for `acceptImage`. */
  readonly candidate?: string;
  /** Every answer except `accepted` refuses. */
  readonly answer: 'accepted' | 'refused' | 'threw' | 'timed-out';
  readonly reason?: string;
}

/** Whether a part of the policy holds. `unknown`: what could not be read or asked may decide it. */
export type PolicyStatus = 'satisfied' | 'failed' | 'unknown';

/** An operator or rule of the policy: where it is, what it requires, whether it holds and if not why, and its inner operators. */
export interface PolicyOutcome {
  /** Where it is in the policy that was given: `allOf[1].signedBy`, `of[0]`. */
  readonly path: string;
  /** `rule`: one of several rules of an operator. */
  readonly kind: 'signed-by' | 'attested' | 'at-least' | 'all-of' | 'any-of' | 'not' | 'vex' | 'accept-image' | 'rule';
  /** What it requires, in a few words: whose signature, or which type of attestation. */
  readonly label: string;
  readonly status: PolicyStatus;
  /** Why it is `failed` or `unknown`. */
  readonly why?: PolicyReason;
  readonly expected?: string;
  readonly actual?: string;
  /** Ids of the candidates that fit. */
  readonly candidates?: readonly string[];
  readonly of?: readonly PolicyOutcome[];
}

/** Why a part of the policy does not hold, or is unknown. */
export interface PolicyReason {
  /** The code of a check on the closest candidate, of something that could not be read or asked, or of something that is missing. */
  readonly code: ReasonCode;
  readonly message: string;
  /** The candidates that were considered, each with its own reason. */
  readonly candidates: readonly RefusedCandidate[];
}

/** A candidate that doesn't fit a part of the policy. */
export interface RefusedCandidate {
  /** `CandidateReport.id`: the digest of its manifest, and its place in the manifest. */
  readonly id: string;
  readonly code: CheckCode;
  readonly message: string;
}

/** Why an image was rejected. `unsigned`: every place was read and has nothing of the kind. `only-attestations`: it has attestations, but no signature. */
export type RejectionReason = 'unsigned' | 'no-match' | 'only-attestations';

/**
 * What the report of a replay adds. It was made from a file, which anyone who can write to it can change. Only what is `as-given` was compared with
 * something that the caller gave.
 */
export interface ReplayNote {
  /** The result equals the recorded one, except for where trust came from. */
  readonly agrees: boolean;
  /** Why it doesn't agree: a judge answers differently, the clock differs, or the file was changed. */
  readonly because?: string;
  /** Whether the trusted root in the capsule is the one that the caller gave. If the caller gave one, the verdict rests on it. */
  readonly trust: 'as-given' | 'other-than-given' | 'of-the-capsule';
  /**
   * Whether the policy in the capsule is the one that the caller gave; if not, the verdict rests on the caller's. `answers-of-the-capsule`: it is, but it contains code, or a function over signed names, that can't be asked again.
   * `absence-of-the-capsule`: it is, but it rules something out (`not`, `vex`, `match: 'all'`), which a file can leave out.
   * `clock-of-the-capsule`: it is, but it depends on the clock (`maxAge`, `require: { time: 0 }`), which comes from the file: give `now`.
   */
  readonly policy:
    | 'as-given'
    | 'other-than-given'
    | 'of-the-capsule'
    | 'answers-of-the-capsule'
    | 'absence-of-the-capsule'
    | 'clock-of-the-capsule';
  /** Only if the caller gave a deny-list. */
  readonly deny?: 'as-given' | 'other-than-given';
  /** Where `evaluatedAt` comes from: the caller (`now`), or the file. */
  readonly clock: 'as-given' | 'of-the-capsule';
  /** The options that the capsule records. */
  readonly asked: Readonly<Record<string, unknown>>;
  /** Both judges in the version that is installed here, and the version that the capsule says made it; `off`: it says that the second judge was not asked. */
  readonly judges: readonly { readonly name: string; readonly version: string; readonly recorded: string }[];
}

/** What every report says, for any question and any result. Plain JSON. */
export interface ReportBasis {
  readonly schemaVersion: 1;
  /** The reference, as it was given. */
  readonly requested: string;
  readonly problems: readonly Problem[];
  /** Every answer of the policy's callbacks; missing if no callback was asked. */
  readonly callbacks?: readonly CallbackAnswer[];
  readonly candidates: readonly CandidateReport[];
  /** Signatures of kinds that are not verified here, such as those of Notary Project; missing if there are none. They change no verdict. */
  readonly otherSignatures?: readonly OtherSignature[];
  readonly locations: readonly Location[];
  readonly transcript: readonly TranscriptEntry[];
  readonly trust: TrustSource;
  /** The evidence requirements that the policy changes, in words. */
  readonly relaxations: readonly string[];
  /** RFC 3339, the verifier's clock. */
  readonly evaluatedAt: string;
  /** Only of a replay. */
  readonly replay?: ReplayNote;
}

/** What the reference resolved to, and the result of the policy. */
export interface ResolvedImage {
  readonly repository: string;
  readonly digest: string;
  readonly mediaType: string;
  /** Which operators of the policy hold. */
  readonly policy: PolicyOutcome;
}
