import type { FulcioClaims, SubjectAlternativeName } from '@sigtrail/fulcio-claims/extensions';
import type { EntryCheck, EntryProvenance, LogEvidence, TransparencyLogEntryJson } from '@sigtrail/rekor';
import type { Location } from '@sigtrail/triangulate';
import type { Look } from 'oci-client-lite';
import type { CandidateFormat, Problem, TrustSource } from '../report/report.ts';

/** One manifest that is tracked: the image itself, or a platform of its index. */
export interface TrackedDigest {
  readonly digest: string;
  /** `linux/arm64/v8`, for a platform of an index. */
  readonly platform?: string;
}

/**
 * How an entry relates to the image:
 *
 * - `subject`: the signed statement is at hand, is the one the entry names, and names the image as its subject; or the image's own bytes were signed
 * - `payload`: the entry is over a payload that names the image and that we hold or can build
 * - `material`: the image is only something that the subject was made from, such as a base image
 * - `unbound`: the log's index says that the entry is about the image, and nothing at hand proves it
 */
export type EntryRole = 'subject' | 'payload' | 'material' | 'unbound';

/** The signer that an entry names, and how far that is proven. */
export interface TrackedSigner {
  readonly kind: 'certificate' | 'public-key';
  /** `sha256:` of the certificate's or key's DER. */
  readonly fingerprint: string;
  /** The name in the certificate: only as good as `identity` says. */
  readonly subjectAlternativeNames: readonly SubjectAlternativeName[];
  /** As `subjectAlternativeNames`. */
  readonly claims?: FulcioClaims;
  /**
   * `proven`: an authority of the trusted root issued the certificate, and it was valid at a verified time. `unproven`: not shown, `why` says what
   * is missing. `none`: a key has no identity but itself.
   */
  readonly identity: 'proven' | 'unproven' | 'none';
  /** `verified`: this key signed what the entry names. `not-checked`: neither the payload is at hand nor can this kind of key be checked by a digest. */
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
  /** Which of the tracked digests it is about; several for an index that lists it. */
  readonly about: readonly string[];
  /** What was signed, as far as it is at hand. */
  readonly content: 'simple-signing' | 'statement' | 'manifest' | 'unknown';
  readonly predicateType?: string;
  readonly signers: readonly TrackedSigner[];
  /** Why its body can't be read: its signer and subject are unknown, which is not the same as absent. */
  readonly unread?: string;
  /** RFC 3339. See `provenance.integratedTime`: the log's claim, where it signed it. */
  readonly integratedTime?: string;
  /** RFC 3339: a timestamp authority's, from the signature in the registry. */
  readonly timestamps: readonly string[];
  /** How far each value can be believed. */
  readonly provenance: EntryProvenance;
  readonly checks: readonly EntryCheck[];
  /** Whether the log itself still shows it, or only the registry's copy does. */
  readonly seenIn: 'log' | 'registry' | 'both';
  /** The questions that led to it. */
  readonly foundBy: readonly string[];
  /** Ids of the registry's signatures that this is the entry of. */
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
  /** `yes`: an entry of it is proven or promised by a trusted log. `no`: every log that could have it was asked and has none. `unknown`: not known. */
  readonly logged: 'yes' | 'no' | 'unknown';
  readonly entries: readonly string[];
  readonly problem?: string;
}

/** The log compared with the registry. Ids of entries and signatures. */
export interface Reconciliation {
  /** Signed once, and its signature is not in the registry now: deleted, never pushed, or made by an unauthorised signer. */
  readonly loggedNotInRegistry: readonly string[];
  /** In the registry, but in no log that was read. */
  readonly inRegistryNotLogged: readonly string[];
  readonly inBoth: readonly string[];
  /** Unknown, because the registry or a log could not be read to the end. */
  readonly undecided: readonly string[];
}

/** One source. */
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
  /** By time, where there is one; entries without come last, by index. */
  readonly entries: readonly TrackedEntry[];
  readonly signatures: readonly TrackedSignature[];
  readonly reconciliation: Reconciliation;
  /** The sources, and how far each answer goes. */
  readonly sources: readonly TrackSource[];
  /** What these sources can't tell, in sentences. Never says that no signature exists. */
  readonly limits: readonly string[];
  readonly problems: readonly Problem[];
  /** What misbehaving logs said, for `verifyEvidence`: each is one of `problems` too. */
  readonly alarms: readonly LogEvidence[];
  readonly locations: readonly Location[];
  readonly transcript: readonly Look[];
  readonly trust: TrustSource;
  readonly evaluatedAt: string;
}
