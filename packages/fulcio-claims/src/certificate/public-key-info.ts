import {
  type DerElement,
  expectTag,
  malformed,
  readBitString,
  readChildren,
  readDer,
  readObjectIdentifier,
  readUnsignedInteger,
  TAG,
} from './der.ts';
import { assertOneSpelling } from './one-spelling.ts';

const RSA = '1.2.840.113549.1.1.1';
const EC = '1.2.840.10045.2.1';
/** Curves by their object identifier, with the length of a point. */
const POINTS: Readonly<Record<string, number>> = {
  '1.2.840.10045.3.1.7': 65,
  '1.3.132.0.34': 97,
  '1.3.132.0.35': 133,
};
const UNCOMPRESSED = 4;

/**
 * Checks that a SubjectPublicKeyInfo is in its only spelling. OpenSSL also reads a compressed point, a curve written out in numbers, and
 * RSA keys without NULL: the same key with a different fingerprint, or a curve that isn't what its name says.
 *
 * @throws ClaimsError `invalid-der`
 */
export function assertPublicKeyInfo(element: DerElement | undefined, what: string): DerElement {
  const info = expectTag(element, TAG.sequence, what);
  const [algorithm, key, ...otherFields] = readChildren(info, what);
  if (otherFields.length > 0) throw malformed(what, 'a public key has more than an algorithm and a key');
  const [identifier, parameters, ...others] = readChildren(expectTag(algorithm, TAG.sequence, what), what);
  if (others.length > 0) throw malformed(what, 'an algorithm has more than parameters');
  const bits = readBitString(key, what);
  const oid = readObjectIdentifier(identifier, what);
  if (oid === EC) assertPoint(bits, parameters, what);
  else if (oid === RSA) assertModulus(bits, parameters, what);
  else if (parameters !== undefined) assertOneSpelling(parameters, what);
  return info;
}

/** RFC 5480 §2.1.1, §2.2: the curve by name, the point uncompressed. */
function assertPoint(bits: Uint8Array, parameters: DerElement | undefined, what: string): void {
  const curve = readObjectIdentifier(parameters, what);
  if (bits[0] !== UNCOMPRESSED || bits.length !== (POINTS[curve] ?? bits.length))
    throw malformed(what, 'an EC key is not an uncompressed point of its curve');
}

/** RFC 3279 §2.3.1: NULL, then modulus and exponent. */
function assertModulus(bits: Uint8Array, parameters: DerElement | undefined, what: string): void {
  if (parameters === undefined || Buffer.from(parameters.bytes).toString('hex') !== '0500')
    throw malformed(what, 'an RSA key has parameters that are not NULL');
  const numbers = readChildren(expectTag(readDer(bits, what), TAG.sequence, what), what);
  if (numbers.length !== 2) throw malformed(what, 'an RSA key is not two numbers');
  for (const number of numbers) readUnsignedInteger(number, what, MAX_MODULUS_BYTES);
}

// 16,384 bits; OpenSSL accepts no longer key for a signature.
const MAX_MODULUS_BYTES = 2049;
