import { checkOptions, expecting, type OptionTable, requireText, suggestName } from '@sigtrail/encoding';
import { formatMemberPath } from '@sigtrail/encoding/documents';
import type { z } from 'zod';
import { isSigtrailError } from 'sigtrail';
import { readLocatedPolicy, type ReadKeyFile } from 'sigtrail/policy-file';
import { GateError } from '../error.ts';
import { readStrictDocument, stepsOf, type StrictDocument } from '../yaml/strict-document.ts';
import { parseEnd } from './end-date.ts';
import { type ImagePattern, parseImagePattern } from './image-pattern.ts';
import { MapDocument } from './map-document.ts';
import { policyFor } from './policy-for.ts';
import type { MapException, MapPolicy, MapRule, PolicyMap, RuleName } from './policy-map.ts';

/** How a policy map is read. */
export interface ParsePolicyMapOptions {
  /** Its name in errors and rules. */
  readonly file?: string;
  /** Reads the file of a policy (`{ file }`), relative to wherever the caller means; without it such policies are refused. */
  readonly readPolicyFile?: (path: string) => { readonly file: string; readonly text: string };
  /** Reads the `keyFile` of a rule: beside the map, or beside the policy file that names it. */
  readonly readKeyFile?: (path: string, from: string) => string;
}

/**
 * Reads a policy map (YAML or JSON, `version: 1`), and checks its patterns, its policies and its dates.
 *
 * @throws GateError `invalid-policy-map` with file, line and column
 * @example
 * const map = parsePolicyMap(await readFile('sigtrail.yaml', 'utf8'), { file: 'sigtrail.yaml' });
 * const answer = map.policyFor('nginx:1.27', new Date());
 */
export function parsePolicyMap(text: string, options: ParsePolicyMapOptions = {}): PolicyMap {
  requireText(text, 'parsePolicyMap', 'text');
  checkOptions(options, OPTIONS, 'parsePolicyMap');
  const { file = 'policy-map' } = options;
  const read = readStrictDocument(text);
  if ('message' in read) throw new GateError('invalid-policy-map', read.message, { ...read, file });
  const source: MapSource = { file, document: read, options };
  const parsed = MapDocument.safeParse(read.value);
  if (!parsed.success) throw shapeError(source, parsed.error);
  const { policies = {}, images, exceptions: excepted = [] } = parsed.data;
  const named = new Map(
    Object.entries(policies).map(([name, value]) => [name, policyOf(source, name, value, ['policies', name])]),
  );
  const held: MapPolicy[] = [...named.values()];
  const rules = images.flatMap(({ match, policy, mode = 'enforce' }, index): readonly MapRule[] => {
    const found =
      typeof policy === 'string'
        ? named.get(policy)
        : policyOf(source, `images[${index}]`, policy, ['images', index, 'policy']);
    if (found === undefined)
      throw mapError(
        source,
        ['images', index, 'policy'],
        `"images[${index}].policy" names ${JSON.stringify(policy)}, which is not in "policies"`,
      );
    if (typeof policy !== 'string') held.push(found);
    const asks = JSON.stringify([mode, typeof policy === 'string' ? (policies[policy] ?? policy) : policy]);
    return patternsOf(source, match, ['images', index]).map(({ pattern, name }) => ({
      name,
      pattern,
      policy: found.policy,
      policyName: found.name,
      mode,
      asks,
    }));
  });
  const exceptions = excepted.flatMap(({ match, reason, until }, index): readonly MapException[] => {
    const endsAt = parseEnd(until);
    if (endsAt === undefined)
      throw mapError(
        source,
        ['exceptions', index, 'until'],
        `"exceptions[${index}].until" must be a day such as 2027-01-31, the last one it holds for, or a time such as 2027-01-31T12:00:00Z`,
      );
    return patternsOf(source, match, ['exceptions', index]).map((one) => ({ ...one, reason, until, endsAt }));
  });
  const parts = { rules, exceptions };
  return { file, ...parts, policies: held, policyFor: (reference, now) => policyFor(parts, reference, now) };
}

const OPTIONS: OptionTable<ParsePolicyMapOptions> = {
  file: expecting('text', (value) => typeof value === 'string'),
  readPolicyFile: expecting('a function', (value) => typeof value === 'function'),
  readKeyFile: expecting('a function', (value) => typeof value === 'function'),
};

interface MapSource {
  readonly file: string;
  readonly document: StrictDocument;
  readonly options: ParsePolicyMapOptions;
}

