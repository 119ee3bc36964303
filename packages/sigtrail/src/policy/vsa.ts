import { optionError } from '@sigtrail/encoding';
import type { VerificationSummary } from '../attestation/predicates/vsa.ts';
import { describeTexts, matchesAny, type Matcher, type TextMatcher } from './matcher.ts';
import { parseObject, parseTexts } from './parse-options.ts';

/** The predicate type of SLSA's verification summaries. */
export const VSA_TYPE = 'https://slsa.dev/verification_summary/v1';

/** What a verification summary must say (slsa.dev/spec/v1.2/verification_summary, "How to verify"); texts are exact unless they are patterns. */
export interface Vsa {
  /** Who verified. A summary is only as good as its verifier, and a signer may sign for a single verifier only. */
  readonly verifierId: Matcher;
  /** What was verified: where the image is expected to be fetched from. */
  readonly resourceUri?: Matcher;
  /** Each of these must have been verified; a higher level of a track includes the lower ones. `SLSA_BUILD_LEVEL_2`, `SLSA_SOURCE_LEVEL_3`, or a value of the verifier's own. */
  readonly levels?: readonly string[];
  /** The policy that was verified against. */
  readonly policyUri?: Matcher;
}

/**
 * A predicate for verification summaries (VSA). The result must be `PASSED`.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example attested('vsa', rule, vsa({ verifierId: 'https://acme.example/verifier', resourceUri: 'ghcr.io/acme/app', levels: ['SLSA_BUILD_LEVEL_3'] }))
 */
export function vsa(wanted: Vsa): { readonly vsa: Vsa } {
  parseVsa(wanted, 'vsa');
  return { vsa: wanted };
}

/** A `Vsa`, checked once at the edge. */
export interface ParsedVsa {
  readonly verifierId?: readonly TextMatcher[];
  readonly resourceUri?: readonly TextMatcher[];
  readonly policyUri?: readonly TextMatcher[];
  readonly levels: readonly string[];
}

const TEXTS = ['verifierId', 'resourceUri', 'policyUri'] as const;

/** Parses a `Vsa`. @throws TypeError `unknown-option`, `invalid-option` */
export function parseVsa(value: unknown, path: string): ParsedVsa {
  const wanted = parseObject(value, [...TEXTS, 'levels'], path);
  if (wanted['verifierId'] === undefined)
    throw optionError('invalid-option', `"${path}.verifierId" is required: a summary is only as good as its verifier`);
  const { levels = [] } = wanted;
  if (!Array.isArray(levels) || levels.some((level) => typeof level !== 'string' || level === ''))
    throw optionError('invalid-option', `"${path}.levels" must be a list of levels like SLSA_BUILD_LEVEL_3`);
  // No summary would reach a misspelt level, or, read differently, every summary would.
  const unknown = (levels as readonly string[]).find((level) => level.startsWith('SLSA_') && !TRACK_LEVEL.test(level));
  if (unknown !== undefined)
    throw optionError(
      'invalid-option',
      `"${path}.levels" must be like SLSA_BUILD_LEVEL_3, got ${JSON.stringify(unknown)}`,
    );
  return {
    ...Object.fromEntries(
      TEXTS.filter((name) => wanted[name] !== undefined).map((name) => [
        name,
        parseTexts(wanted[name], `${path}.${name}`),
      ]),
    ),
    levels: levels as readonly string[],
  };
}

/** `true`, or how the summary differs. A summary that did not pass proves nothing, whatever else it says. */
export function matchVsa(wanted: ParsedVsa, summary: VerificationSummary): true | { readonly denied: string } {
  const { verificationResult, verifiedLevels } = summary;
  if (verificationResult !== 'PASSED')
    return { denied: `verificationResult is ${verificationResult}, expected PASSED` };
  if (verifiedLevels.includes('FAILED'))
    return { denied: 'verifiedLevels says FAILED, although verificationResult says PASSED' };
  const stated = { verifierId: summary.verifier.id, resourceUri: summary.resourceUri, policyUri: summary.policy.uri };
  for (const name of TEXTS) {
    const texts = wanted[name];
    const actual = stated[name];
    if (texts !== undefined && (actual === undefined || !matchesAny(texts, actual)))
      return { denied: `${name} is ${actual ?? 'not there'}, expected ${describeTexts(texts)}` };
  }
  const missing = wanted.levels.find((level) => !verifiedLevels.some((verified) => implies(verified, level)));
  return missing === undefined
    ? true
    : { denied: `verifiedLevels are ${verifiedLevels.join(', ') || 'none'}, which do not reach ${missing}` };
}

const TRACK_LEVEL = /^SLSA_([A-Z_]+)_LEVEL_(\d{1,2}|UNEVALUATED)$/;

/** Each level implies the lower levels of the same track; a level that was not evaluated implies nothing. */
function implies(verified: string, wanted: string): boolean {
  if (verified === wanted) return true;
  const [, track, level] = TRACK_LEVEL.exec(verified) ?? [];
  const [, wantedTrack, wantedLevel] = TRACK_LEVEL.exec(wanted) ?? [];
  return track !== undefined && track === wantedTrack && Number(level) >= Number(wantedLevel);
}
