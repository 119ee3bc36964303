import { optionError } from '@sigtrail/encoding';
import type { VerificationSummary } from '../attestation/predicates/vsa.ts';
import { describeTexts, matchesAny, type Matcher, type TextMatcher } from './matcher.ts';
import { parseObject, parseTexts } from './parse-options.ts';

/** The predicate type of SLSA's verification summaries. */
export const VSA_TYPE = 'https://slsa.dev/verification_summary/v1';

/** What a verification summary must say (slsa.dev/spec/v1.2/verification_summary, "How to verify"); texts are exact unless they are patterns. */
export interface Vsa {
  /** Who verified. A summary is only as good as its verifier, and a signer may sign for one verifier only. */
  readonly verifierId: Matcher;
  /** What was verified: where the image is expected to be fetched from. */
  readonly resourceUri?: Matcher;
  /** Each of these must have been verified; a level of a track is also reached by a higher one. `SLSA_BUILD_LEVEL_2`, `SLSA_SOURCE_LEVEL_3`, or a value of the verifier's own. */
  readonly levels?: readonly string[];
  /** The policy that it was held against. */
  readonly policyUri?: Matcher;
}

/**
 * A predicate for verification summaries (VSA). The result must be `PASSED`.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example attested('vsa', rule, vsa({ verifierId: 'https://acme.example/verifier', resourceUri: 'ghcr.io/acme/app', levels: ['SLSA_BUILD_LEVEL_3'] }))
 */
export function vsa(asked: Vsa): { readonly vsa: Vsa } {
  parseVsa(asked, 'vsa');
  return { vsa: asked };
}

/** What is asked of a summary, checked once at the edge. */
export interface ParsedVsa {
  readonly verifierId?: readonly TextMatcher[];
  readonly resourceUri?: readonly TextMatcher[];
  readonly policyUri?: readonly TextMatcher[];
  readonly levels: readonly string[];
}

const TEXTS = ['verifierId', 'resourceUri', 'policyUri'] as const;

/** Reads what is asked of a summary. @throws TypeError `unknown-option`, `invalid-option` */
export function parseVsa(value: unknown, path: string): ParsedVsa {
  const asked = parseObject(value, [...TEXTS, 'levels'], path);
  if (asked['verifierId'] === undefined)
    throw optionError('invalid-option', `"${path}.verifierId" is required: a summary is only as good as its verifier`);
  const { levels = [] } = asked;
  if (!Array.isArray(levels) || levels.some((level) => typeof level !== 'string' || level === ''))
    throw optionError('invalid-option', `"${path}.levels" must be a list of levels like SLSA_BUILD_LEVEL_3`);
  // A misspelt level would be reached by nothing, or, under another reading, by everything.
  const unknown = (levels as readonly string[]).find((level) => level.startsWith('SLSA_') && !TRACK_LEVEL.test(level));
  if (unknown !== undefined)
    throw optionError(
      'invalid-option',
      `"${path}.levels" must be like SLSA_BUILD_LEVEL_3, got ${JSON.stringify(unknown)}`,
    );
  return {
    ...Object.fromEntries(
      TEXTS.filter((name) => asked[name] !== undefined).map((name) => [
        name,
        parseTexts(asked[name], `${path}.${name}`),
      ]),
    ),
    levels: levels as readonly string[],
  };
}

/** `true`, or what the summary says otherwise. One that did not pass proves nothing, whatever else it says. */
export function matchVsa(asked: ParsedVsa, summary: VerificationSummary): true | { readonly denied: string } {
  const { verificationResult, verifiedLevels } = summary;
  if (verificationResult !== 'PASSED')
    return { denied: `verificationResult is ${verificationResult}, expected PASSED` };
  if (verifiedLevels.includes('FAILED'))
    return { denied: 'verifiedLevels says FAILED beside a verificationResult of PASSED' };
  const said = { verifierId: summary.verifier.id, resourceUri: summary.resourceUri, policyUri: summary.policy.uri };
  for (const name of TEXTS) {
    const texts = asked[name];
    const actual = said[name];
    if (texts !== undefined && (actual === undefined || !matchesAny(texts, actual)))
      return { denied: `${name} is ${actual ?? 'not there'}, expected ${describeTexts(texts)}` };
  }
  const missing = asked.levels.find((level) => !verifiedLevels.some((verified) => implies(verified, level)));
  return missing === undefined
    ? true
    : { denied: `verifiedLevels are ${verifiedLevels.join(', ') || 'none'}, which do not reach ${missing}` };
}

const TRACK_LEVEL = /^SLSA_([A-Z_]+)_LEVEL_(\d{1,2}|UNEVALUATED)$/;

/** Each level of a track implies the levels below it; the track has to be the same, and what was not evaluated implies nothing. */
function implies(verified: string, asked: string): boolean {
  if (verified === asked) return true;
  const [, track, level] = TRACK_LEVEL.exec(verified) ?? [];
  const [, askedTrack, askedLevel] = TRACK_LEVEL.exec(asked) ?? [];
  return track !== undefined && track === askedTrack && Number(level) >= Number(askedLevel);
}
