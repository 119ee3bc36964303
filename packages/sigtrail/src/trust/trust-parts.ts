import type { KeyObject } from 'node:crypto';
import type { AuthorityProfile, Relaxation } from './profile.ts';

/** PEM text or bytes, with one or several blocks; or the DER of one. */
export type PemOrDer = string | Uint8Array;

/** When a part is trusted, both ends included. A missing start or end is no limit. */
export interface PartWindow {
  /** A `Date`, or RFC 3339. */
  readonly start?: Date | string;
  readonly end?: Date | string;
}

/** A certificate authority: as one chain, or as a pool of anchors and intermediates. */
export interface CertificateAuthorityPart {
  /** One chain: the issuing certificate first, the anchor last. The anchor need not be self-signed. */
  readonly certificates?: PemOrDer;
  /** Instead of `certificates`: certificates that are trusted as they are, in any order (cosign's `--ca-roots`). */
  readonly anchors?: PemOrDer;
  /** With `anchors`: certificates that lead to them, in any order (cosign's `--ca-intermediates`). */
  readonly intermediates?: PemOrDer;
  /** The evidence that its signatures have, and therefore must have. */
  readonly profile: AuthorityProfile;
  /** What signatures of this authority need not have. Only with profile `pki`; shown in every report. */
  readonly relax?: readonly Relaxation[];
  /** How reports name it. Default: its issuing certificate's place in the list. */
  readonly name?: string;
  readonly validFor?: PartWindow;
}

/** A transparency log or CT log, known by its key. */
export interface LogPart {
  /** PEM `PUBLIC KEY` or `RSA PUBLIC KEY`, DER SPKI, or a `KeyObject`. */
  readonly publicKey: PemOrDer | KeyObject;
  /** How reports name it; the log is recognised by its key, whatever its address. */
  readonly baseUrl?: string;
  /** The name in its checkpoints, if the log's id is derived from it (Rekor v2). Default: found in the evidence. */
  readonly origin?: string;
  /** Who runs it, as a URI without a scheme (`acme.test`). Logs and authorities of the same operator count once. Without it, a log counts by its key. */
  readonly operator?: string;
  readonly validFor?: PartWindow;
}

/** A transparency log: Rekor. */
export interface TransparencyLogPart extends LogPart {
  /**
   * Refuse the forms of entry that Rekor v2 stopped writing in 2026: `dsse` 0.0.2, and pure Ed25519 signatures. Default `false`: a private log may run an
   * older server. For Sigstore's own shards, the dates are built in, whatever this says.
   */
  readonly refuseRetiredEntries?: boolean;
}

/** A timestamp authority. */
export interface TimestampAuthorityPart {
  /** The signing certificate first and the anchor last; a single certificate is trusted as it is. */
  readonly certificates: PemOrDer;
  readonly name?: string;
  /** Who runs it, as for a log. Without it, an authority counts by its anchor. */
  readonly operator?: string;
  readonly validFor?: PartWindow;
}

/** Trust anchors one by one. A missing list is empty: nothing of that kind is trusted. */
export interface TrustParts {
  readonly certificateAuthorities?: readonly CertificateAuthorityPart[];
  readonly certificateTransparencyLogs?: readonly LogPart[];
  readonly transparencyLogs?: readonly TransparencyLogPart[];
  readonly timestampAuthorities?: readonly TimestampAuthorityPart[];
}
