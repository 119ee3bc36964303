import { requireBytes } from '@sigtrail/encoding';
import crypto from 'node:crypto';

import { RekorError } from '../error.ts';

/** Width of every hash of a tree. */
export const HASH_BYTES = 32;

const SIZE_LIMIT = 2n ** 64n;

const leafScratch = Buffer.allocUnsafeSlow(64 * 1024);

/** The Merkle leaf hash of an entry's body, `SHA-256(0x00 || body)` (RFC 9162 §2.1.1). Hash the bytes the log gave, never a re-serialisation. */
export function leafHash(body: Uint8Array): Uint8Array {
  requireBytes(body, 'leafHash', 'body');
  // A body is a few KB, and there are many: each is put behind its prefix in the same buffer.
  const length = 1 + body.byteLength;
  const bytes = length > leafScratch.byteLength ? Buffer.allocUnsafe(length) : leafScratch.subarray(0, length);
  bytes[0] = 0x00;
  bytes.set(body, 1);
  return sha256(bytes);
}

/** The hash of an inner node, `SHA-256(0x01 || left || right)` (RFC 9162 §2.1.1). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  requireBytes(left, 'nodeHash', 'left');
  requireBytes(right, 'nodeHash', 'right');
  const bytes = Buffer.allocUnsafe(1 + left.byteLength + right.byteLength);
  bytes[0] = 0x01;
  bytes.set(left, 1);
  bytes.set(right, 1 + left.byteLength);
  return sha256(bytes);
}

/**
 * Refuses a value that can't be an index or size of a tree.
 *
 * @throws RekorError `invalid-proof` when it is not a whole number from 0 to 2^64-1
 */
export function requireCount(value: number | bigint, name: string): void {
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : typeof value !== 'bigint') {
    throw new RekorError('invalid-proof', `the proof’s ${name} is ${String(value)}; expected a whole number`);
  }
  if (value < 0 || value >= SIZE_LIMIT)
    throw new RekorError(
      'invalid-proof',
      `the proof’s ${name} is ${String(value)}; expected a number from 0 to 2^64-1`,
    );
}

/** An index or size of a tree as a bigint. @throws RekorError `invalid-proof` */
export function treeNumber(value: number | bigint, name: string): bigint {
  requireCount(value, name);
  return BigInt(value);
}

/**
 * Refuses hashes of another width: with them, one proof could be cut in two ways.
 *
 * @throws RekorError `invalid-proof`
 */
export function requireHashes(hashes: readonly Uint8Array[]): void {
  for (const { byteLength } of hashes)
    if (byteLength !== HASH_BYTES)
      throw new RekorError('invalid-proof', `the proof has a hash of ${String(byteLength)} bytes; expected 32`);
}

/** SHA-256 of some bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  const digest = Buffer.allocUnsafe(HASH_BYTES);
  sha256Into(bytes, digest, 0);
  return new Uint8Array(digest.buffer, digest.byteOffset, HASH_BYTES);
}

/**
 * Writes the SHA-256 of some bytes into others. A proof is some thirty of these and a scan millions: one call that gives a string costs a
 * quarter of one that gives a new buffer, and a fifth of a hash object with its updates.
 */
export function sha256Into(bytes: Uint8Array, target: Buffer, offset: number): void {
  target.write(crypto.hash('sha256', bytes, 'binary'), offset, HASH_BYTES, 'latin1');
}
