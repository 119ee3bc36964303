import { createPublicKey, type KeyObject } from 'node:crypto';
import { requireBytes, requireObject, sameBytes } from '@sigtrail/encoding';

/**
 * Imports the DER of a public key, a SubjectPublicKeyInfo or PKCS #1, in its one spelling; anything else gives `undefined`. OpenSSL reads many
 * spellings of the same key, and ignores what follows it.
 *
 * @example importPublicKey(Buffer.from(rawBytes, 'base64'))
 */
export function importPublicKey(der: Uint8Array): KeyObject | undefined {
  requireBytes(der, 'importPublicKey', 'der');
  for (const type of ['spki', 'pkcs1'] as const) {
    let key: KeyObject;
    try {
      key = createPublicKey({ key: Buffer.from(der), format: 'der', type });
    } catch {
      continue; // the other encoding is tried
    }
    const spki = key.export({ format: 'der', type: 'spki' });
    // An SPKI ends with the key itself (RFC 5280 §4.1), which is PKCS #1 for RSA.
    return sameBytes(type === 'spki' ? spki : spki.subarray(-der.byteLength), der) ? key : undefined;
  }
  return undefined;
}

/** Why an RSA key can't be used at all, or `undefined` when it can. */
export function rsaFault(key: KeyObject): string | undefined {
  requireObject(key, 'rsaFault', 'key', ['type']);
  const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
  if (modulusLength < 2048 || modulusLength > 8192) return 'RSA keys must have 2048 to 8192 bits';
  // With the exponent 1 every number is its own signature.
  return publicExponent < 3n ? 'RSA keys must have an exponent of 3 or more' : undefined;
}
