import { optionError } from '@sigtrail/encoding';
import type { ParsedCallback } from './callback.ts';
import { parseCallback, parseObject } from './parse-options.ts';
import { type ParsedRule, parseRule, parseRules, pathInPolicy } from './parse-rule.ts';
import type { ImagePolicy, RequiredEvidence, VexStatus } from './policy.ts';
import { RELEASE_TYPES } from '../attestation/predicate-types.ts';
import { type ParsedPredicate, parsePredicate, predicateTypesOf } from './predicate.ts';
import { ANY_SIGNER, MANIFESTS_ACCEPTED, ROOT_ACCEPTED, TIMESTAMPS_IGNORED } from './relaxations.ts';

/** A policy, checked once at the edge. */
export interface ParsedPolicy {
  readonly root: ParsedNode;
  /** Whether attestations must be looked for as well as signatures. */
  readonly needsAttestations: boolean;
  readonly legacyTimestamps: 'use' | 'ignore' | 'require';
  readonly acceptTrustedRootInBundle: boolean;
  /** The requirements that the policy changes, in words. */
  readonly relaxations: readonly string[];
}

/** What a leaf requires of each signature besides its rules. */
interface Leaf {
  /** Where the operator is in the policy: `allOf[1].signedBy`. */
  readonly path: string;
  readonly rules: readonly ParsedRule[];
  readonly require: RequiredEvidence;
}

/** A leaf about signatures, and what counts as a signature. */
interface SignatureLeaf extends Leaf {
  readonly acceptTypes: readonly string[];
  /** Whether a signature of the image's attestation manifest counts. */
  readonly acceptManifests: boolean;
}

/** One operator of a policy. */
export type ParsedNode =
  | ({ readonly kind: 'signed-by' } & SignatureLeaf)
  | ({ readonly kind: 'at-least'; readonly count: number } & SignatureLeaf)
  | ({ readonly kind: 'attested'; readonly types: readonly string[]; readonly predicate?: ParsedPredicate } & Leaf)
  | ({
      readonly kind: 'vex';
      readonly types: readonly string[];
      readonly refuse: readonly VexStatus[];
      readonly vulnerabilities?: readonly string[];
    } & Leaf)
  | { readonly kind: 'all-of' | 'any-of'; readonly path: string; readonly of: readonly ParsedNode[] }
  | { readonly kind: 'not'; readonly path: string; readonly of: readonly [ParsedNode] }
  | { readonly kind: 'accept-image'; readonly path: string; readonly callback: ParsedCallback };

const OPERATORS = [
  'signedBy',
  'attested',
  'atLeast',
  'allOf',
  'anyOf',
  'not',
  'vex',
  'dangerouslyAcceptAnySigner',
] as const;
const SETTINGS = [
  'require',
  'legacyTimestamps',
  'acceptAttestationsAsSignature',
  'acceptAttestationManifestsAsSignature',
  'acceptTrustedRootInBundle',
] as const;
const OUTERMOST = ['legacyTimestamps', 'acceptTrustedRootInBundle'] as const;
const KEYS = [...OPERATORS, 'of', 'acceptImage', ...SETTINGS];
const STATUSES: readonly VexStatus[] = ['not_affected', 'affected', 'fixed', 'under_investigation'];
/** Deeper than any policy that a person writes; recursion over a stranger's file must end. */
const MAX_DEPTH = 32;

/** What an operator inherits. */
interface Inherited {
  readonly require: RequiredEvidence;
  readonly acceptTypes: readonly string[];
  readonly acceptManifests: boolean;
  readonly isNegated: boolean;
  readonly depth: number;
}

const OUTERMOST_NODE: Inherited = { require: {}, acceptTypes: [], acceptManifests: false, isNegated: false, depth: 0 };

/**
 * Checks a policy: a policy that names no signer, or has an unknown key, would let in what its author never meant.
 *
 * @throws TypeError with `code`: `unknown-option`, `signer-required`, `invalid-option`, `invalid-key`, `key-and-identity`, `callback-under-not`,
 *   `freshness-unprovable`
 */
