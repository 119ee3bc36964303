import type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
import type { EntryCheck, EntryProvenance, LogEvidence, TransparencyLogEntryJson } from '@sigtrail/rekor';
import type { Location } from '@sigtrail/triangulate';
import type { TranscriptEntry } from 'oci-client-lite';
import type { CandidateFormat, Problem, TrustSource } from '../report/report.ts';

/** A tracked manifest: the image itself, or a platform of its index. */
export interface TrackedDigest {
  readonly digest: string;
  /** `linux/arm64/v8`, for a platform of an index. */
  readonly platform?: string;
}

/**
 * How an entry relates to the image:
 *
 * - `subject`: the signed statement is known, is the one that the entry names, and names the image as its subject; or the image's own bytes were signed
 * - `payload`: the entry records a payload that names the image and that we have or can build
 * - `material`: the subject was only made from the image, for example as its base image
 * - `unbound`: the log's index says that the entry is about the image, but nothing proves it
 */
export type EntryRole = 'subject' | 'payload' | 'material' | 'unbound';

/** The signer that an entry names, and how much of that is proven. */
export interface TrackedSigner {
  readonly kind: 'certificate' | 'public-key';
  /** `sha256:` of the certificate's or key's DER. */
  readonly fingerprint: string;
  /** The name in the certificate: only as reliable as `identity` says. */
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
  /** As `subjectAlternativeNames`. */
  readonly claims?: FulcioClaims;
  /**
   * `proven`: an authority of the trusted root issued the certificate, and it was valid at a verified time. `unproven`: `why` says what
   * is missing. `none`: a key has no identity but itself.
   */
  readonly identity: 'proven' | 'unproven' | 'none';
  /** `verified`: this key signed what the entry names. `not-checked`: the payload is not known, and this kind of key can't be checked by a digest. */
  readonly signature: 'verified' | 'failed' | 'not-checked';
  readonly why?: string;
}

/** A log entry about the image, with everything known about it. */
export interface TrackedEntry {
  /** Unique in a track: `<log id>/<log index>/<leaf hash>`. */
  readonly id: string;
  /** Address of the log. */
  readonly log: string;
  readonly logVersion: 1 | 2;
  readonly logId: string;
  readonly uuid: string;
  readonly logIndex: number;
  readonly treeIndex?: number;
  readonly treeSize?: number;
  readonly origin?: string;
  readonly kind: string;
  readonly apiVersion: string;
  /** Digests in the body, as `sha256:…`. */
  readonly hashes: readonly string[];
  readonly role: EntryRole;
  /** Which of the tracked digests it is about; an index that lists it is one, too. */
  readonly about: readonly string[];
  /** What was signed, as far as it is known. */
  readonly content: 'simple-signing' | 'statement' | 'manifest' | 'unknown';
  readonly predicateType?: string;
  readonly signers: readonly TrackedSigner[];
  /** Why its body can't be read: its signer and subject are unknown, which is not the same as absent. */
  readonly unread?: string;
  /** RFC 3339: the log's claim. `provenance.integratedTime` says whether the log signed it. */
  readonly integratedTime?: string;
  /** RFC 3339: from a timestamp authority, found at the signature in the registry. */
  readonly timestamps: readonly string[];
  /** How far each value can be trusted. */
  readonly provenance: EntryProvenance;
  readonly checks: readonly EntryCheck[];
  /** Whether the log itself still shows it, or only the registry's copy. */
  readonly seenIn: 'log' | 'registry' | 'both';
  /** The questions that led to it. */
  readonly foundBy: readonly string[];
  /** Ids of the registry's signatures that this entry belongs to. */
  readonly signatures: readonly string[];
  /** The page of the public log's search; only for its entries. */
  readonly searchUrl?: string;
  /** The entry as a bundle carries it: keep it, and verify it offline. */
  readonly evidence: TransparencyLogEntryJson;
}

/** A signature or attestation that the registry has. */
export interface TrackedSignature {
  /** `Find.id`. */
  readonly id: string;
  readonly digest: string;
  readonly format: CandidateFormat;
  readonly isAttestation: boolean;
  readonly predicateType?: string;
  /** `yes`: a trusted log proves or promises an entry of it. `no`: every log that could have an entry was asked and has none. `unknown`: it is not known. */
  readonly logged: 'yes' | 'no' | 'unknown';
  readonly entries: readonly string[];
  readonly problem?: string;
}

/** The log compared with the registry. Ids of entries and signatures. */
export interface Reconciliation {
  /** Was signed once, but the signature is not in the registry now: deleted, never pushed, or made by an unauthorised signer. */
  readonly loggedNotInRegistry: readonly string[];
  /** In the registry, but in none of the logs that were read. */
  readonly inRegistryNotLogged: readonly string[];
  readonly inBoth: readonly string[];
  /** Unknown, because the registry or a log could not be read to the end. */
  readonly undecided: readonly string[];
}

/** A source. */
export interface TrackSource {
  readonly source: 'registry' | 'index' | 'entries' | 'scan' | 'trees';
  /** Address of the log, or name of the repository. */
  readonly where: string;
  readonly answer: 'answered' | 'partly' | 'failed' | 'not-asked';
  readonly code?: string;
  readonly message?: string;
  /** What the answer covers. */
  readonly covers: string;
}

/** One question to a log, and why it is asked. */
export interface TrackQuestion {
  readonly kind: 'hash' | 'index' | 'entry';
  readonly value: string;
  readonly because: string;
}

/** Everything the logs and the registry know about who signed an image. Plain JSON; read it back with `ImageTrackSchema`. */
export interface ImageTrack {
  readonly schemaVersion: 1;
  readonly requested: string;
  readonly reference: string;
  readonly repository: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly digests: readonly TrackedDigest[];
  readonly questions: readonly TrackQuestion[];
  /** By time; entries without a time come last, by index. */
  readonly entries: readonly TrackedEntry[];
  readonly signatures: readonly TrackedSignature[];
  readonly reconciliation: Reconciliation;
  /** The sources, and how far each answer goes. */
  readonly sources: readonly TrackSource[];
  /** What these sources can't tell, in sentences. Never says that no signature exists. */
  readonly limits: readonly string[];
  readonly problems: readonly Problem[];
  /** What misbehaving logs said, for `verifyEvidence`; `problems` has each of them, too. */
  readonly alarms: readonly LogEvidence[];
  readonly locations: readonly Location[];
  readonly transcript: readonly TranscriptEntry[];
  readonly trust: TrustSource;
  readonly evaluatedAt: string;
}
