import { checkOptions, optionError, type OptionTable } from '@sigtrail/encoding';
import { aCount, aDate, aFlag, aList, anObject, aText } from '../option-checks.ts';
import { generateKeyPair, KEY_KIND, type KeyKind, type KeyPair } from './key-pair.ts';
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  type KeyUsage,
  keyUsage,
  signCertificate,
  subjectKeyIdentifier,
} from './x509.ts';
import { toPem } from './pem.ts';
import { aroundNow, type Validity } from './validity.ts';

/** One CA certificate; the defaults make a good one. */
export interface CaCertificateOptions {
  readonly kind?: KeyKind;
  readonly pathLength?: number;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** `false` makes a certificate that may not issue. */
  readonly isCa?: boolean;
  /** Default keyCertSign and cRLSign. */
  readonly keyUsage?: readonly KeyUsage[];
  /** Extended key usages; default none. */
  readonly eku?: readonly string[];
}

/** A certificate authority. */
export interface CertificateAuthorityOptions {
  /** Common name and organization of its certificates. */
  readonly name?: string;
  /** Root first; default a P-384 root and a P-256 intermediate. */
  readonly certificates?: readonly CaCertificateOptions[];
  readonly now?: Date;
  /** When the trusted root says that it is in use. */
  readonly validFor?: Validity;
}

const CA_OPTIONS: OptionTable<CertificateAuthorityOptions> = {
  name: aText,
  certificates: aList,
  now: aDate,
  validFor: anObject,
};

const CA_CERTIFICATE: OptionTable<CaCertificateOptions> = {
  kind: KEY_KIND,
  pathLength: aCount,
  notBefore: aDate,
  notAfter: aDate,
  isCa: aFlag,
  keyUsage: aList,
  eku: aList,
};

/** A CA that issues from its last certificate. */
export interface CertificateAuthority {
  readonly name: string;
  readonly uri: string;
  /** The key that issues leaves. */
  readonly key: KeyPair;
  /** The distinguished name that leaves have as issuer. */
  readonly issuerName: string;
  /** DER, issuing certificate first and root last: the order of `trusted_root.json`. */
  readonly chain: readonly Buffer[];
  /** `chain` as PEM. */
  readonly pem: string;
  /** The keys of `chain`, in its order. */
  readonly keys: readonly KeyPair[];
  readonly validFor: Validity;
}

/** Creates a CA of any depth and kinds of keys. */
export async function createCertificateAuthority(
  options: CertificateAuthorityOptions = {},
): Promise<CertificateAuthority> {
  checkOptions(options, CA_OPTIONS, 'createCertificateAuthority');
  const { name = 'fulcio.fake.test', certificates = [{ kind: 'p384' }, { kind: 'p256', pathLength: 0 }] } = options;
  const window = aroundNow(options.now);
  const issued: { readonly key: KeyPair; readonly der: Buffer; readonly subject: string }[] = [];
  for (const [depth, wanted] of certificates.entries()) {
    checkOptions(wanted, CA_CERTIFICATE, 'createCertificateAuthority');
    const key = generateKeyPair(wanted.kind);
    const subject = `O=${name}, CN=${name} ${depth === 0 ? 'root' : `intermediate ${depth}`}`;
    const issuer = issued.at(-1) ?? { key, subject };
    const der = await signCertificate({
      subject,
      issuer: issuer.subject,
      publicKey: key,
      signer: issuer.key,
      notBefore: wanted.notBefore ?? window.start,
      notAfter: wanted.notAfter ?? window.end,
      extensions: [
        basicConstraints(wanted.isCa ?? true, wanted.pathLength),
        keyUsage(wanted.keyUsage ?? ['keyCertSign', 'cRLSign']),
        ...(wanted.eku === undefined ? [] : [extendedKeyUsage(wanted.eku)]),
        subjectKeyIdentifier(key),
        authorityKeyIdentifier(issuer.key),
      ],
    });
    issued.push({ key, der, subject });
  }
  const last = issued.at(-1);
  if (last === undefined) throw optionError('invalid-option', '"certificates" must name at least a root');
  const chain = issued.map(({ der }) => der).toReversed();
  return {
    name,
    uri: `https://${name}`,
    key: last.key,
    issuerName: last.subject,
    chain,
    pem: chain.map((der) => toPem('CERTIFICATE', der)).join(''),
    keys: issued.map(({ key }) => key).toReversed(),
    validFor: options.validFor ?? { start: window.start },
  };
}