export function parsePolicy(policy: ImagePolicy): ParsedPolicy {
  const root = parseNode(policy, 'policy', OUTERMOST_NODE);
  if (!namesSigner(root))
    throw optionError(
      'signer-required',
      '"signedBy" must name who may sign, { issuer, subject } or { key }, in every way in which the policy can hold',
    );
  const { legacyTimestamps = 'use' } = policy as { readonly legacyTimestamps?: ParsedPolicy['legacyTimestamps'] };
  if (!['use', 'ignore', 'require'].includes(legacyTimestamps))
    throw optionError('invalid-option', '"legacyTimestamps" must be "use", "ignore" or "require"');
  const { acceptTrustedRootInBundle: isRootAccepted } = policy as { readonly acceptTrustedRootInBundle?: true };
  const acceptTrustedRootInBundle = parseTrue(isRootAccepted, 'acceptTrustedRootInBundle') ?? false;
  const leaves = leavesOf(root);
  const asks = leaves.flatMap((leaf) => Object.entries(leaf.require));
  return {
    root,
    needsAttestations: leaves.some(
      (leaf) =>
        !('acceptTypes' in leaf) ||
        leaf.acceptTypes.length > 0 ||
        leaf.acceptManifests ||
        leaf.rules.some(({ kind }) => kind === 'release'),
    ),
    legacyTimestamps,
    acceptTrustedRootInBundle,
    relaxations: [
      ...new Set([
        ...asks.flatMap(([name, count]) => (count === undefined ? [] : [`require.${name} = ${String(count)}`])),
        ...(leaves.some((leaf) => 'acceptManifests' in leaf && leaf.acceptManifests) ? [MANIFESTS_ACCEPTED] : []),
        ...(acceptTrustedRootInBundle ? [ROOT_ACCEPTED] : []),
        ...(legacyTimestamps === 'ignore' ? [TIMESTAMPS_IGNORED] : []),
        ...(leaves.some(({ rules }) => rules.some(({ kind }) => kind === 'any')) ? [ANY_SIGNER] : []),
      ]),
    ],
  };
}

/**
 * Refuses a mistake where the part of a policy is written, rather than when the whole is used. Returns the part.
 *
 * @throws TypeError with the codes of `parsePolicy`
 */
export function checkPart<const P extends ImagePolicy>(part: P): P {
  parseNode(part, 'policy', { ...OUTERMOST_NODE, depth: 1 });
  return part;
}

/** Every leaf at or below a node. */
export function leavesOf(node: ParsedNode): readonly Extract<ParsedNode, Leaf>[] {
  switch (node.kind) {
    case 'all-of':
    case 'any-of':
    case 'not':
      return node.of.flatMap(leavesOf);
    case 'accept-image':
      return [];
    default:
      return [node];
  }
}

/** Whether the node can only hold with a signature by a named signer: `not`, `vex` and callbacks alone would accept an unsigned image. */
function namesSigner(node: ParsedNode): boolean {
  switch (node.kind) {
    case 'signed-by':
    case 'at-least':
    case 'attested':
      return true;
    case 'all-of':
      return node.of.some(namesSigner);
    case 'any-of':
      return node.of.every(namesSigner);
    case 'not':
    case 'vex':
    case 'accept-image':
      return false;
  }
}

