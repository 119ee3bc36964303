import { type BundleJson, type BundleOptions, signBundle } from './bundle.ts';
import { type CertificateOptions, type IssuedCertificate, issueCertificate } from './certificate.ts';
import {
  type CertificateAuthority,
  type CertificateAuthorityOptions,
  createCertificateAuthority,
} from './certificate-authority.ts';
import { type CtLog, type CtLogOptions, createCtLog } from './ct-log.ts';
import {
  type LegacyAttestationOptions,
  type LegacyLayer,
  type LegacySignatureOptions,
  signAttestationLegacy,
  signImageLegacy,
} from './legacy-layer.ts';
import {
  createTimestampAuthority,
  type TimestampAuthority,
  type TimestampAuthorityOptions,
} from './timestamp-authority.ts';
import { timestamp, type TimestampUse } from './timestamp-token.ts';
import { createLog, type LogOptions } from './transparency-log.ts';
import type { TransparencyLog } from './log.ts';
import { type TrustedRootJson, type TrustedRootOptions, trustedRoot } from './trusted-root.ts';
import { wholeSecond } from './validity.ts';

/** How a Sigstore is set up; the defaults are all good. */
export interface SigstoreOptions {
  /** Its clock, which stands still: default the second of its creation. */
  readonly now?: Date;
  readonly ca?: CertificateAuthorityOptions;
  readonly ctLog?: CtLogOptions;
  /** The Rekor v1. */
  readonly rekor?: Omit<LogOptions, 'version'>;
  /** The Rekor v2. */
  readonly rekor2?: Omit<LogOptions, 'version'>;
  readonly tsa?: TimestampAuthorityOptions;
}

/** A whole Sigstore in memory. It knows its private keys, so it can sign what is right and what is wrong. */
export interface FakeSigstore {
  readonly now: Date;
  readonly ca: CertificateAuthority;
  readonly ctLog: CtLog;
  readonly rekor: TransparencyLog;
  readonly rekor2: TransparencyLog;
  readonly tsa: TimestampAuthority;
  /** A leaf, by default of a GitHub workflow, with one SCT. */
  issueCertificate(options?: CertificateOptions): Promise<IssuedCertificate>;
  /** `trusted_root.json`. */
  trustedRoot(options?: TrustedRootOptions): TrustedRootJson;
  /** A bundle of any version, signed, logged and timestamped. */
  signBundle(options: BundleOptions): BundleJson;
  /** A layer of a `.sig` manifest. */
  signImageLegacy(options: LegacySignatureOptions): LegacyLayer;
  /** A layer of a `.att` manifest. */
  signAttestationLegacy(options: LegacyAttestationOptions): LegacyLayer;
  /** An RFC 3161 TimeStampResp over bytes. */
  timestamp(bytes: Uint8Array, use?: Partial<TimestampUse>): Buffer;
}

/**
 * Creates a Sigstore: CA, CT log, Rekor v1 and v2, TSA, each with fresh keys.
 *
 * @example
 * ```ts
 * const sigstore = await createSigstore();
 * const signer = await sigstore.issueCertificate();
 * const bundle = sigstore.signBundle({ statement: { imageDigest }, signer });
 * ```
 */
export async function createSigstore(options: SigstoreOptions = {}): Promise<FakeSigstore> {
  const now = wholeSecond(options.now ?? new Date());
  const [ca, tsa] = await Promise.all([
    createCertificateAuthority({ now, ...options.ca }),
    createTimestampAuthority({ now, ...options.tsa }),
  ]);
  const ctLog = createCtLog({ now, ...options.ctLog });
  const rekor = createLog({ now, ...options.rekor, version: 1 });
  const rekor2 = createLog({ now, ...options.rekor2, version: 2 });
  const defaults = { rekor, tsa, now };
  return {
    now,
    ca,
    ctLog,
    rekor,
    rekor2,
    tsa,
    issueCertificate: (wanted = {}) => issueCertificate(wanted, { authority: ca, ctLog, now }),
    trustedRoot: (wanted = {}) =>
      trustedRoot({
        authorities: [ca],
        ctLogs: [ctLog],
        logs: [rekor, rekor2],
        timestampAuthorities: [tsa],
        ...wanted,
      }),
    signBundle: (wanted) => signBundle(wanted, defaults),
    signImageLegacy: (wanted) => signImageLegacy(wanted, defaults),
    signAttestationLegacy: (wanted) => signAttestationLegacy(wanted, defaults),
    timestamp: (bytes, use = {}) => timestamp({ authority: tsa, at: now, ...use }, bytes),
  };
}
