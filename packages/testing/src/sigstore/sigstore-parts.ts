import type { BundleJson, BundleOptions } from './bundle.ts';
import type { CertificateAuthority } from './certificate-authority.ts';
import type { CertificateOptions, IssuedCertificate } from './certificate.ts';
import type { CtLog } from './ct-log.ts';
import type { LegacyAttestationOptions, LegacyLayer, LegacySignatureOptions } from './legacy-layer.ts';
import type { TransparencyLog } from './log.ts';
import type { TimestampAuthority } from './timestamp-authority.ts';
import type { TimestampUse } from './timestamp-token.ts';
import type { TrustedRootJson, TrustedRootOptions } from './trusted-root.ts';

/** The parties of a Sigstore, and what each of them signs: all that minting needs. */
export interface SigstoreParts {
  readonly now: Date;
  readonly ca: CertificateAuthority;
  readonly ctLog: CtLog;
  readonly rekor: TransparencyLog;
  readonly rekor2: TransparencyLog;
  readonly tsa: TimestampAuthority;
  /** Under this everything that it signs verifies: `createVerifier({ trust: sigstore.trust })`, `readTrustedLogs(sigstore.trust.json)`. */
  readonly trust: { readonly json: string };
  /** A leaf, by default of a GitHub workflow, with one SCT. */
  issueCertificate(options?: CertificateOptions): Promise<IssuedCertificate>;
  /** `trusted_root.json`, as an object to spoil; `trust` is the same as the `trust` option takes it. */
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