function parseNode(policy: unknown, path: string, outer: Inherited): ParsedNode {
  const value = parseObject(policy, KEYS, path);
  if (outer.depth > MAX_DEPTH) throw optionError('invalid-option', `"${path}" is nested more than ${MAX_DEPTH} deep`);
  for (const name of OUTERMOST)
    if (value[name] !== undefined && outer.depth > 0)
      throw optionError('invalid-option', `"${path}.${name}" belongs to the outermost operator`);
  const inner: Inherited = {
    require: { ...outer.require, ...parseRequire(value['require'], `${path}.require`) },
    acceptTypes:
      parseTypes(value['acceptAttestationsAsSignature'], `${path}.acceptAttestationsAsSignature`) ?? outer.acceptTypes,
    acceptManifests:
      parseTrue(value['acceptAttestationManifestsAsSignature'], `${path}.acceptAttestationManifestsAsSignature`) ??
      outer.acceptManifests,
    isNegated: outer.isNegated,
    depth: outer.depth + 1,
  };
  const { acceptImage } = value;
  if (acceptImage !== undefined && outer.isNegated) throw underNot(`${path}.acceptImage`);
  const callback =
    acceptImage === undefined
      ? undefined
      : ({
          kind: 'accept-image',
          path: pathInPolicy(`${path}.acceptImage`),
          callback: parseCallback(acceptImage, `${path}.acceptImage`),
        } as const);
  const used = OPERATORS.filter((name) => value[name] !== undefined);
  if (used.length > 1)
    throw optionError(
      'invalid-option',
      `"${path}" has ${used.map((name) => `"${name}"`).join(' and ')}; they exclude each other; combine them with allOf or anyOf`,
    );
  if (value['of'] !== undefined && used[0] !== 'atLeast')
    throw optionError('invalid-option', `"${path}.of" belongs to "atLeast"`);
  const [operator] = used;
  if (operator === undefined) {
    if (callback !== undefined && outer.depth > 0) return callback;
    throw optionError('signer-required', `"${path}" must name who may sign: signedBy: { issuer, subject } or { key }`);
  }
  const node = parseOperator(operator, value, path, inner);
  return callback === undefined ? node : { kind: 'all-of', path, of: [node, callback] };
}

function parseOperator(
  operator: (typeof OPERATORS)[number],
  value: Readonly<Record<string, unknown>>,
  path: string,
  inner: Inherited,
): ParsedNode {
  const { require, acceptTypes, acceptManifests } = inner;
  const at = pathInPolicy(`${path}.${operator}`);
  const operand = value[operator];
  switch (operator) {
    case 'signedBy':
      return { kind: 'signed-by', path: at, rules: rulesOf(operand, at, inner), require, acceptTypes, acceptManifests };
    case 'dangerouslyAcceptAnySigner':
      if (operand !== true) throw optionError('invalid-option', `"${at}" takes the literal true`);
      return {
        kind: 'signed-by',
        path: at,
        rules: [{ kind: 'any', path: at, annotations: [], bounds: {} }],
        require,
        acceptTypes,
        acceptManifests,
      };
    case 'atLeast': {
      const rules = Array.isArray(value['of'])
        ? value['of'].map((rule, index) => parseRule(rule, `${path}.of[${index}]`))
        : [];
      if (rules.length === 0) throw optionError('signer-required', `"${path}.of" must be a list of rules`);
      // A threshold that can't be reached, or of zero, is a mistake.
      if (typeof operand !== 'number' || !Number.isSafeInteger(operand) || operand < 1 || operand > rules.length)
        throw optionError(
          'invalid-option',
          `"${at}" must be a whole number from 1 to ${rules.length}, the number of rules`,
        );
      if (inner.isNegated && rules.some(({ accept }) => accept !== undefined)) throw underNot(`${path}.of`);
      return { kind: 'at-least', path: at, count: operand, rules, require, acceptTypes, acceptManifests };
    }
    case 'attested': {
      const { type, predicate, signedBy } = parseObject(operand, ['type', 'signedBy', 'predicate'], at);
      if (typeof type !== 'string' || type === '')
        throw optionError('invalid-option', `"${at}.type" must be a predicate type or one of cosign's short names`);
      const types = predicateTypesOf(type);
      const rules = rulesOf(signedBy, `${at}.signedBy`, inner);
      assertReleaseTypes(rules, types, `${at}.signedBy`);
      return {
        kind: 'attested',
        path: at,
        types,
        rules,
        require,
        ...(predicate === undefined ? {} : { predicate: parsePredicate(predicate, `${at}.predicate`) }),
      };
    }
    case 'vex':
      return parseVex(operand, at, inner);
    case 'allOf':
    case 'anyOf': {
      if (!Array.isArray(operand) || operand.length === 0)
        throw optionError('invalid-option', `"${at}" must be a non-empty list of policies`);
      const of = operand.map((child, index) => parseNode(child, `${at}[${index}]`, inner));
      // As an alternative to a signature, a callback would let unsigned images in.
      if (operator === 'anyOf' && of.some(({ kind }) => kind === 'accept-image'))
        throw optionError('invalid-option', `"${at}" has a bare acceptImage; callbacks can only narrow: use allOf`);
      return { kind: operator === 'allOf' ? 'all-of' : 'any-of', path: at, of };
    }
    case 'not':
      return { kind: 'not', path: at, of: [parseNode(operand, at, { ...inner, isNegated: true })] };
  }
}

