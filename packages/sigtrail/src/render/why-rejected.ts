import { explainCode } from '../explain/index.ts';
import type { Report } from '../report/any-report.ts';
import type { PlatformReport } from '../report/platforms-report.ts';
import type { Check } from '../report/report.ts';
import { type Nearest, nearestOf } from './nearest.ts';
import { whoSigned } from './signer-in-words.ts';
import { ofPlatforms } from './to-text.ts';

/** Why a report is rejected, in the words of the person who asked. */
export function whyRejected(report: Extract<Report, { readonly verdict: 'rejected' }>): string {
  if (report.kind === 'platforms') return refusedPlatforms(report.platforms);
  switch (report.reason) {
    case 'unsigned':
      return 'it is not signed';
    case 'no-attestation':
      return 'it has no attestation';
    case 'only-attestations':
      return `it has attestations, but no signature${ofPlatforms(report)}`;
    case 'no-match': {
      const nearest = nearestOf(report);
      return nearest === undefined ? 'the policy does not hold' : sentenceOf(nearest);
    }
  }
}

function refusedPlatforms(platforms: readonly PlatformReport[]): string {
  const refused = platforms.filter(({ verdict }) => verdict !== 'verified').map(({ platform }) => platform);
  return `${refused.length} of the ${platforms.length} manifests that a client could run ${refused.length === 1 ? 'is' : 'are'} not accepted: ${refused.join(', ')}`;
}

/** Why the nearest candidate does not count, in the words of the caller. */
function sentenceOf({ code, message, candidate, isProven, faults }: Nearest): string {
  const who = candidate === undefined ? undefined : whoSigned(candidate.unverifiedClaims);
  if (
    (isProven || who === undefined) &&
    faults.length > 0 &&
    faults.every((fault) => fault.code === 'annotation-mismatch')
  )
    return `it is signed by ${who ?? 'the key that you named'}, with ${valuesOf('actual', faults)}; you asked for ${valuesOf('expected', faults)}`;
  if (!SIGNER_CODES.has(code) || who === undefined) return explainCode(code)?.means ?? message;
  const asked = askedSigner(faults);
  const signed = isProven ? `it is signed by ${who}` : `what claims to be signed by ${who} is not proven`;
  return `${signed}; you asked for ${asked === '' ? 'somebody else' : asked}`;
}

function valuesOf(side: 'expected' | 'actual', faults: readonly Check[]): string {
  return [...new Set(faults.flatMap((fault) => fault[side] ?? []))].join(', ');
}

/** Whom the policy requires, as far as that differs from who signed: identity via issuer, then the claims. */
function askedSigner(faults: readonly Check[]): string {
  const expected = (of: string): readonly string[] =>
    faults.flatMap(({ code, expected: asked }) => (code === of && asked !== undefined ? [asked] : []));
  const [identity, issuer] = [expected('identity-mismatch'), expected('issuer-mismatch')].map((all) => all.join(', '));
  const signer = issuer === '' ? identity : `${identity === '' ? 'a signer' : identity} via ${issuer}`;
  return [signer, ...expected('claim-mismatch')].filter((part) => part !== '').join(', ');
}

/** A signer other than the required one: the signature itself has no fault. */
const SIGNER_CODES: ReadonlySet<string> = new Set(['identity-mismatch', 'issuer-mismatch', 'claim-mismatch']);
