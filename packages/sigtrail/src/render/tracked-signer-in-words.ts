import type { TrackedSigner } from '../track/image-track.ts';

/** Who signed an entry, and how well that is proven. From strangers: escape it. */
export function trackedSignerInWords(signer: TrackedSigner): string {
  const { kind, fingerprint, subjectAlternativeNames, claims, identity, signature, why } = signer;
  if (kind === 'public-key') return `key ${fingerprint}; signature ${signature}`;
  const names = subjectAlternativeNames.map(({ value }) => value).join(', ');
  const issuer = claims?.issuer === undefined ? '' : ` via ${claims.issuer}`;
  return `${names}${issuer}; identity ${identity}${why === undefined ? '' : ` (${why})`}; signature ${signature}`;
}
