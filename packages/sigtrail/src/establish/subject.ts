import { type DigestAlgorithm, digestOnce } from '../crypto/digest-once.ts';
import type { Candidate } from '../evidence/candidate.ts';
import type { SignedData } from '../keys/signature.ts';

/** What the signature must be about. */
export type Subject =
  /** An image: its digest, and the manifest bytes that have it. */
  | { readonly kind: 'image'; readonly digest: string; readonly manifest: Uint8Array }
  /** A file: its bytes, or one digest of it. */
  | { readonly kind: 'artifact'; readonly bytes: Uint8Array }
  | { readonly kind: 'digest'; readonly algorithm: 'sha256' | 'sha384' | 'sha512'; readonly digest: Uint8Array };

/** The bytes (or digest) that the signature must cover. */
export function signedDataOf(candidate: Candidate, subject: Subject): SignedData {
  const { content } = candidate;
  switch (content.kind) {
    case 'simple-signing':
      return { bytes: content.payload };
    case 'dsse':
      return { bytes: content.pae };
    case 'message':
      if (subject.kind === 'image') return { bytes: subject.manifest };
      return subject.kind === 'artifact'
        ? { bytes: subject.bytes }
        : { digest: subject.digest, algorithm: subject.algorithm };
  }
}

/** A digest of the subject, or `undefined` if only the digest of a different algorithm is known. */
export function digestOfSubject(subject: Subject, algorithm: DigestAlgorithm): Buffer | undefined {
  switch (subject.kind) {
    case 'image':
      // The digest that was asked for is known without the bytes; those of other algorithms are computed from them.
      return subject.digest.startsWith(`${algorithm}:`)
        ? Buffer.from(subject.digest.slice(algorithm.length + 1), 'hex')
        : digestOnce(algorithm, subject.manifest);
    case 'artifact':
      return digestOnce(algorithm, subject.bytes);
    case 'digest':
      return subject.algorithm === algorithm ? Buffer.from(subject.digest) : undefined;
  }
}

/** The subject by its digest. */
export function describeSubject(subject: Subject): string {
  return subject.kind === 'image'
    ? subject.digest
    : subject.kind === 'digest'
      ? `${subject.algorithm}:${Buffer.from(subject.digest).toString('hex')}`
      : `sha256:${digestOfSubject(subject, 'sha256')?.toString('hex')}`;
}
