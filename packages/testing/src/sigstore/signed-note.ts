import { requireObject, requireText } from '@sigtrail/encoding';
import { createHash } from 'node:crypto';
import { type HashName, type KeyPair, signBytes } from './key-pair.ts';

/** Who signs a note: the name on its signature line and the key with its ID. */
export interface NoteSigner {
  readonly name: string;
  readonly key: KeyPair;
  readonly keyId: Uint8Array;
  readonly hash?: HashName;
}

/** A note (C2SP signed-note) of a text that ends in a newline. */
export function signNote(text: string, signer: NoteSigner): string {
  requireText(text, 'signNote', 'text');
  requireObject(signer, 'signNote', 'signer', ['name', 'key', 'keyId']);
  const signature = signBytes(signer.key, Buffer.from(text), signer.hash === undefined ? {} : { hash: signer.hash });
  const line = Buffer.concat([signer.keyId.subarray(0, 4), signature]).toString('base64');
  return `${text}\n\u2014 ${signer.name} ${line}\n`;
}

/**
 * The ID of a log's key. Rekor v2 hashes name, key type and raw key of Ed25519 (C2SP signed-note); every other log key
 * goes by the SHA-256 of its SPKI.
 */
export function logKeyId(version: 1 | 2, name: string, key: KeyPair): Buffer {
  if (version === 1 || key.kind !== 'ed25519') return createHash('sha256').update(key.spki).digest();
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(1)).update(key.spki.subarray(-32)).digest();
}
