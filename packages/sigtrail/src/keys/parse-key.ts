import { createPublicKey, type JsonWebKey, KeyObject } from 'node:crypto';
import { unsupportedKey } from './signature.ts';
import { optionError } from '../error.ts';

/** A public key as callers have it: PEM text, DER SPKI bytes, a JWK (RFC 7517), or a `KeyObject`. */
export type KeyInput = string | Uint8Array | KeyObject | JsonWebKey;

/**
 * Reads the public key that somebody names. Only a public key is taken: a private one doesn't belong where a verifier reads, and a
 * certificate has a validity and an issuer that naming its key would silently drop.
 *
 * @throws TypeError with `code: 'invalid-key'`
 */
export function parseKey(value: unknown, path: string): KeyObject {
  let key: KeyObject;
  try {
    key = importKey(value);
  } catch (cause) {
    throw Object.assign(
      optionError(
        'invalid-key',
        `"${path}" is not a public key: ${cause instanceof Error ? cause.message : 'unreadable'}; expected PEM "PUBLIC KEY", DER SPKI, a JWK or a KeyObject`,
      ),
      { cause },
    );
  }
  const unsupported = unsupportedKey(key);
  if (unsupported !== undefined) throw optionError('invalid-key', `"${path}" can't be used: ${unsupported}`);
  return key;
}

// One block and white space: with two keys in one file, which of them did its owner mean?
const PEM = /^\s*-----BEGIN (RSA )?PUBLIC KEY-----[A-Za-z0-9+/=\s]+-----END (RSA )?PUBLIC KEY-----\s*$/;

function importKey(value: unknown): KeyObject {
  if (value instanceof KeyObject) {
    if (value.type === 'secret') throw new Error('it is a secret key');
    return value.type === 'private' ? createPublicKey(value) : value;
  }
  if (typeof value === 'string') {
    if (!PEM.test(value)) throw new Error('not exactly one PEM block "PUBLIC KEY"');
    return createPublicKey(value.trim());
  }
  if (value instanceof Uint8Array) return importDer(Buffer.from(value));
  if (typeof value === 'object' && value !== null && 'kty' in value) return importJwk(value as JsonWebKey);
  throw new Error('neither PEM text, DER bytes, a JWK nor a KeyObject');
}

function importDer(bytes: Buffer): KeyObject {
  const key = createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  // OpenSSL reads the first structure and leaves the rest alone; a key has one spelling.
  if (!key.export({ format: 'der', type: 'spki' }).equals(bytes)) throw new Error('not canonical DER SPKI');
  return key;
}

function importJwk(jwk: JsonWebKey): KeyObject {
  if (jwk.d !== undefined || jwk.k !== undefined) throw new Error('the JWK has a private part, which must not be here');
  // RFC 7517 §4.2, §4.3: a key that its owner keeps for something else proves nothing when it verifies.
  if (jwk['use'] !== undefined && jwk['use'] !== 'sig') throw new Error('the JWK is not for signatures ("use")');
  const operations: unknown = jwk['key_ops'];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify')))
    throw new Error('the JWK is not for verifying ("key_ops")');
  return createPublicKey({ key: jwk, format: 'jwk' });
}
