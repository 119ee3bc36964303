import crypto from 'node:crypto';

/** The hashes that signatures, logs and statements name digests by. */
export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512';

const known = new WeakMap<Uint8Array, Map<DigestAlgorithm, Buffer>>();

/**
 * The digest of bytes that no longer change, computed once for each algorithm and forgotten with the bytes. A stranger's statement
 * names a thousand digests, and a stranger's bundle has 32 log entries: each of them asks for the digest of the same bytes.
 */
export function digestOnce(algorithm: DigestAlgorithm, bytes: Uint8Array): Buffer {
  let digests = known.get(bytes);
  if (digests === undefined) known.set(bytes, (digests = new Map<DigestAlgorithm, Buffer>()));
  let digest = digests.get(algorithm);
  if (digest === undefined) digests.set(algorithm, (digest = crypto.hash(algorithm, bytes, 'buffer')));
  return digest;
}
