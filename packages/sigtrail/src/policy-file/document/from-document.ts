import { optionError } from '@sigtrail/encoding';
import { type GithubWorkflow, githubWorkflow, type GitlabPipeline, gitlabPipeline } from '../../policy/ci-rules.ts';
import { parseKey } from '../../keys/parse-key.ts';
import { assertKeys } from '../../policy/parse-options.ts';
import { glob, re2, re2Search } from '../../policy/pattern.ts';
import type { ImagePolicy } from '../../policy/policy.ts';

/** Reads the file of a key that a policy names. */
export type ReadKeyFile = (path: string) => string;

const PATTERNS = { glob, re2, re2Search } as const;
const POLICIES: readonly string[] = ['allOf', 'anyOf'];
const RULES: readonly string[] = ['signedBy', 'of'];

/**
 * Turns the plain data of a policy file into a policy: `{ glob: … }` into patterns, `{ githubWorkflow: … }` into rules, key files into keys.
 * Whether the policy makes sense is checked when it is used.
 *
 * @throws TypeError with the path in quotes
 */
export function fromDocument(value: unknown, readKeyFile?: ReadKeyFile): ImagePolicy {
  const document = recordOf(value, 'policy');
  const { apiVersion, kind } = document;
  if (typeof apiVersion === 'string' && typeof kind === 'string')
    throw optionError(
      'invalid-option',
      `"version" must be 1, and this is a ${kind} of ${apiVersion}: importKubernetesPolicies, or sigtrail policy import FILE, makes a policy of it`,
    );
  const { version, $schema: _, ...rest } = document;
  if (version !== 1)
    throw optionError('invalid-option', `"version" must be 1, got ${JSON.stringify(version) ?? 'nothing'}`);
  return toPolicy(rest, 'policy', readKeyFile);
}

function toPolicy(value: unknown, path: string, readKeyFile: ReadKeyFile | undefined): ImagePolicy {
  const fields = Object.entries(recordOf(value, path)).map(([name, operand]) => {
    const at = path === 'policy' ? name : `${path}.${name}`;
    if (name === 'acceptImage') throw optionError('invalid-option', `"${at}" is code, which a file can't hold`);
    if (POLICIES.includes(name))
      return [name, listOf(operand, at).map((one, index) => toPolicy(one, `${at}[${index}]`, readKeyFile))];
    if (name === 'not') return [name, toPolicy(operand, at, readKeyFile)];
    if (RULES.includes(name)) return [name, toRules(operand, at, readKeyFile)];
    if (name === 'attested' || name === 'vex') return [name, toAttested(operand, at, readKeyFile)];
    return [name, operand];
  });
  // `parsePolicy` decides what it is: it refuses unknown operators.
  return Object.fromEntries(fields) as ImagePolicy;
}

function toAttested(value: unknown, path: string, readKeyFile: ReadKeyFile | undefined): object {
  return Object.fromEntries(
    Object.entries(recordOf(value, path)).map(([name, operand]) => {
      if (name === 'signedBy') return [name, toRules(operand, `${path}.signedBy`, readKeyFile)];
      if (name !== 'predicate') return [name, operand];
      const members = recordOf(operand, `${path}.predicate`);
      assertKeys(members, ['slsa', 'vsa'], `${path}.predicate`);
      const kinds = Object.keys(members);
      const [kind] = kinds;
      if (kind === undefined || kinds.length > 1)
        throw optionError('invalid-option', `"${path}.predicate" must have exactly one of slsa, vsa`);
      const at = `${path}.predicate.${kind}`;
      return [name, { [kind]: toMatchers(recordOf(members[kind], at), at) }];
    }),
  );
}

function toRules(value: unknown, path: string, readKeyFile: ReadKeyFile | undefined): unknown {
  return Array.isArray(value)
    ? value.map((one, index) => toRule(one, `${path}[${index}]`, readKeyFile))
    : toRule(value, path, readKeyFile);
}

function toRule(value: unknown, path: string, readKeyFile: ReadKeyFile | undefined): unknown {
  const rule = recordOf(value, path);
  for (const [name, make] of [
    ['githubWorkflow', githubWorkflow],
    ['gitlabPipeline', gitlabPipeline],
  ] as const) {
    if (!(name in rule)) continue;
    assertKeys(rule, [name], path);
    const members = toMatchers(recordOf(rule[name], `${path}.${name}`), `${path}.${name}`);
    try {
      // The input comes from a file, but both helpers check every member themselves.
      return make(members as unknown as GithubWorkflow & GitlabPipeline);
    } catch (error) {
      // The helper only knows its own name.
      throw error instanceof TypeError && 'code' in error
        ? optionError(String(error.code), error.message.replace(`"${name}.`, `"${path}.${name}.`))
        : error;
    }
  }
  if ('githubRelease' in rule) return rule;
  if ('accept' in rule) throw optionError('invalid-option', `"${path}.accept" is code, which a file can't hold`);
  const { keyFile, ...rest } = rule;
  if (keyFile === undefined) return toMatchers(rest, path);
  if (typeof keyFile !== 'string' || readKeyFile === undefined || 'key' in rest)
    throw optionError(
      'invalid-option',
      `"${path}.keyFile" must be the path of a PEM public key, without a "key", in a policy that is read from a file`,
    );
  const key = readKeyFile(keyFile);
  try {
    parseKey(key, keyFile);
  } catch (error) {
    // Says which file it was, and where the policy names it.
    throw error instanceof TypeError && 'code' in error
      ? optionError('invalid-key', `"${path}.keyFile" can't be used: ${error.message}`)
      : error;
  }
  return { ...toMatchers(rest, path), key };
}

function toMatchers(fields: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      const at = `${path}.${name}`;
      // A JWK is an object of its own.
      if (name === 'key') return [name, value];
      return [name, name === 'annotations' ? toTexts(recordOf(value, at), at) : toMatcher(value, at)];
    }),
  );
}

/** The signer chooses the names of annotations: an annotation named `key` is not a key. */
function toTexts(annotations: Readonly<Record<string, unknown>>, path: string): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [name, toMatcher(value, `${path}.${name}`)]),
  );
}

function toMatcher(value: unknown, path: string): unknown {
  if (Array.isArray(value)) return value.map((one, index) => toMatcher(one, `${path}[${index}]`));
  // YAML reads 1234 as a number, and `yes` or a bare date as something that the author did not mean.
  if (typeof value === 'number' || typeof value === 'boolean')
    throw optionError('invalid-option', `"${path}" must be text; put it in quotes: "${String(value)}"`);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length !== 1 || first === undefined)
    throw optionError(
      'invalid-option',
      `"${path}" must be text, a list, or one of { glob }, { re2 }, { re2Search }, { uri }, { email }, …`,
    );
  const [kind, source] = first as [string, unknown];
  if (Object.hasOwn(PATTERNS, kind)) {
    try {
      return PATTERNS[kind as keyof typeof PATTERNS](source as string);
    } catch (error) {
      throw optionError('invalid-pattern', `"${path}.${kind}": ${error instanceof Error ? error.message : ''}`);
    }
  }
  return { [kind]: toMatcher(source, `${path}.${kind}`) };
}

function recordOf(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw optionError('invalid-option', `"${path}" must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

function listOf(value: unknown, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw optionError('invalid-option', `"${path}" must be a list of policies`);
  return value;
}
