import { requireBytes } from '@sigtrail/encoding';
import { oneOf } from '../option-checks.ts';
import { createHash } from 'node:crypto';

/** A content digest in the two algorithms that image-spec registers. */
export type ContentDigest = `sha256:${string}` | `sha512:${string}`;

/** The hash functions a digest may name. */
export type DigestAlgorithm = 'sha256' | 'sha512';

const ALGORITHM = oneOf('sha256', 'sha512');

/** The digest of these bytes, `sha256:<hex>` unless told otherwise. */
export function digestOf(bytes: Uint8Array, algorithm: 'sha512'): `sha512:${string}`;
export function digestOf(bytes: Uint8Array, algorithm?: 'sha256'): `sha256:${string}`;
export function digestOf(bytes: Uint8Array, algorithm?: DigestAlgorithm): ContentDigest;
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): ContentDigest {
  requireBytes(bytes, 'digestOf', 'bytes');
  ALGORITHM(algorithm, 'algorithm', 'digestOf');
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`;
}

/** Whether the text is a digest in its one spelling (image-spec §descriptor, digests). */
export function isContentDigest(text: string): text is ContentDigest {
  return /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.test(text);
}
