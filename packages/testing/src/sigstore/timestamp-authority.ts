import 'reflect-metadata';
import { createHash } from 'node:crypto';
import { KeyUsageFlags, X509Certificate } from '@peculiar/x509';
import { createCertificateAuthority, issueLeaf } from './certificate-authority.ts';
import { derChildren, derElement, derGeneralizedTime, derInteger, derObjectIdentifier, derOctetString, derSequence, derSet } from './der.ts';
import { generateKey, signWith } from './signing-key.ts';

/** An RFC 3161 timestamp authority. */
export interface TimestampAuthority {
  /** DER, signing certificate first, root last. */
  readonly chain: readonly Buffer[];
  /** A granted TimeStampResp over the bytes (a signature, in Sigstore). */
  timestamp(covered: Uint8Array, time: Date): Buffer;
}

const OIDS = {
  sha256: '2.16.840.1.101.3.4.2.1',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  signedData: '1.2.840.113549.1.7.2',
  tstInfo: '1.2.840.113549.1.9.16.1.4',
  contentType: '1.2.840.113549.1.9.3',
  messageDigest: '1.2.840.113549.1.9.4',
  signingCertificateV2: '1.2.840.113549.1.9.16.2.47',
  timeStamping: '1.3.6.1.5.5.7.3.8',
  policy: '1.3.6.1.4.1.57264.2',
} as const;

/** Makes an authority with a P-256 key under a root and intermediate of its own. */
export async function createTimestampAuthority(now: Date): Promise<TimestampAuthority> {
  const authority = await createCertificateAuthority('sigstore test tsa', now);
  const key = await generateKey('p256');
  const certificate = await issueLeaf(authority, {
    key,
    subjectAlternativeNames: [],
    extendedKeyUsage: [OIDS.timeStamping],
    extendedKeyUsageCritical: true,
    keyUsage: KeyUsageFlags.digitalSignature,
    extensions: [],
    notBefore: new Date(now.getTime() - 86_400_000),
    notAfter: new Date(now.getTime() + 86_400_000 * 300),
    certificateTransparencyLogs: [],
  });
  return {
    chain: [certificate, ...authority.chain],
    timestamp(covered, time) {
      const info = derSequence(
        derInteger(1),
        derObjectIdentifier(OIDS.policy),
        derSequence(sha256Algorithm(), derOctetString(sha256(covered))),
        derInteger(7),
        derGeneralizedTime(time),
      );
      const attributes = [
        attribute(OIDS.contentType, derObjectIdentifier(OIDS.tstInfo)),
        attribute(OIDS.messageDigest, derOctetString(sha256(info))),
        // ESSCertIDv2 with the default hash SHA-256, which DER leaves out (RFC 5816).
        attribute(OIDS.signingCertificateV2, derSequence(derSequence(derSequence(derOctetString(sha256(certificate)))))),
      ];
      // RFC 5652 §5.4: signed as SET OF, carried with the implicit tag [0].
      const signed = derSet(...attributes);
      const { issuer, serial } = issuerAndSerial(certificate);
      const signer = derSequence(
        derInteger(1),
        derSequence(issuer, serial),
        sha256Algorithm(),
        Buffer.concat([Buffer.from([0xa0]), signed.subarray(1)]),
        derSequence(derObjectIdentifier(OIDS.ecdsaWithSha256)),
        derOctetString(signWith(key, signed)),
      );
      const content = derSequence(derObjectIdentifier(OIDS.tstInfo), derElement(0xa0, derOctetString(info)));
      const signedData = derSequence(derInteger(3), derSet(sha256Algorithm()), content, derSet(signer));
      const token = derSequence(derObjectIdentifier(OIDS.signedData), derElement(0xa0, signedData));
      return derSequence(derSequence(derInteger(0)), token);
    },
  };
}

function attribute(oid: string, value: Uint8Array): Buffer {
  return derSequence(derObjectIdentifier(oid), derSet(value));
}

function sha256Algorithm(): Buffer {
  return derSequence(derObjectIdentifier(OIDS.sha256));
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function issuerAndSerial(certificate: Buffer): { readonly issuer: Buffer; readonly serial: Buffer } {
  const [, serial = Buffer.alloc(0)] = derChildren(derChildren(certificate)[0] ?? Buffer.alloc(0));
  return { issuer: Buffer.from(new X509Certificate(new Uint8Array(certificate)).issuerName.toArrayBuffer()), serial };
}
