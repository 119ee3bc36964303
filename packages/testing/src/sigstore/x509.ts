import 'reflect-metadata';
import { createHash, randomBytes } from 'node:crypto';
import { Extension, type X509CertificateCreateWithKeyParams, X509CertificateGenerator } from '@peculiar/x509';
import {
  bitString,
  boolean,
  context,
  der,
  integer,
  objectIdentifier,
  octetString,
  readMembers,
  sequence,
} from './der.ts';
import type { KeyKind, KeyPair, MlDsaKind } from './key-pair.ts';

/** An X.509 extension; `value` is what the OCTET STRING holds. */
export interface ExtensionParts {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

/** A key usage by name. */
export type KeyUsage = 'digitalSignature' | 'keyEncipherment' | 'keyCertSign' | 'cRLSign';

/** Names of RFC 5280 §4.2.1.3 that signing certificates use, by bit number. */
export const KEY_USAGE_BITS: Readonly<Record<KeyUsage, number>> = {
  digitalSignature: 0,
  keyEncipherment: 2,
  keyCertSign: 5,
  cRLSign: 6,
};

/** What a certificate is made of. */
export interface CertificateParts {
  readonly subject?: string;
  readonly issuer: string;
  readonly publicKey: KeyPair;
  readonly signer: KeyPair;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly serialNumber?: string;
  readonly extensions: readonly ExtensionParts[];
}

/** Signs a certificate and gives its DER. */
export async function signCertificate(parts: CertificateParts): Promise<Buffer> {
  const { kind } = parts.signer;
  if (kind === 'ml-dsa-44' || kind === 'ml-dsa-65' || kind === 'ml-dsa-87')
    throw new TypeError('the test kit issues no certificates with ML-DSA keys');
  const { name, hash, curve } = WEB_CRYPTO[kind];
  const imported = curve === undefined ? { name, hash } : { name, namedCurve: curve };
  const certificate = await X509CertificateGenerator.create({
    serialNumber: parts.serialNumber ?? randomSerialNumber(),
    ...(parts.subject === undefined ? {} : { subject: parts.subject }),
    issuer: parts.issuer,
    notBefore: parts.notBefore,
    notAfter: parts.notAfter,
    publicKey: new Uint8Array(parts.publicKey.spki),
    // Node's type lists key usages that the library's older Web Crypto types do not know.
    signingKey: parts.signer.privateKey.toCryptoKey(imported, false, [
      'sign',
    ]) as X509CertificateCreateWithKeyParams['signingKey'],
    signingAlgorithm: { name, hash },
    extensions: parts.extensions.map(
      ({ oid, critical = false, value }) => new Extension(oid, critical, new Uint8Array(value)),
    ),
  });
  return Buffer.from(certificate.rawData);
}

/** A serial number that stays positive in DER. */
export function randomSerialNumber(): string {
  return `4${randomBytes(16).toString('hex').slice(1)}`;
}

/** Basic constraints, critical (RFC 5280 §4.2.1.9). */
export function basicConstraints(isCa: boolean, pathLength?: number): ExtensionParts {
  const members = [...(isCa ? [boolean(true)] : []), ...(pathLength === undefined ? [] : [integer(pathLength)])];
  return { oid: '2.5.29.19', critical: true, value: sequence(...members) };
}

/** Key usage, critical. */
export function keyUsage(usages: readonly KeyUsage[]): ExtensionParts {
  const bits: readonly number[] = usages.map((usage) => KEY_USAGE_BITS[usage]);
  const byte = bits.reduce((sum, bit) => sum | (0x80 >> bit), 0);
  return {
    oid: '2.5.29.15',
    critical: true,
    value: bitString(Buffer.of(byte), bits.length === 0 ? 0 : 7 - Math.max(...bits)),
  };
}

/** Extended key usage: RFC 3161 §2.3 wants it critical on a TSA, Fulcio leaves it uncritical. */
export function extendedKeyUsage(purposes: readonly string[], critical = false): ExtensionParts {
  return { oid: '2.5.29.37', critical, value: sequence(...purposes.map(objectIdentifier)) };
}

/** Subject key identifier: SHA-1 of the key's bits (RFC 5280 §4.2.1.2). */
export function subjectKeyIdentifier(key: KeyPair): ExtensionParts {
  return { oid: '2.5.29.14', value: octetString(keyIdentifier(key)) };
}

/** Authority key identifier. */
export function authorityKeyIdentifier(issuer: KeyPair): ExtensionParts {
  return { oid: '2.5.29.35', value: sequence(der(0x80, keyIdentifier(issuer))) };
}

/** The fields of a certificate that its signers, logs and timestamps quote, as DER. */
export interface CertificateFields {
  readonly tbs: Buffer;
  readonly serialNumber: Buffer;
  readonly issuer: Buffer;
  readonly subject: Buffer;
}

/** Cuts those fields out of a certificate. */
export function certificateFields(certificate: Uint8Array): CertificateFields {
  const tbs = memberAt(readMembers(memberAt(readMembers(certificate), 0).contents), 0);
  const fields = readMembers(tbs.contents);
  return {
    tbs: tbs.bytes,
    serialNumber: memberAt(fields, 1).bytes,
    issuer: memberAt(fields, 3).bytes,
    subject: memberAt(fields, 5).bytes,
  };
}

/** `directoryName` of GeneralName. */
export function directoryName(name: Uint8Array): Buffer {
  return context(4, name);
}

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' } as const;
const WEB_CRYPTO: Readonly<
  Record<Exclude<KeyKind, MlDsaKind>, { readonly name: string; readonly hash?: string; readonly curve?: string }>
> = {
  p256: { name: 'ECDSA', hash: 'SHA-256', curve: 'P-256' },
  p384: { name: 'ECDSA', hash: 'SHA-384', curve: 'P-384' },
  p521: { name: 'ECDSA', hash: 'SHA-512', curve: 'P-521' },
  rsa2048: RSA,
  rsa3072: RSA,
  rsa4096: RSA,
  ed25519: { name: 'Ed25519' },
};

function keyIdentifier(key: KeyPair): Buffer {
  const bits = memberAt(readMembers(memberAt(readMembers(key.spki), 0).contents), 1).contents.subarray(1);
  return createHash('sha1').update(bits).digest();
}

function memberAt<T>(members: readonly T[], index: number): T {
  const member = members[index];
  if (member === undefined) throw new RangeError(`DER has no member ${index}`);
  return member;
}
