import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { type CertificateTransparencyLog, sctList } from './certificate-transparency-log.ts';
import { derChildren } from './der.ts';
import { certificateAlgorithm, generateKey, type SigningKey } from './signing-key.ts';

/** Root and one intermediate, as Fulcio has them. */
export interface CertificateAuthority {
  readonly name: string;
  readonly issuingKey: SigningKey;
  /** DER, issuing certificate first, root last: the order of a trusted root. */
  readonly chain: readonly [Buffer, Buffer];
}

/** One more extension of a certificate; `value` is the content of its OCTET STRING. */
export interface ExtraExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** What a leaf certificate shall be. */
export interface LeafRequest {
  readonly key: SigningKey;
  readonly subjectAlternativeNames: readonly { readonly type: 'url' | 'email' | 'dns'; readonly value: string }[];
  readonly extendedKeyUsage: readonly string[];
  /** Timestamping authorities need it critical (RFC 3161 §2.3). */
  readonly extendedKeyUsageCritical?: boolean;
  readonly keyUsage: number;
  readonly extensions: readonly ExtraExtension[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** Logs that shall sign the precertificate. */
  readonly certificateTransparencyLogs: readonly Pick<CertificateTransparencyLog, 'sign'>[];
}

const DAY_MS = 86_400_000;
const SCT_LIST = '1.3.6.1.4.1.11129.2.4.2';

/** Makes a root and an intermediate, valid from 30 days before `now` for a year. */
export async function createCertificateAuthority(name: string, now: Date): Promise<CertificateAuthority> {
  const [rootKey, issuingKey] = [await generateKey('p384'), await generateKey('p384')];
  const root = await certifyAuthority(`CN=${name} root`, `CN=${name} root`, rootKey, rootKey, now);
  const intermediate = await certifyAuthority(`CN=${name}`, `CN=${name} root`, issuingKey, rootKey, now);
  return { name, issuingKey, chain: [intermediate, root] };
}

/** Issues a leaf, with SCTs over its precertificate embedded. */
export async function issueLeaf(authority: CertificateAuthority, request: LeafRequest): Promise<Buffer> {
  const { key, notBefore, notAfter } = request;
  const { issuingKey } = authority;
  const extensions = [
    new KeyUsagesExtension(request.keyUsage as KeyUsageFlags, true),
    new ExtendedKeyUsageExtension([...request.extendedKeyUsage], request.extendedKeyUsageCritical ?? false),
    await SubjectKeyIdentifierExtension.create(key.webCryptoKeys.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuingKey.webCryptoKeys.publicKey),
    ...(request.subjectAlternativeNames.length === 0 ? [] : [new SubjectAlternativeNameExtension([...request.subjectAlternativeNames], true)]),
    ...request.extensions.map(({ oid, critical, value }) => new Extension(oid, critical, new Uint8Array(value))),
  ];
  const fields = {
    // Positive and not zero, whatever the random bytes.
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    issuer: `CN=${authority.name}`,
    notBefore,
    notAfter,
    publicKey: key.webCryptoKeys.publicKey,
    signingKey: issuingKey.webCryptoKeys.privateKey,
    signingAlgorithm: certificateAlgorithm(issuingKey),
  };
  const precertificate = Buffer.from((await X509CertificateGenerator.create({ ...fields, extensions })).rawData);
  if (request.certificateTransparencyLogs.length === 0) return precertificate;
  const tbs = derChildren(precertificate)[0] ?? Buffer.alloc(0);
  const scts = request.certificateTransparencyLogs.map((log) => log.sign(tbs, issuingKey.spki, notBefore));
  const embedded = new Extension(SCT_LIST, false, new Uint8Array(sctList(scts)));
  return Buffer.from((await X509CertificateGenerator.create({ ...fields, extensions: [...extensions, embedded] })).rawData);
}

async function certifyAuthority(subject: string, issuer: string, key: SigningKey, issuerKey: SigningKey, now: Date): Promise<Buffer> {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    subject,
    issuer,
    notBefore: new Date(now.getTime() - 30 * DAY_MS),
    notAfter: new Date(now.getTime() + 335 * DAY_MS),
    publicKey: key.webCryptoKeys.publicKey,
    signingKey: issuerKey.webCryptoKeys.privateKey,
    signingAlgorithm: certificateAlgorithm(issuerKey),
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(key.webCryptoKeys.publicKey),
      await AuthorityKeyIdentifierExtension.create(issuerKey.webCryptoKeys.publicKey),
    ],
  });
  return Buffer.from(certificate.rawData);
}
