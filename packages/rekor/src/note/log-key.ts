import { createHash, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

import type { Checkpoint } from './checkpoint.ts';
import { requireBytes, requireObject, requireText, sameBytes } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import { rsaFault } from './import-public-key.ts';

// A log key signs with the hash of its curve's size; SHA-256 with a larger curve occurs in private instances (Go's default signer).
const HASHES_BY_CURVE: Readonly<Record<string, readonly string[]>> = {
  prime256v1: ['sha256'],
  secp384r1: ['sha384', 'sha256'],
  secp521r1: ['sha512', 'sha256'],
};

/**
 * Whether this log key signed these bytes. ECDSA: ASN.1 signature, hash by curve; Ed25519: the bytes themselves; RSA: PKCS #1 v1.5 with SHA-256.
 *
 * @throws RekorError `unsupported-key` for a private key or one of another type or curve
 */
export function verifyLogSignature(key: KeyObject, bytes: Uint8Array, signature: Uint8Array): boolean {
  requireObject(key, 'verifyLogSignature', 'key', ['type']);
  requireBytes(bytes, 'verifyLogSignature', 'bytes');
  requireBytes(signature, 'verifyLogSignature', 'signature');
  return logKeyHashes(key).some((hash) => verify(hash, bytes, key, signature));
}

/**
 * The hashes that a log key may have signed with, the likeliest first; `null` for Ed25519, which hashes by itself.
 *
 * @throws RekorError `unsupported-key`
 */
export function logKeyHashes(key: KeyObject): readonly (string | null)[] {
  const known = HASHES.get(key);
  const hashes = known ?? hashesOf(key);
  if (known === undefined) HASHES.set(key, hashes);
  return hashes;
}

// Asking a key for its details costs a tenth of a verification.
const HASHES = new WeakMap<KeyObject, readonly (string | null)[]>();

function hashesOf(key: KeyObject): readonly (string | null)[] {
  if (key.type !== 'public')
    throw new RekorError('unsupported-key', `expected the public key of a log; got a ${key.type} key`);
  switch (key.asymmetricKeyType) {
    case 'ec': {
      const curve = key.asymmetricKeyDetails?.namedCurve ?? 'unnamed';
      const hashes = Object.hasOwn(HASHES_BY_CURVE, curve) ? HASHES_BY_CURVE[curve] : undefined;
      if (hashes === undefined)
        throw new RekorError(
          'unsupported-key',
          `the log’s key is on curve ${curve}; expected one of ${Object.keys(HASHES_BY_CURVE).join(', ')}`,
        );
      return hashes;
    }
    case 'ed25519':
      return [null];
    case 'rsa': {
      const fault = rsaFault(key);
      if (fault !== undefined) throw new RekorError('unsupported-key', fault);
      return ['sha256'];
    }
    default:
      throw new RekorError(
        'unsupported-key',
        `the log’s key has type ${key.asymmetricKeyType ?? 'unknown'}; only ECDSA, Ed25519 and RSA are supported`,
      );
  }
}

/** A log's id in Rekor v1: SHA-256 of the key's SubjectPublicKeyInfo in DER. */
export function logIdOf(key: KeyObject): Uint8Array {
  requireObject(key, 'logIdOf', 'key', ['type']);
  const known = LOG_IDS.get(key);
  if (known !== undefined) return known;
  const id = sha256(spkiOf(key));
  LOG_IDS.set(key, id);
  return id;
}

// Exporting a key costs as much as a good part of a verification, and logs have few keys and many entries.
const LOG_IDS = new WeakMap<KeyObject, Uint8Array>();

/**
 * The id of a log whose checkpoints carry `name`, as signed-note makes it: `SHA-256(name || 0x0A || 0x01 || key)`. Only
 * Ed25519 keys have one (Rekor v2); `undefined` for others.
 */
export function noteKeyId(key: KeyObject, name: string): Uint8Array | undefined {
  requireObject(key, 'noteKeyId', 'key', ['type']);
  requireText(name, 'noteKeyId', 'name');
  if (key.asymmetricKeyType !== 'ed25519') return undefined;
  // The SPKI of an Ed25519 key is a fixed 12-byte head and the 32-byte key (RFC 8410 §4).
  const raw = spkiOf(key).subarray(12);
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(0x01), raw]));
}

/**
 * The key hints under which checkpoint signatures of this key may stand.
 * ECDSA and RSA: the start of the SPKI's hash (the rule of CT and of Rekor v1). Ed25519: the start of
 * `SHA-256(name || 0x0A || 0x01 || key)` (signed-note), and the SPKI rule too, since Rekor v1 used it for every key type.
 */
export function checkpointKeyHints(key: KeyObject, name: string): readonly Uint8Array[] {
  requireObject(key, 'checkpointKeyHints', 'key', ['type']);
  requireText(name, 'checkpointKeyHints', 'name');
  const legacy = logIdOf(key).subarray(0, 4);
  const named = noteKeyId(key, name);
  return named === undefined ? [legacy] : [named.subarray(0, 4), legacy];
}

/**
 * What a checkpoint's signature lines say about one trusted key: `valid`, `invalid` (a line names this key and fails: tampering), or
 * `absent`. Lines of other keys are ignored, as signed-note asks. `name` is the name the key is trusted under: the host of the log.
 *
 * @throws RekorError `unsupported-key`
 */
export function verifyCheckpointSignature(
  checkpoint: Checkpoint,
  trusted: { readonly key: KeyObject; readonly name: string },
): 'valid' | 'invalid' | 'absent' {
  requireObject(checkpoint, 'verifyCheckpointSignature', 'checkpoint', ['signatures', 'signedText']);
  requireObject(trusted, 'verifyCheckpointSignature', 'trusted', ['key', 'name']);
  const hints = checkpointKeyHints(trusted.key, trusted.name);
  const lines = checkpoint.signatures.filter(
    ({ name, keyHint }) => name === trusted.name && hints.some((hint) => sameBytes(hint, keyHint)),
  );
  if (lines.length === 0) return 'absent';
  const bytes = new TextEncoder().encode(checkpoint.signedText);
  return lines.every(({ signature }) => verifyLogSignature(trusted.key, bytes, signature)) ? 'valid' : 'invalid';
}

const encodings = new WeakMap<KeyObject, Buffer>();

/** Every entry needs the log's key; encoding it costs as much as half a signature. */
function spkiOf(key: KeyObject): Buffer {
  let known = encodings.get(key);
  if (known === undefined) encodings.set(key, (known = key.export({ format: 'der', type: 'spki' })));
  return known;
}

function sha256(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash('sha256').update(bytes).digest());
}
