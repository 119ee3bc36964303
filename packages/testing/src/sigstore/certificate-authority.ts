import 'reflect-metadata'; // @peculiar/x509 doesn't load without it
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsageExtension,
  Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { randomBytes } from 'node:crypto';
import { children, der, objectIdentifier } from './der.ts';
import { generateKeyPair, type KeyKind, type KeyPair } from './key-pair.ts';

/** Root and intermediate; the intermediate issues. */
export interface CertificateAuthority {
  readonly name: string;
  readonly issuing: KeyPair;
  /** DER, issuing certificate first, root last: a trusted root's order. */
  readonly chain: readonly Uint8Array[];
}

/** A name in a certificate. */
export interface Name {
  readonly kind: 'uri' | 'email' | 'dns' | 'other-name';
  readonly value: string;
}

/** What a leaf says. */
export interface LeafOptions {
  readonly names: readonly Name[];
  readonly notBefore: Date;
  readonly ttlMs?: number;
  readonly key?: KeyPair;
  readonly keyKind?: KeyKind;
  /** Extended key usages; `[]` leaves the extension out. Default: code signing. */
  readonly extendedKeyUsages?: readonly string[];
  readonly isExtendedKeyUsageCritical?: boolean;
  readonly keyUsage?: number;
  readonly extensions?: readonly { readonly oid: string; readonly critical?: boolean; readonly value: Uint8Array }[];
  /** Gets the precertificate's TBS bytes and gives the value of the SCT extension. */
  readonly scts?: (precertificate: Uint8Array) => Uint8Array | undefined;
}

/** An issued certificate with its key. */
export interface Leaf {
  readonly key: KeyPair;
  readonly der: Uint8Array;
}

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const YEAR_MS = 365 * 86_400_000;

/** Makes a root and an intermediate that it signed. */
export async function createAuthority(
  name: string,
  now: Date,
  options: { readonly kind?: KeyKind; readonly intermediateNotAfter?: Date } = {},
): Promise<CertificateAuthority> {
  const root = await generateKeyPair(options.kind ?? 'p384');
  const issuing = await generateKeyPair(options.kind ?? 'p384');
  const window = { notBefore: new Date(now.getTime() - YEAR_MS), notAfter: new Date(now.getTime() + YEAR_MS) };
  const rootDer = await authorityCertificate({
    subject: `CN=${name} root`,
    issuer: `CN=${name} root`,
    key: root,
    signer: root,
    ...window,
  });
  const own = { ...window, notAfter: options.intermediateNotAfter ?? window.notAfter };
  const issuingDer = await authorityCertificate({
    subject: `CN=${name} intermediate`,
    issuer: `CN=${name} root`,
    key: issuing,
    signer: root,
    pathLength: 0,
    ...own,
  });
  return { name, issuing, chain: [issuingDer, rootDer] };
}

/** Issues a leaf; every rule that a verifier checks can be broken one by one. */
export async function issueLeaf(authority: CertificateAuthority, options: LeafOptions): Promise<Leaf> {
  const key = options.key ?? (await generateKeyPair(options.keyKind ?? 'p256'));
  const usages = options.extendedKeyUsages ?? [CODE_SIGNING];
  const extensions = [
    new KeyUsagesExtension(options.keyUsage ?? KeyUsageFlags.digitalSignature, true),
    ...(usages.length === 0
      ? []
      : [new ExtendedKeyUsageExtension([...usages], options.isExtendedKeyUsageCritical ?? false)]),
    await SubjectKeyIdentifierExtension.create(key.publicKey as CryptoKey),
    await AuthorityKeyIdentifierExtension.create(authority.issuing.publicKey as CryptoKey),
    ...(options.names.length === 0 ? [] : [new Extension('2.5.29.17', true, alternativeNames(options.names))]),
    ...(options.extensions ?? []).map(
      ({ oid, critical = false, value }) => new Extension(oid, critical, arrayOf(value)),
    ),
  ];
  const base = {
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    issuer: `CN=${authority.name} intermediate`,
    notBefore: options.notBefore,
    notAfter: new Date(options.notBefore.getTime() + (options.ttlMs ?? 600_000)),
    publicKey: key.publicKey as CryptoKey, // Node's and the browser's names of the same object
    signingKey: authority.issuing.privateKey as CryptoKey,
    signingAlgorithm: authority.issuing.algorithm,
  };
  const precertificate = await X509CertificateGenerator.create({ ...base, extensions });
  const [tbs] = children(new Uint8Array(precertificate.rawData));
  const scts = options.scts?.(tbs ?? new Uint8Array());
  if (scts === undefined) return { key, der: new Uint8Array(precertificate.rawData) };
  const certificate = await X509CertificateGenerator.create({
    ...base,
    extensions: [...extensions, new Extension('1.3.6.1.4.1.11129.2.4.2', false, arrayOf(scts))],
  });
  return { key, der: new Uint8Array(certificate.rawData) };
}

interface AuthorityParts {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyPair;
  readonly signer: KeyPair;
  readonly pathLength?: number;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

async function authorityCertificate({
  subject,
  issuer,
  key,
  signer,
  pathLength,
  notBefore,
  notAfter,
}: AuthorityParts): Promise<Uint8Array> {
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(8).toString('hex')}`,
    subject,
    issuer,
    notBefore,
    notAfter,
    publicKey: key.publicKey as CryptoKey, // Node's and the browser's names of the same object
    signingKey: signer.privateKey as CryptoKey,
    signingAlgorithm: signer.algorithm,
    extensions: [
      new BasicConstraintsExtension(true, pathLength, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(key.publicKey as CryptoKey),
      await AuthorityKeyIdentifierExtension.create(signer.publicKey as CryptoKey),
    ],
  });
  return new Uint8Array(certificate.rawData);
}

const NAME_TAGS = { email: 0x81, dns: 0x82, uri: 0x86 } as const;

function alternativeNames(names: readonly Name[]): ArrayBuffer {
  return arrayOf(
    der(
      0x30,
      ...names.map(({ kind, value }) =>
        // Fulcio user names: OtherName of type 1.3.6.1.4.1.57264.1.7 with a UTF8String.
        kind === 'other-name'
          ? der(0xa0, objectIdentifier('1.3.6.1.4.1.57264.1.7'), der(0xa0, der(0x0c, Buffer.from(value))))
          : der(NAME_TAGS[kind], Buffer.from(value)),
      ),
    ),
  );
}

function arrayOf(bytes: Uint8Array): ArrayBuffer {
  return new Uint8Array(bytes).buffer;
}
