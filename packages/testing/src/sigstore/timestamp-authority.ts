import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aDate, aFlag, aList, anObject, aText } from '../option-checks.ts';
import {
  createCertificateAuthority,
  type CertificateAuthority,
  type CertificateAuthorityOptions,
} from './certificate-authority.ts';
import { generateKeyPair, KEY_KIND, type KeyKind, type KeyPair } from './key-pair.ts';
import { aroundNow, type Validity } from './validity.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  type ExtensionParts,
  extendedKeyUsage,
  keyUsage,
  signCertificate,
  subjectKeyIdentifier,
} from './x509.ts';

/** Purpose of a TSA's certificate (RFC 3161 §2.3). */
export const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';

/** A timestamp authority; the defaults make a good one. */
export interface TimestampAuthorityOptions {
  readonly name?: string;
  readonly kind?: KeyKind;
  /** The CA above it: default a P-384 root. */
  readonly authority?: CertificateAuthorityOptions;
  /** A CA that is there already, for an authority whose certificate was rotated. */
  readonly ca?: CertificateAuthority;
  /** Extended key usages; `[]` for no extension. */
  readonly eku?: readonly string[];
  /** RFC 3161 §2.3 wants true. */
  readonly ekuCritical?: boolean;
  /** More extensions of its certificate. */
  readonly extensions?: readonly ExtensionParts[];
  /** Window of its certificate. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly now?: Date;
  readonly validFor?: Validity;
}

const TSA_OPTIONS: OptionTable<TimestampAuthorityOptions> = {
  name: aText,
  kind: KEY_KIND,
  authority: anObject,
  ca: anObject,
  eku: aList,
  ekuCritical: aFlag,
  extensions: aList,
  notBefore: aDate,
  notAfter: aDate,
  now: aDate,
  validFor: anObject,
};

/** An authority that signs RFC 3161 tokens. */
export interface TimestampAuthority {
  readonly name: string;
  readonly uri: string;
  readonly key: KeyPair;
  /** DER of its certificate. */
  readonly certificate: Buffer;
  /** DER: its certificate first, root last. */
  readonly chain: readonly Buffer[];
  readonly ca: CertificateAuthority;
  readonly validFor: Validity;
}

/** Creates a TSA with its own certificate chain. */
export async function createTimestampAuthority(options: TimestampAuthorityOptions = {}): Promise<TimestampAuthority> {
  checkOptions(options, TSA_OPTIONS, 'createTimestampAuthority');
  const { name = 'tsa.fake.test', eku = [TIME_STAMPING], ekuCritical = true } = options;
  const now = options.now === undefined ? {} : { now: options.now };
  const ca =
    options.ca ??
    (await createCertificateAuthority({ name, certificates: [{ kind: 'p384' }], ...now, ...options.authority }));
  const key = generateKeyPair(options.kind);
  const window = aroundNow(options.now);
  const certificate = await signCertificate({
    subject: `O=${name}, CN=${name}`,
    issuer: ca.issuerName,
    publicKey: key,
    signer: ca.key,
    notBefore: options.notBefore ?? window.start,
    notAfter: options.notAfter ?? window.end,
    extensions: [
      basicConstraints(false),
      keyUsage(['digitalSignature']),
      ...(eku.length === 0 ? [] : [extendedKeyUsage(eku, ekuCritical)]),
      subjectKeyIdentifier(key),
      authorityKeyIdentifier(ca.key),
      ...(options.extensions ?? []),
    ],
  });
  const chain = [certificate, ...ca.chain];
  const validFor = options.validFor ?? { start: window.start };
  return { name, uri: `https://${name}/api/v1/timestamp`, key, certificate, chain, ca, validFor };
}
