import type { TranscriptEntry } from 'oci-client-lite';
import type { Location } from '@sigtrail/triangulate';
import type { Attachment } from './attachments.ts';
import type { CheckCode } from './codes.ts';
import type { OtherSignature } from './other-signatures.ts';
import type { CandidateReport, Signer, TrustSource, VerifiedLogEntry, VerifiedTime } from './report.ts';

/** Evidence that every policy requires by default and that the candidate lacks. */
export interface MissingEvidence {
  readonly code: CheckCode;
  readonly message: string;
}

/** An inspected candidate. `accepted` is always `false`, since there is no policy that could accept it. */
export interface InspectedCandidate extends CandidateReport {
  readonly log: readonly VerifiedLogEntry[];
  readonly times: readonly VerifiedTime[];
  /** Every check passed and `missing` is empty: a policy that names this signer and changes no `require` accepts the signature. */
  readonly proven: boolean;
  /** Why a policy would refuse it even if every check passed: no SCT, no log entry, no verified time, or a key that only a policy can name. */
  readonly missing: readonly MissingEvidence[];
  /** Unverified unless `proven` is true: what the certificate says, or which of the keys fits. Anyone can attach any certificate to a signature. */
  readonly signer?: Signer;
}

/** The answer of `inspectImage`: who signed this, without a policy and without a verdict. */
export interface ImageInspection {
  readonly schemaVersion: 1;
  readonly requested: string;
  readonly reference: string;
  readonly repository: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly candidates: readonly InspectedCandidate[];
  /** Everything that is attached, signed or not, of any kind. What it says about itself is unverified. */
  readonly attachments: readonly Attachment[];
  /** Signatures of kinds that are not verified here, such as those of Notary Project; missing if there are none. */
  readonly otherSignatures?: readonly OtherSignature[];
  readonly locations: readonly Location[];
  readonly transcript: readonly TranscriptEntry[];
  readonly trust: TrustSource;
  readonly evaluatedAt: string;
}
