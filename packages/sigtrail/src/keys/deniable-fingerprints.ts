import { createPublicKey, type KeyObject } from 'node:crypto';
import { expectTag, readChildren, readDer, TAG } from '@sigtrail/fulcio-claims/certificate';
import { keyFingerprint } from './public-key.ts';

/**
 * The fingerprints under which a deny-list may name a key. The numbers of an RSA key can also stand under the name of RSASSA-PSS (RFC 4055 §1.2), with a
 * fingerprint of its own: who holds the key can sign as either.
 */
export function deniableFingerprints(key: KeyObject): readonly string[] {
  if (key.asymmetricKeyType !== 'rsa-pss') return [keyFingerprint(key)];
  const what = 'RSA-PSS key';
  const spki = key.export({ format: 'der', type: 'spki' });
  const [, numbers] = readChildren(expectTag(readDer(spki, what), TAG.sequence, what), what);
  // The first byte counts unused bits (0); an RSAPublicKey follows, as under rsaEncryption.
  const numbersDer = expectTag(numbers, TAG.bitString, what).contents.subarray(1);
  const plain = createPublicKey({ key: Buffer.from(numbersDer), format: 'der', type: 'pkcs1' });
  return [keyFingerprint(key), keyFingerprint(plain)];
}
