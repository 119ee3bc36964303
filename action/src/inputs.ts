import { globSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type GateFilesOptions, type PolicyMap, readPolicyMapFile } from '@sigtrail/gate';
import type { ImagePolicy, VerifierOptions } from 'sigtrail';
import { readPolicy } from 'sigtrail/policy-file';

/** What the workflow asks for. */
export interface Inputs {
  readonly images: readonly string[];
  readonly files: readonly string[];
  /** For `images`; the map decides about them where it is absent. */
  readonly policy?: ImagePolicy;
  readonly map?: PolicyMap;
  /** Where the map is. */
  readonly mapFile?: string;
  readonly verifier: VerifierOptions;
  /** What is done with `files` besides. */
  readonly gate: Pick<GateFilesOptions, 'pin' | 'check' | 'lock'>;
  /** The variables that Compose files in `files` may fill in. */
  readonly variables: Readonly<Record<string, string>>;
  /** Where what was found in `files` is written as SARIF. */
  readonly sarif?: string;
}

/** The workflow asks for something that can't be done. */
export class InputError extends Error {
  override readonly name = 'InputError';
}

/** Reads the inputs, as a runner gives them: `INPUT_POLICY-MAP`. @throws InputError; SigtrailError and GateError for files that can't be read as what they are */
export function readInputs(environment: Readonly<Record<string, string | undefined>>): Inputs {
  const input = (name: string): string | undefined => {
    const text = environment[`INPUT_${name.toUpperCase()}`]?.trim();
    return text === '' ? undefined : text;
  };
  const images = linesOf(input('images'));
  const patterns = linesOf(input('files'));
  if (images.length === 0 && patterns.length === 0)
    throw new InputError('nothing to verify: give "images", "files" or both');
  const [pin, check] = [isTrue('pin', input('pin')), isTrue('check', input('check'))];
  const policy = policyOf(input);
  const mapFile = input('policy-map');
  const map = mapFile === undefined ? undefined : readPolicyMapFile(mapFile);
  if (patterns.length > 0 && map === undefined) throw new InputError('"files" needs a "policy-map"');
  if (images.length > 0 && policy === undefined && map === undefined)
    throw new InputError(
      '"images" needs a "policy", "certificate-identity" and "certificate-oidc-issuer", or a "policy-map"',
    );
  const root = input('trusted-root');
  const lock = input('lock');
  const sarif = input('sarif');
  const variables = variablesOf(linesOf(input('env')));
  const isGiven = {
    pin,
    check,
    lock: lock !== undefined,
    env: Object.keys(variables).length > 0,
    sarif: sarif !== undefined,
  };
  for (const [name, isAsked] of Object.entries(isGiven))
    if (isAsked && patterns.length === 0) throw new InputError(`"${name}" is about "files", and none are given`);
  return {
    images,
    files: patterns.flatMap(filesOf),
    ...(policy === undefined ? {} : { policy }),
    ...(map === undefined || mapFile === undefined ? {} : { map, mapFile }),
    verifier: root === undefined ? {} : { trust: { file: root } },
    variables,
    gate: { pin, check, ...(lock === undefined ? {} : { lock }) },
    ...(sarif === undefined ? {} : { sarif }),
  };
}

/** The spellings of YAML 1.2, as the runner's own actions take them: a typo must not mean no. */
function isTrue(name: string, text: string | undefined): boolean {
  if (text === undefined || /^(?:false|False|FALSE)$/.test(text)) return false;
  if (/^(?:true|True|TRUE)$/.test(text)) return true;
  throw new InputError(`"${name}" must be true or false, and is ${JSON.stringify(text)}`);
}

/** Lines that are not empty, without comments. */
function linesOf(text: string | undefined): readonly string[] {
  return (text ?? '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}

/** Lines of the form `NAME=value`, each name once. A message never shows a line: it may hold a secret. */
function variablesOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const variables = new Map<string, string>();
  for (const line of lines) {
    const [, name, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined || variables.has(name))
      throw new InputError('"env" takes one NAME=value on each line, and has a line without it, or a name twice');
    variables.set(name, value);
  }
  return Object.fromEntries(variables);
}

/** A pattern that matches nothing is a mistake: a file that was renamed must not pass for want of images. */
function filesOf(pattern: string): readonly string[] {
  const found = globSync(pattern).toSorted();
  if (found.length === 0) throw new InputError(`no file matches ${JSON.stringify(pattern)}`);
  return found;
}

function policyOf(input: (name: string) => string | undefined): ImagePolicy | undefined {
  const file = input('policy');
  const subject = input('certificate-identity');
  const issuer = input('certificate-oidc-issuer');
  if ((subject === undefined) !== (issuer === undefined))
    throw new InputError('"certificate-identity" and "certificate-oidc-issuer" need each other');
  if (file !== undefined && subject !== undefined)
    throw new InputError('"policy" and "certificate-identity" exclude each other');
  if (subject !== undefined && issuer !== undefined) return { signedBy: { issuer, subject } };
  return file === undefined
    ? undefined
    : readPolicy(read(file), { file, readKeyFile: (path) => read(resolve(dirname(file), path)) });
}

/** The text of a file. @throws InputError */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new InputError(`${file} can’t be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