function rulesOf(value: unknown, path: string, { isNegated }: Inherited): readonly ParsedRule[] {
  const rules = parseRules(value, path);
  if (isNegated && rules.some(({ accept }) => accept !== undefined)) throw underNot(path);
  return rules;
}

/**
 * GitHub only attests releases under the type `release`: under any other type, such a rule could never hold.
 *
 * @throws TypeError `invalid-option`
 */
export function assertReleaseTypes(rules: readonly ParsedRule[], types: readonly string[], path: string): void {
  const other = types.find((type) => !RELEASE_TYPES.includes(type));
  if (other !== undefined && rules.some(({ kind }) => kind === 'release'))
    throw optionError('invalid-option', `"${path}" asks for a githubRelease, whose type is "release", not ${other}`);
}

function parseVex(vex: unknown, path: string, inner: Inherited): ParsedNode {
  const value = parseObject(vex, ['signedBy', 'refuse', 'vulnerabilities'], path);
  const refuse = value['refuse'] ?? ['affected', 'under_investigation'];
  if (!Array.isArray(refuse) || refuse.length === 0 || refuse.some((status) => !STATUSES.includes(status as VexStatus)))
    throw optionError('invalid-option', `"${path}.refuse" must be a list of ${STATUSES.join(', ')}`);
  const vulnerabilities = parseTypes(value['vulnerabilities'], `${path}.vulnerabilities`);
  const types = predicateTypesOf('openvex');
  const rules = rulesOf(value['signedBy'], `${path}.signedBy`, inner);
  assertReleaseTypes(rules, types, `${path}.signedBy`);
  return {
    kind: 'vex',
    path,
    types,
    rules,
    require: inner.require,
    refuse: refuse as VexStatus[],
    ...(vulnerabilities === undefined ? {} : { vulnerabilities }),
  };
}

function parseTypes(value: unknown, path: string): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value) || value.some((type) => typeof type !== 'string' || type === ''))
    throw optionError('invalid-option', `"${path}" must be a list of non-empty strings`);
  return value as string[];
}

function parseTrue(value: unknown, path: string): true | undefined {
  if (value !== undefined && value !== true) throw optionError('invalid-option', `"${path}" takes the literal true`);
  return value;
}

function parseRequire(value: unknown, path: string): RequiredEvidence {
  if (value === undefined) return {};
  const counts = parseObject(value, ['log', 'sct', 'time', 'tsa'], path);
  // A comparison with NaN is always false, so it would be no threshold at all: only whole numbers count.
  for (const [name, count] of Object.entries(counts))
    if (count !== undefined && !(Number.isSafeInteger(count) && (count as number) >= 0 && (count as number) <= 32))
      throw optionError('invalid-option', `"${path}.${name}" must be a whole number from 0 to 32`);
  return Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== undefined));
}

/** Under `not`, refusing accepts, so a callback that fails would widen the policy. */
function underNot(path: string): TypeError {
  return optionError('callback-under-not', `"${path}" has a callback under "not", where refusing would accept`);
}
