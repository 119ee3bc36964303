import 'reflect-metadata'; // before @peculiar/x509
import { Extension, type X509Certificate, X509CertificateGenerator } from '@peculiar/x509';
import type { X509CertificateCreateSelfSignedParams } from '@peculiar/x509';

/**
 * A fresh certificate with these extensions, written by `@peculiar/x509` and not by the test kit: the writer shares no code with
 * the reader under test.
 */
export async function selfSigned(
  extensions: readonly Extension[],
  { rsa = false }: { readonly rsa?: boolean } = {},
): Promise<X509Certificate> {
  const keys = await (rsa ? rsaKeys() : ecKeys());
  return X509CertificateGenerator.createSelfSigned({
    serialNumber: '0102ABCD',
    name: 'CN=test ca',
    notBefore: new Date('2026-01-02T03:04:05Z'),
    notAfter: new Date('2026-01-02T03:14:05Z'),
    signingAlgorithm: { name: keys.publicKey.algorithm.name, hash: 'SHA-256' },
    keys,
    extensions: [...extensions],
  });
}

type Keys = X509CertificateCreateSelfSignedParams['keys'];
const RSA = { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: Uint8Array.of(1, 0, 1), hash: 'SHA-256' };
const ecKeys = async (): Promise<Keys> =>
  await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const rsaKeys = async (): Promise<Keys> => await crypto.subtle.generateKey(RSA, true, ['sign', 'verify']);

const CODE_SIGNING = '300a06082b06010505070303';
const AUTHORITY = '30030101ff';
/** The tags of the names that Fulcio gives: RFC 5280 §4.2.1.6, context-specific. */
const TAG = { email: 0x81, dns: 0x82, uri: 0x86 } as const;

/** An extension as it is. */
export const extension = (oid: string, value: Uint8Array, critical = false): Extension =>
  new Extension(oid, critical, new Uint8Array(value));
/** The purpose of a certificate that signs code. */
export const codeSigning = (): Extension => extension('2.5.29.37', Buffer.from(CODE_SIGNING, 'hex'));
/** What makes a certificate an authority. */
export const certificateAuthority = (): Extension => extension('2.5.29.19', Buffer.from(AUTHORITY, 'hex'), true);
/** The one name of a signer. */
export const subjectNamed = (kind: keyof typeof TAG, text: string): Extension =>
  extension('2.5.29.17', Buffer.from([0x30, text.length + 2, TAG[kind], text.length, ...Buffer.from(text)]), true);
