import { optionError, requireBytes, requireText } from '@sigtrail/encoding';
import crypto, { timingSafeEqual } from 'node:crypto';
import { OciError } from '../error.ts';

/** Algorithms that this client computes. sha384 is registered too, but no registry uses it. */
export type DigestAlgorithm = 'sha256' | 'sha512';

/** A content address with a single spelling: algorithm, `:`, lower-case hexadecimal of full length (image-spec descriptor.md "Digests"). */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const shape = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/**
 * Reads a digest.
 *
 * @throws OciError `invalid-digest`: unknown algorithm, wrong length, upper case, anything around it. Digests become
 * parts of URLs and file paths (CVE-2024-3727), so only checked text may have this type.
 */
export function parseDigest(text: string): Digest {
  if (!isDigest(text)) {
    throw new OciError('invalid-digest', 'not a sha256 or sha512 digest in lower-case hexadecimal', {
      actual: String(text).slice(0, 160),
    });
  }
  return text;
}

/** Whether `text` is a digest this client accepts. */
export function isDigest(text: unknown): text is Digest {
  return typeof text === 'string' && shape.test(text);
}

/** The digest of `bytes`. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  requireBytes(bytes, 'digestOf', 'bytes');
  if (algorithm !== 'sha256' && algorithm !== 'sha512')
    throw optionError('invalid-option', 'digestOf: "algorithm" must be "sha256" or "sha512"');
  return `${algorithm}:${crypto.hash(algorithm, bytes, 'hex')}`;
}

/** The algorithm of a digest. */
export function digestAlgorithm(digest: Digest): DigestAlgorithm {
  requireText(digest, 'digestAlgorithm', 'digest');
  return digest.startsWith('sha512:') ? 'sha512' : 'sha256';
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  requireText(digest, 'digestHex', 'digest');
  return digest.slice(7);
}

/**
 * Checks that `bytes` are what `expected` addresses, with the algorithm of `expected`.
 *
 * @throws OciError `digest-mismatch`
 */
export function assertDigest(bytes: Uint8Array, expected: Digest, what: string, url?: string): void {
  requireBytes(bytes, 'assertDigest', 'bytes');
  requireText(expected, 'assertDigest', 'expected');
  requireText(what, 'assertDigest', 'what');
  if (url !== undefined) requireText(url, 'assertDigest', 'url');
  const actual = digestOf(bytes, digestAlgorithm(expected));
  if (!timingSafeEqual(Buffer.from(actual), Buffer.from(expected))) {
    throw new OciError('digest-mismatch', `the bytes of the ${what} do not have the requested digest`, {
      expected,
      actual,
      url,
    });
  }
}
