import { type Certificate, expectTag, readChildren, readDer, TAG } from '@sigtrail/fulcio-claims/certificate';
import { writeDer } from './write-der.ts';

// The orders of P-256, P-384 and P-521 (SEC 2).
const ORDERS = [
  0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  0x01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409n,
];
const ECDSA = '1.2.840.10045.4.3.';

/**
 * The certificate with its signature (r, s) rewritten as (r, n − s), which also verifies and which anyone can make: the same
 * certificate with a different fingerprint. One for each curve that the issuer may use; only the issuer's own curve gives a certificate that verifies.
 */
export function otherSpellings(certificate: Certificate): readonly Uint8Array[] {
  if (!certificate.signatureAlgorithm.startsWith(ECDSA)) return [];
  const what = 'ECDSA signature';
  const [, algorithm] = readChildren(readDer(certificate.bytes, what), what);
  const [r, s] = readChildren(expectTag(readDer(certificate.signature, what), TAG.sequence, what), what);
  const scalar = BigInt(`0x${Buffer.from(expectTag(s, TAG.integer, what).contents).toString('hex')}`);
  const point = expectTag(r, TAG.integer, what).bytes;
  return ORDERS.filter((order) => scalar < order).map((order) => {
    const signature = writeDer(TAG.sequence, point, writeInteger(order - scalar));
    const bits = writeDer(TAG.bitString, Buffer.of(0), signature);
    return writeDer(TAG.sequence, certificate.tbs, expectTag(algorithm, TAG.sequence, what).bytes, bits);
  });
}

function writeInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const even = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex');
  return writeDer(TAG.integer, (even[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), even]) : even);
}