function patternsOf(
  source: MapSource,
  match: string | readonly string[],
  steps: readonly (string | number)[],
): readonly { readonly pattern: ImagePattern; readonly name: RuleName }[] {
  const texts = typeof match === 'string' ? [match] : match;
  return texts.map((text, index) => {
    const at = [...steps, 'match', ...(typeof match === 'string' ? [] : [index])];
    const pattern = parseImagePattern(text);
    const path = formatMemberPath(steps);
    if ('problem' in pattern)
      throw mapError(source, at, `"${formatMemberPath(at)}" ${JSON.stringify(text)} ${pattern.problem}`);
    return { pattern, name: { file: source.file, path, pattern: text, ...source.document.locate(at) } };
  });
}

function policyOf(source: MapSource, name: string, value: unknown, steps: readonly (string | number)[]): MapPolicy {
  const { file, document, options } = source;
  const { readKeyFile, readPolicyFile } = options;
  if (typeof value !== 'object' || value === null)
    throw mapError(source, steps, `"${formatMemberPath(steps)}" must be { file: … }, or a policy`);
  if ('file' in value) {
    const path: unknown = value.file;
    if (typeof path !== 'string' || Object.keys(value).length !== 1 || readPolicyFile === undefined)
      throw mapError(
        source,
        steps,
        `"${formatMemberPath(steps)}.file" must be the path of a policy file, alone, and the map read from a file`,
      );
    const held = readPolicyFile(path);
    const { policy, locate } = readPolicyText(source, [...steps, 'file'], held.text, held.file, readKeyFile);
    return { name: steps[0] === 'images' ? path : name, policy, file: held.file, locate };
  }
  const text = JSON.stringify({ version: 1, ...value });
  const { policy } = readPolicyText(source, steps, text, undefined, readKeyFile);
  return {
    name,
    policy,
    file,
    locate: (path) => document.locate([...steps, ...stepsOf(path.replace(/^policy(?:\.|$)/, ''))]),
  };
}

function readPolicyText(
  source: MapSource,
  steps: readonly (string | number)[],
  text: string,
  file: string | undefined,
  readKeyFile: ParsePolicyMapOptions['readKeyFile'],
): ReturnType<typeof readLocatedPolicy> {
  const from = file ?? source.file;
  const reader: { readonly readKeyFile?: ReadKeyFile } =
    readKeyFile === undefined ? {} : { readKeyFile: (path) => readKeyFile(path, from) };
  try {
    return readLocatedPolicy(text, { ...reader, ...(file === undefined ? {} : { file }) });
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    if (file !== undefined) throw mapError(source, steps, error.message, error);
    // Its own place is one in the text that was made of this part of the map.
    const why = error.cause instanceof Error ? error.cause.message : error.message;
    throw mapError(source, [...steps, ...stepsOf(error.path ?? '')], `"${formatMemberPath(steps)}": ${why}`, error);
  }
}

/** A key that is not known comes first: what it was meant to be is missing because of it. */
function shapeError(source: MapSource, { issues }: z.ZodError): GateError {
  for (const { code, path, ...issue } of issues) {
    const [unknown] = code === 'unrecognized_keys' && 'keys' in issue ? issue.keys : [];
    if (unknown === undefined) continue;
    const known = KEYS[String(path[0] ?? '')] ?? [];
    const at = [...path, unknown];
    return mapError(source, at, `unknown member "${formatMemberPath(at)}"; ${suggestName(unknown, known)}`);
  }
  const [issue] = issues;
  const path = issue?.path ?? [];
  const where = path.length === 0 ? 'the map' : `"${formatMemberPath(path)}"`;
  return mapError(source, path, `${where} ${messageOf(issue?.message)}`);
}

const KEYS: Readonly<Record<string, readonly string[]>> = {
  '': ['version', 'policies', 'images', 'exceptions'],
  images: ['match', 'policy', 'mode'],
  exceptions: ['match', 'reason', 'until'],
};

function messageOf(message = 'is not valid'): string {
  return message.startsWith('Invalid input: ') ? `is not valid: ${message.slice('Invalid input: '.length)}` : message;
}

function mapError(
  { file, document }: MapSource,
  steps: readonly PropertyKey[],
  message: string,
  cause?: unknown,
): GateError {
  return new GateError('invalid-policy-map', message, {
    file,
    position: document.locate(steps),
    path: formatMemberPath(steps),
    ...(cause === undefined ? {} : { cause }),
  });
}
