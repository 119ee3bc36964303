import { claimNames } from '@sigtrail/fulcio-claims/names';
import { optionError } from '@sigtrail/encoding';
import { parseKeyWindow } from '../keys/key-window.ts';
import { type KeySource, type NamedKey, parseKeySource } from '../keys/resolve-keys.ts';
import type { ParsedCallback } from './callback.ts';
import { type GithubRelease, parseGithubRelease } from './github-release.ts';
import type { ParsedSubject, TextMatcher } from './matcher.ts';
import { assertKeys, parseCallback, parseSubject, parseTexts } from './parse-options.ts';
import type { ClaimName } from './policy.ts';
import { parseDuration, parseTimeOf, parseTime } from './time-bounds.ts';

/** A rule, checked once at the edge. */
export type ParsedRule = (
  | {
      readonly kind: 'identity';
      readonly issuer: readonly TextMatcher[];
      readonly subject: ParsedSubject;
      readonly claims: readonly (readonly [ClaimName, readonly TextMatcher[]])[];
      /** The profile that the authority must have, if the rule names it. */
      readonly profile?: 'fulcio' | 'github';
    }
  | { readonly kind: 'pki'; readonly subject: ParsedSubject }
  | { readonly kind: 'release'; readonly release: GithubRelease }
  | {
      readonly kind: 'key';
      readonly source: KeySource;
      /** The keys of the source; empty until `resolveRules` has asked a resolver. */
      readonly keys: readonly NamedKey[];
    }
  | { readonly kind: 'any' }
) & {
  /** Where it is in the policy: `allOf[1].signedBy`. */
  readonly path: string;
  readonly annotations: readonly (readonly [string, readonly TextMatcher[]])[];
  readonly bounds: ParsedBounds;
  readonly accept?: ParsedCallback;
};

/** Time bounds, checked once. */
export interface ParsedBounds {
  readonly signedAfter?: Date;
  readonly maxAgeMs?: number;
  readonly notOlderThan?: Date;
}

/** The names of claims that a rule may ask for. */
export const CLAIM_KEYS: readonly string[] = [...new Set(Object.values(claimNames))].filter(
  (name) => name !== 'issuer',
);

const COMMON_KEYS = ['annotations', 'signedAfter', 'maxAge', 'notOlderThan', 'accept'];
const KEY_KEYS = ['key', 'validFrom', 'validUntil', ...COMMON_KEYS];
const PKI_KEYS = ['profile', 'subject', ...COMMON_KEYS];
const IDENTITY_KEYS = ['issuer', 'subject', 'profile', ...COMMON_KEYS, ...CLAIM_KEYS];

/** Reads one rule or a non-empty list of them. */
export function parseRules(value: unknown, path: string): readonly ParsedRule[] {
  if (!Array.isArray(value)) return [parseRule(value, path)];
  if (value.length === 0)
    throw optionError(
      'signer-required',
      `"${path}" is an empty list, so it names no signer; name one: { issuer, subject } or { key }`,
    );
  return value.map((rule, index) => parseRule(rule, `${path}[${index}]`));
}

/**
 * Reads one rule.
 *
 * @throws TypeError with `code`: `unknown-option`, `invalid-option`, `invalid-key`, `key-and-identity`, `freshness-unprovable`
 */
export function parseRule(value: unknown, path: string): ParsedRule {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionError(
      'invalid-option',
      `"${path}" must be { issuer, subject }, { key } or { profile: "pki", subject }`,
    );
  const rule = value as Readonly<Record<string, unknown>>;
  if (rule['githubRelease'] !== undefined) {
    assertKeys(rule, ['githubRelease', 'accept'], path);
    const release = parseGithubRelease(rule['githubRelease'], `${path}.githubRelease`);
    const accept = parseAccept(rule, path);
    return { kind: 'release', release, path: pathInPolicy(path), annotations: [], bounds: {}, ...accept };
  }
  const hasKey = rule['key'] !== undefined;
  if (hasKey && (rule['issuer'] !== undefined || rule['subject'] !== undefined))
    throw optionError('key-and-identity', `"${path}" names a key and an identity; a signature has only one of them`);
  const isPki = !hasKey && rule['profile'] === 'pki';
  assertKeys(rule, hasKey ? KEY_KEYS : isPki ? PKI_KEYS : IDENTITY_KEYS, path);
  const common = {
    path: pathInPolicy(path),
    annotations: parseAnnotations(rule['annotations'], `${path}.annotations`),
    bounds: parseBounds(rule, path),
    ...parseAccept(rule, path),
  };
  if (hasKey) {
    const source = parseKeySource(rule['key'], parseKeyWindow(rule, path), `${path}.key`);
    return { kind: 'key', source, keys: source.kind === 'given' ? source.keys : [], ...common };
  }
  if (isPki) {
    return { kind: 'pki', subject: parseSubject(rule['subject'], `${path}.subject`), ...common };
  }
  const claims = Object.entries(rule).filter(([name, matcher]) => CLAIM_KEYS.includes(name) && matcher !== undefined);
  return {
    kind: 'identity',
    issuer: parseTexts(rule['issuer'], `${path}.issuer`),
    subject: parseSubject(rule['subject'], `${path}.subject`),
    claims: claims.map(([name, matcher]) => [name as ClaimName, parseTexts(matcher, `${path}.${name}`)] as const),
    ...parseProfile(rule['profile'], `${path}.profile`),
    ...common,
  };
}

function parseAccept({ accept }: Readonly<Record<string, unknown>>, path: string): Pick<ParsedRule, 'accept'> {
  return accept === undefined ? {} : { accept: parseCallback(accept, `${path}.accept`) };
}

function parseProfile(value: unknown, path: string): { readonly profile?: 'fulcio' | 'github' } {
  if (value === undefined) return {};
  if (value === 'fulcio' || value === 'github') return { profile: value };
  throw optionError(
    'invalid-option',
    `"${path}" must be fulcio, github or pki, got ${JSON.stringify(value) ?? typeof value}`,
  );
}

/** The outermost policy has no name of its own. */
export function pathInPolicy(path: string): string {
  return path.replace(/^policy\./, '');
}

function parseBounds(rule: Readonly<Record<string, unknown>>, path: string): ParsedBounds {
  const { signedAfter, maxAge, notOlderThan } = rule;
  return {
    ...(signedAfter === undefined ? {} : { signedAfter: parseTime(signedAfter, `${path}.signedAfter`) }),
    ...(maxAge === undefined ? {} : { maxAgeMs: parseDuration(maxAge, `${path}.maxAge`) }),
    ...(notOlderThan === undefined ? {} : { notOlderThan: parseTimeOf(notOlderThan, `${path}.notOlderThan`) }),
  };
}

function parseAnnotations(value: unknown, path: string): ParsedRule['annotations'] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionError('invalid-option', `"${path}" must be an object of strings`);
  // A policy may require an empty annotation, but not an empty claim.
  return Object.entries(value).map(
    ([name, text]) => [name, text === '' ? [''] : parseTexts(text, `${path}.${name}`)] as const,
  );
}
