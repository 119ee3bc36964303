import crypto from 'node:crypto';

/** The hashes that signatures, logs and statements use. */
export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512';

const digestsOf = new WeakMap<Uint8Array, Map<DigestAlgorithm, Buffer>>();

/**
 * The digest of bytes that no longer change, computed once for each algorithm and forgotten with the bytes. A stranger's statement
 * names a thousand digests, and a stranger's bundle has 32 log entries, and each of them needs the digest of the same bytes.
 */
export function digestOnce(algorithm: DigestAlgorithm, bytes: Uint8Array): Buffer {
  let digests = digestsOf.get(bytes);
  if (digests === undefined) digestsOf.set(bytes, (digests = new Map<DigestAlgorithm, Buffer>()));
  let digest = digests.get(algorithm);
  if (digest === undefined) digests.set(algorithm, (digest = crypto.hash(algorithm, bytes, 'buffer')));
  return digest;
}
