import { checkOptions, type OptionTable, requireObject } from '@sigtrail/encoding';
import { aDate, anObject } from '../option-checks.ts';
import { type BundleJson, signBundle } from './bundle.ts';
import { issueCertificate } from './certificate.ts';
import { type CertificateAuthorityOptions, createCertificateAuthority } from './certificate-authority.ts';
import { type CtLogOptions, createCtLog } from './ct-log.ts';
import { signAttestationLegacy, signImageLegacy } from './legacy-layer.ts';
import { createTimestampAuthority, type TimestampAuthorityOptions } from './timestamp-authority.ts';
import { timestamp } from './timestamp-token.ts';
import { createLog, type LogOptions } from './transparency-log.ts';
import { trustedRoot } from './trusted-root.ts';
import type { SigstoreParts } from './sigstore-parts.ts';
import { wholeSecond } from './validity.ts';
import { attest, type AttestOptions } from '../signing/attest.ts';
import type { MintOptions } from '../signing/minting.ts';
import { signFile } from '../signing/sign-file.ts';
import { type Signed, signImage, type SignImageOptions } from '../signing/sign-image.ts';
import type { FakeRegistry } from '../registry/registry.ts';

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

const SIGSTORE_OPTIONS: OptionTable<SigstoreOptions> = {
  now: aDate,
  ca: anObject,
  ctLog: anObject,
  rekor: anObject,
  rekor2: anObject,
  tsa: anObject,
};

/** A whole Sigstore in memory. It knows its private keys, so it can sign what is right and what is wrong. */
export interface FakeSigstore extends SigstoreParts {
  /**
   * Signs an image in a registry, logs the signature and pushes it, in any format and with any one thing wrong.
   *
   * @throws TypeError `unknown-option`, `invalid-option`
   * @example await sigstore.signImage(registry, 'acme/app:v1', { as: { email: 'dev@acme.test' } });
   */
  signImage(registry: FakeRegistry, reference: string, options?: SignImageOptions): Promise<Signed>;
  /**
   * Signs a statement about an image, logs it and pushes it.
   *
   * @throws TypeError `unknown-option`, `invalid-option`
   * @example await sigstore.attest(registry, 'acme/app:v1', { type: 'https://acme.test/review', predicate: { approved: true } });
   */
  attest(registry: FakeRegistry, reference: string, options: AttestOptions): Promise<Signed>;
  /**
   * Signs a file, and logs that: the bundle, whose JSON is what `cosign sign-blob --bundle` writes.
   *
   * @throws TypeError `unknown-option`, `invalid-option`
   */
  signFile(file: Uint8Array, options?: MintOptions): Promise<BundleJson>;
}

/**
 * Creates a Sigstore: CA, CT log, Rekor v1 and v2, TSA, each with fresh keys.
 *
 * @example
 * ```ts
 * const sigstore = await createSigstore();
 * await sigstore.signImage(registry, 'acme/app:v1', { as: { email: 'dev@acme.test' } });
 * const verifier = createVerifier({ trust: sigstore.trust });
 * ```
 */
export async function createSigstore(options: SigstoreOptions = {}): Promise<FakeSigstore> {
  checkOptions(options, SIGSTORE_OPTIONS, 'createSigstore');
  const now = wholeSecond(options.now ?? new Date());
  const [ca, tsa] = await Promise.all([
    createCertificateAuthority({ now, ...options.ca }),
    createTimestampAuthority({ now, ...options.tsa }),
  ]);
  const ctLog = createCtLog({ now, ...options.ctLog });
  const rekor = createLog({ now, ...options.rekor, version: 1 });
  const rekor2 = createLog({ now, ...options.rekor2, version: 2 });
  const defaults = { rekor, tsa, now };
  const sigstore: FakeSigstore = {
    now,
    ca,
    ctLog,
    rekor,
    rekor2,
    tsa,
    get trust() {
      return { json: JSON.stringify(sigstore.trustedRoot()) };
    },
    signImage: async (registry, reference, wanted) => signImage(sigstore, registry, reference, wanted),
    attest: async (registry, reference, wanted) => attest(sigstore, registry, reference, wanted),
    signFile: async (file, wanted) => signFile(sigstore, file, wanted),
    issueCertificate: (wanted = {}) => issueCertificate(wanted, { authority: ca, ctLog, now }),
    trustedRoot: (wanted = {}) => {
      requireObject(wanted, 'trustedRoot', 'options');
      const own = { authorities: [ca], ctLogs: [ctLog], logs: [rekor, rekor2], timestampAuthorities: [tsa] };
      return trustedRoot({ ...own, ...wanted });
    },
    signBundle: (wanted) => signBundle(wanted, defaults),
    signImageLegacy: (wanted) => signImageLegacy(wanted, defaults),
    signAttestationLegacy: (wanted) => signAttestationLegacy(wanted, defaults),
    timestamp: (bytes, use = {}) => {
      requireObject(use, 'timestamp', 'use');
      return timestamp({ authority: tsa, at: now, ...use }, bytes);
    },
  };
  return sigstore;
}
