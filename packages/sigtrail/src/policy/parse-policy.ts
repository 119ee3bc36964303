import { claimNames } from '@sigtrail/fulcio-claims/extensions';
import { optionError } from '../error.ts';
import { parseKeyWindow } from '../keys/key-window.ts';
import { type KeySource, type NamedKey, parseKeySource } from '../keys/resolve-keys.ts';
import { isPattern } from './pattern.ts';
import type { ClaimName, ImagePolicy, Matcher, RequiredEvidence } from './policy.ts';

/** A rule that was checked once, at the edge. */
export type ParsedRule = (
  | {
      readonly kind: 'identity';
      readonly issuer: Matcher;
      readonly subject: Matcher;
      readonly claims: readonly (readonly [ClaimName, Matcher])[];
    }
  | { readonly kind: 'pki'; readonly subject: Matcher }
  | {
      readonly kind: 'key';
      readonly source: KeySource;
      /** Those of the source; empty until `resolveRules` has asked a resolver. */
      readonly keys: readonly NamedKey[];
    }
  | { readonly kind: 'any' }
) & { readonly annotations: Readonly<Record<string, string>> };

/** A policy that was checked once, at the edge. */
export interface ParsedPolicy {
  readonly rules: readonly ParsedRule[];
  readonly require: RequiredEvidence;
  readonly legacyTimestamps: 'use' | 'ignore' | 'require';
  readonly acceptAttestationsAsSignature: readonly string[];
}

const POLICY_KEYS = [
  'signedBy',
  'require',
  'legacyTimestamps',
  'acceptAttestationsAsSignature',
  'dangerouslyAcceptAnySigner',
] as const;
const CLAIM_KEYS: ReadonlySet<string> = new Set(Object.values(claimNames).filter((name) => name !== 'issuer'));

/**
 * Checks a policy: one that names nobody, or has a key nobody knows, would let in what its author never meant.
 *
 * @throws TypeError with `code`: `unknown-option`, `signer-required`, `invalid-option`, `invalid-key`, `key-and-identity`
 */
export function parsePolicy(policy: ImagePolicy): ParsedPolicy {
  assertKeys(policy, POLICY_KEYS, 'policy');
  const { signedBy, dangerouslyAcceptAnySigner } = policy;
  if (dangerouslyAcceptAnySigner !== undefined && dangerouslyAcceptAnySigner !== true)
    throw optionError('invalid-option', '"dangerouslyAcceptAnySigner" takes the literal true');
  const named = signedBy === undefined ? [] : Array.isArray(signedBy) ? signedBy : [signedBy];
  if (named.length === 0 && dangerouslyAcceptAnySigner === undefined)
    throw optionError('signer-required', '"signedBy" must name who may sign: { issuer, subject } or { key }');
  if (named.length > 0 && dangerouslyAcceptAnySigner !== undefined)
    throw optionError('invalid-option', '"signedBy" and "dangerouslyAcceptAnySigner" exclude each other');
  const legacyTimestamps = policy.legacyTimestamps ?? 'use';
  if (!['use', 'ignore', 'require'].includes(legacyTimestamps))
    throw optionError('invalid-option', '"legacyTimestamps" must be "use", "ignore" or "require"');
  const types = policy.acceptAttestationsAsSignature ?? [];
  if (!Array.isArray(types) || types.some((type) => typeof type !== 'string' || type === ''))
    throw optionError('invalid-option', '"acceptAttestationsAsSignature" must be a list of predicate types');
  return {
    rules:
      dangerouslyAcceptAnySigner === true
        ? [{ kind: 'any', annotations: {} }]
        : named.map((rule, index) => parseRule(rule, Array.isArray(signedBy) ? `signedBy[${index}]` : 'signedBy')),
    require: parseRequire(policy.require ?? {}),
    legacyTimestamps,
    acceptAttestationsAsSignature: types,
  };
}

function parseRule(rule: unknown, path: string): ParsedRule {
  if (typeof rule !== 'object' || rule === null || Array.isArray(rule))
    throw optionError('invalid-option', `"${path}" must be { issuer, subject } or { key }`);
  const fields = rule as Readonly<Record<string, unknown>>;
  const hasKey = 'key' in fields;
  if (hasKey && ('issuer' in fields || 'subject' in fields))
    throw optionError('key-and-identity', `"${path}" names a key and an identity; one signature has only one of them`);
  const annotations = parseAnnotations(fields['annotations'], `${path}.annotations`);
  if (hasKey) {
    assertKeys(fields, ['key', 'validFrom', 'validUntil', 'annotations'], path);
    const source = parseKeySource(fields['key'], parseKeyWindow(fields, path), `${path}.key`);
    return { kind: 'key', source, keys: source.kind === 'given' ? source.keys : [], annotations };
  }
  if ('profile' in fields) {
    if (fields['profile'] !== 'pki') throw optionError('invalid-option', `"${path}.profile" can only be "pki"`);
    assertKeys(fields, ['profile', 'subject', 'annotations'], path);
    return { kind: 'pki', subject: parseMatcher(fields['subject'], `${path}.subject`), annotations };
  }
  assertKeys(fields, ['issuer', 'subject', 'annotations', ...CLAIM_KEYS], path);
  const claims = Object.entries(fields).filter(([name]) => CLAIM_KEYS.has(name)) as [ClaimName, unknown][];
  return {
    kind: 'identity',
    issuer: parseMatcher(fields['issuer'], `${path}.issuer`),
    subject: parseMatcher(fields['subject'], `${path}.subject`),
    claims: claims.map(([name, value]) => [name, parseMatcher(value, `${path}.${name}`)] as const),
    annotations,
  };
}

/** Reads a text to match: a string that isn't empty, or a pattern. */
export function parseMatcher(value: unknown, path: string): Matcher {
  if (isPattern(value)) return value;
  if (value instanceof RegExp)
    throw optionError(
      'invalid-option',
      `"${path}" can't be a RegExp (unanchored, not linear in time); use re2() or glob()`,
    );
  // An empty string once meant "no check" elsewhere; here it can only be a mistake.
  if (typeof value !== 'string' || value === '')
    throw optionError('invalid-option', `"${path}" must be a non-empty string, glob() or re2()`);
  return value;
}

function parseAnnotations(value: unknown, path: string): Readonly<Record<string, string>> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Object.values(value).some((text) => typeof text !== 'string'))
    throw optionError('invalid-option', `"${path}" must be an object of strings`);
  return value as Readonly<Record<string, string>>;
}

function parseRequire(require: RequiredEvidence): RequiredEvidence {
  assertKeys(require, ['log', 'sct', 'time'], 'require');
  // NaN as a threshold is never reached by "less than": only whole numbers are.
  for (const [name, count] of Object.entries(require))
    if (count !== undefined && !(Number.isSafeInteger(count) && count >= 0 && count <= 32))
      throw optionError('invalid-option', `"require.${name}" must be a whole number from 0 to 32`);
  return require;
}

/** Refuses options nobody knows: `isuer:` must not be a policy without issuer. */
export function assertKeys(value: unknown, known: readonly string[], path: string): void {
  if (typeof value !== 'object' || value === null) throw optionError('invalid-option', `"${path}" must be an object`);
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw optionError(
      'unknown-option',
      `"${path}.${unknown}" is not an option; known are ${known.slice(0, 12).join(', ')}${known.length > 12 ? ' …' : ''}`,
    );
}
