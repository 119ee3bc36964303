import { createHash, createPublicKey, type KeyObject } from 'node:crypto';
import { expectTag, readChildren, readDer, TAG } from '@sigtrail/fulcio-claims/certificate';
import { writeDer } from '../crypto/write-der.ts';
import { keyFingerprint } from './public-key.ts';
import { rsaAlgorithms } from './rsa-algorithms.ts';

const materials = new WeakMap<KeyObject, string>();

/**
 * A single name for the numbers of a key, whatever its encoding. The numbers of an RSA key can also be encoded as an RSASSA-PSS key
 * (RFC 4055 §1.2), with a different fingerprint. The holder of the key can sign as either, and is the same signer.
 */
export function keyMaterial(key: KeyObject): string {
  if (key.asymmetricKeyType !== 'rsa-pss') return keyFingerprint(key);
  let fingerprint = materials.get(key);
  if (fingerprint === undefined) {
    fingerprint = keyFingerprint(createPublicKey({ key: Buffer.from(bitsOf(key)), format: 'der', type: 'pkcs1' }));
    materials.set(key, fingerprint);
  }
  return fingerprint;
}

const spellings = new WeakMap<KeyObject, readonly string[]>();

/**
 * The fingerprints of every encoding in use for the numbers of a key, `keyMaterial` first: a deny-list with just a fingerprint
 * doesn't say from which encoding it was computed.
 */
export function keySpellings(key: KeyObject): readonly string[] {
  let fingerprints = spellings.get(key);
  if (fingerprints === undefined) {
    fingerprints = [...new Set([keyMaterial(key), keyFingerprint(key), ...otherEncodings(key).map(fingerprintOf)])];
    spellings.set(key, fingerprints);
  }
  return fingerprints;
}

function otherEncodings(key: KeyObject): readonly Uint8Array[] {
  switch (key.asymmetricKeyType) {
    case 'rsa':
    case 'rsa-pss': {
      const bits = writeDer(TAG.bitString, Buffer.of(0), bitsOf(key));
      return rsaAlgorithms().map((algorithm) => writeDer(TAG.sequence, algorithm, bits));
    }
    case 'ec':
      return otherPoints(key);
    default:
      return [];
  }
}

/** A point compressed, and in the hybrid form (SEC 1 §2.3.3). */
function otherPoints(key: KeyObject): readonly Uint8Array[] {
  const usual = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' });
  const what = 'EC key';
  const [algorithm] = readChildren(
    expectTag(readDer(usual.export({ format: 'der', type: 'spki' }), what), TAG.sequence, what),
    what,
  );
  const point = Buffer.from(bitsOf(usual));
  const coordinate = (point.length - 1) / 2;
  const isOdd = (point.at(-1) ?? 0) & 1;
  return [
    Buffer.concat([Buffer.of(2 + isOdd), point.subarray(1, 1 + coordinate)]),
    Buffer.concat([Buffer.of(6 + isOdd), point.subarray(1)]),
  ].map((form) =>
    writeDer(TAG.sequence, expectTag(algorithm, TAG.sequence, what).bytes, writeDer(TAG.bitString, Buffer.of(0), form)),
  );
}

/** What an SPKI holds after its algorithm: the point, or an RSAPublicKey. */
function bitsOf(key: KeyObject): Uint8Array {
  const what = 'public key';
  const spki = key.export({ format: 'der', type: 'spki' });
  const [, bits] = readChildren(expectTag(readDer(spki, what), TAG.sequence, what), what);
  // The first byte counts unused bits (0).
  return expectTag(bits, TAG.bitString, what).contents.subarray(1);
}

function fingerprintOf(spki: Uint8Array): string {
  return `sha256:${createHash('sha256').update(spki).digest('hex')}`;
}
