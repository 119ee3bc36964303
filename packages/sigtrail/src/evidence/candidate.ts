import type { LogEntryInclusionProof, ShownEntry } from '@sigtrail/rekor';
import type { Certificate } from '../crypto/certificate.ts';
import type { CheckCode } from '../report/codes.ts';
import type { CandidateFormat, CandidateReport, CosignBundle } from '../report/report.ts';
import type { AttestationPath, ListedStatement } from './listed-statement.ts';
import type { SignatureLayer } from './signature-layer.ts';
import type { SimpleSigning } from './simple-signing.ts';
import type { Statement } from './statement.ts';

/** A proof that a log entry is in a tree (RFC 9162 §2.1.3), with the log's signed checkpoint. */
export type EntryProof = LogEntryInclusionProof & { readonly checkpoint: string };

/** A transparency-log entry that came with a signature, in whatever format. Nothing in it is verified. */
export interface CarriedEntry extends ShownEntry {
  /** The kind of the body according to its carrier: a bundle states it next to the body. */
  readonly kind: string;
  readonly version: string;
  readonly inclusionProof?: EntryProof;
}

/** What was signed. */
export type CandidateContent =
  | { readonly kind: 'simple-signing'; readonly payload: Uint8Array; readonly claims: SimpleSigning }
  | {
      readonly kind: 'dsse';
      readonly payloadType: string;
      readonly payload: Uint8Array;
      readonly pae: Uint8Array;
      readonly statement?: Statement;
      /** The envelope as it was stored, if it was: entries of the kind intoto 0.0.1 record it. */
      readonly envelope?: Uint8Array;
    }
  | { readonly kind: 'message'; readonly digest: Uint8Array; readonly algorithm: 'sha256' | 'sha384' | 'sha512' };

/** A certificate, with the certificates that came with it. */
export interface CertificateSigner {
  readonly kind: 'certificate';
  readonly leaf: Certificate;
  readonly chain: readonly Certificate[];
  /** Carried as a chain although the format has a single certificate: a v0.3 bundle. */
  readonly chainAgainstFormat?: true;
  /** Self-signed certificates that its bundle carries, which every version of the format forbids. They are not in `chain`. */
  readonly carriedRoots?: readonly Certificate[];
  /** Whether the last certificate that the bundle carries is self-signed. */
  readonly endsWithRoot?: boolean;
}

/** Who claims to have signed. */
export type CandidateSigner =
  | CertificateSigner
  | {
      readonly kind: 'key';
      readonly hint?: string;
      /** The certificate that came with the signature, when the signature is checked by the policy's keys. */
      readonly beside?: CertificateSigner;
    };

/** A signature as it was found, for a judge that reads it independently. */
export type OriginalSignature = { readonly kind: 'bundle'; readonly json: string | Uint8Array } | SignatureLayer;

/** A possible signature, in the same shape for all formats. This is what the checks work on. */
export interface Candidate {
  readonly id: string;
  readonly format: CandidateFormat;
  readonly carrier: CandidateReport['carrier'];
  readonly manifestDigest?: string;
  readonly layerDigest?: string;
  readonly isAttestation: boolean;
  readonly signer: CandidateSigner;
  readonly signature: Uint8Array;
  readonly content: CandidateContent;
  readonly logEntries: readonly CarriedEntry[];
  readonly timestamps: readonly Uint8Array[];
  /** What the timestamps cover, if not the signature: cosign stamps the whole envelope of a `.att` layer. */
  readonly stamped?: Uint8Array;
  /** `false` for the annotation of cosign's `.sig` layers, which a policy may ignore. */
  readonly timestampsInBundle: boolean;
  readonly cosignBundle?: CosignBundle;
  readonly rfc3161Annotation?: string;
  /** What it attests, if it signs an attestation manifest: then `content` is about that manifest, and this is about the image. */
  readonly listed?: ListedStatement;
  /** Our own checks never read this. */
  readonly original: OriginalSignature;
}

/** A candidate that could not be read, and why. */
export interface UnreadableCandidate {
  readonly id: string;
  readonly format: CandidateFormat;
  readonly carrier: CandidateReport['carrier'];
  readonly manifestDigest?: string;
  readonly layerDigest?: string;
  readonly isAttestation: boolean;
  /** Present if it signs an attestation manifest. */
  readonly through?: AttestationPath;
  readonly unreadable: {
    readonly code: CheckCode;
    readonly message: string;
    readonly status: 'failed' | 'indeterminate';
  };
}

/** Whether an unreadable candidate may be an attestation: only the contents of a bundle say which of the two it is. */
export function mayBeAttestation({
  format,
  isAttestation,
}: Pick<UnreadableCandidate, 'format' | 'isAttestation'>): boolean {
  return isAttestation || format === 'sigstore-bundle';
}

/** Where a candidate came from, whether it could be read or not. */
export type CandidateOrigin = Pick<
  Candidate,
  'id' | 'format' | 'carrier' | 'isAttestation' | 'manifestDigest' | 'layerDigest' | 'listed'
> &
  Pick<UnreadableCandidate, 'through'>;

/** The result of reading a find. */
export type Found = Candidate | UnreadableCandidate;

/** How a signature of an attestation manifest leads to what it attests. */
export function pathOf({ listed, through }: Pick<CandidateOrigin, 'listed' | 'through'>): AttestationPath | undefined {
  if (listed === undefined) return through;
  const { image, platform, manifest, digest } = listed;
  return {
    image,
    ...(platform === undefined ? {} : { platform }),
    attestationManifest: manifest.digest,
    statement: digest,
  };
}

/** A candidate that was not verified, and why. */
export function unreadCandidate(
  origin: CandidateOrigin,
  unreadable: UnreadableCandidate['unreadable'],
): UnreadableCandidate {
  const { id, format, carrier, isAttestation, manifestDigest, layerDigest } = origin;
  const through = pathOf(origin);
  return {
    id,
    format,
    carrier,
    isAttestation,
    ...(manifestDigest === undefined ? {} : { manifestDigest }),
    ...(layerDigest === undefined ? {} : { layerDigest }),
    ...(through === undefined ? {} : { through }),
    unreadable,
  };
}
