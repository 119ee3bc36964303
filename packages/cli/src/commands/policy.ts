import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  importCosignCommand,
  importGhCommand,
  type ImportedPolicy,
  importKubernetesPolicies,
  type LintLevel,
  lintPolicy,
  type LocatedPolicy,
  type NotExpressed,
  readLocatedPolicy,
  toPolicyDocument,
  toSarif,
  writePolicy,
} from 'sigtrail/policy-file';
import { parsePublicKey } from 'sigtrail/policy';
import { safeText } from 'sigtrail/report';
import type { CommandContext } from '../command.ts';
import type { ExitCode } from '../exit-code.ts';
import { toJsonLine } from '../json-line.ts';
import type { Streams } from '../streams.ts';
import { UsageError } from '../usage-error.ts';

/** `sigtrail policy …`: policies as files. */
export function addPolicy(context: CommandContext): void {
  const policy = context.command('policy').description('policy files: lint, import').helpCommand(false);
  addLint(policy, context);
  addImport(policy, context);
}

interface LintFlags {
  readonly output: string;
  readonly failOn: string;
  readonly reference?: readonly string[];
}

const LEVELS: readonly LintLevel[] = ['error', 'warning', 'note'];

function addLint(parent: Command, { exit, ...streams }: CommandContext): void {
  parent
    .command('lint')
    .description('find where a policy lets in more than it seems to')
    .argument('<file>', 'policy file, JSON or YAML')
    .option(
      '--reference <ref>',
      'an image that it is used for; repeatable',
      (value: string, all: readonly string[] | undefined) => [...(all ?? []), value],
    )
    .option('--fail-on <level>', 'the lowest level of finding that gives exit code 12: error, warning or note', 'error')
    .option('-o, --output <format>', 'text, json or sarif', 'text')
    .action(async (file: string, flags: LintFlags) => exit(await lint(file, flags, streams)));
}

async function lint(file: string, { output, failOn, reference }: LintFlags, { stdout }: Streams): Promise<ExitCode> {
  if (!['text', 'json', 'sarif'].includes(output))
    throw new UsageError(`--output must be text, json or sarif, got ${JSON.stringify(output)}`);
  const worst = LEVELS.findIndex((level) => level === failOn);
  if (worst < 0) throw new UsageError(`--fail-on must be error, warning or note, got ${JSON.stringify(failOn)}`);
  const { policy, locate } = await readPolicyFile(file);
  const findings = lintPolicy(policy, reference === undefined ? {} : { references: reference });
  if (output === 'sarif')
    stdout(
      toJsonLine(toSarif(findings, { file: relative(process.cwd(), resolve(file)).replaceAll('\\', '/'), locate })),
    );
  else if (output === 'json') stdout(toJsonLine(findings.map((finding) => ({ ...finding, ...locate(finding.path) }))));
  else {
    for (const { code, level, path, message, help } of findings) {
      const { line, column } = locate(path);
      stdout(`${safeText(`${file}:${line}:${column}: ${level} ${code}: ${message} ${help}`)}\n`);
    }
    stdout(`${findings.length} finding(s)\n`);
  }
  return findings.some(({ level }) => LEVELS.indexOf(level) <= worst) ? 12 : 0;
}

function addImport(parent: Command, { exit, ...streams }: CommandContext): void {
  parent
    .command('import')
    .description(
      'make a policy of a Kubernetes file, or of a command line of cosign or gh: import cosign -- verify …, import gh -- attestation verify …',
    )
    .argument(
      '<source>',
      'YAML file with a ClusterImagePolicy (policy-controller, OpenShift) or ImageValidatingPolicy (Kyverno), or the word cosign or gh',
    )
    .argument('[words...]', 'after --: the command line of cosign or gh')
    .option('--name <name>', 'which policy of a file that holds several')
    .option('-o, --output <format>', 'yaml or json', 'yaml')
    .action(async (source: string, words: readonly string[], flags: ImportFlags) =>
      exit(await importPolicy(source, words, flags, streams)),
    );
}

interface ImportFlags {
  readonly output: string;
  readonly name?: string;
}

async function importPolicy(
  source: string,
  words: readonly string[],
  { output, name }: ImportFlags,
  { stdout, stderr }: Streams,
): Promise<ExitCode> {
  if (!['yaml', 'json'].includes(output))
    throw new UsageError(`--output must be yaml or json, got ${JSON.stringify(output)}`);
  const isCommand = source === 'cosign' || source === 'gh';
  if (!isCommand && words.length > 0)
    throw new UsageError('expected one file, or: import cosign -- verify …, import gh -- attestation verify …');
  if (isCommand && name !== undefined) throw new UsageError('--name picks a policy of a file; a command line is one');
  const imported =
    source === 'cosign'
      ? importCosignCommand(words, { readKeyFile: (path) => parsePublicKey(readText(path), `--key ${path}`).pem })
      : source === 'gh'
        ? importGhCommand(words)
        : pick(importKubernetesPolicies(await readInput(source), { file: source }), source, name);
  for (const one of imported.notExpressed) stderr(`${safeText(sayNotExpressed(one))}\n`);
  if (imported.policy === undefined) {
    stderr('sigtrail: too little could be expressed to name a signer; no policy was made\n');
    return 12;
  }
  for (const { code, level, path, message } of lintPolicy(imported.policy))
    stderr(`${safeText(`${level} ${code}: ${path}: ${message}`)}\n`);
  stdout(
    output === 'json'
      ? toJsonLine(toPolicyDocument(imported.policy))
      : `${commentsOf(imported)}${writePolicy(imported.policy)}`,
  );
  return 0;
}

function sayNotExpressed({ what, why, effect }: NotExpressed): string {
  switch (effect) {
    case 'stricter':
      return `not in the policy: ${what}: ${why} (so it refuses more)`;
    case 'elsewhere':
      return `not in the policy: ${what}: ${why}`;
    case 'relaxed':
      return `weakens, as the original does: ${what}: ${why}`;
  }
}

/** The one policy that is asked for: several are never joined in silence, since each is for images of its own. */
function pick(all: readonly ImportedPolicy[], file: string, name: string | undefined): ImportedPolicy {
  const names = all.map((one) => one.name ?? '(without a name)').join(', ');
  const found = name === undefined ? all : all.filter((one) => one.name === name);
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only;
  throw new UsageError(
    name === undefined || found.length > 1
      ? `${file} holds ${found.length} policies, each for its own images (${names}); --name picks one`
      : `${file} holds no policy ${JSON.stringify(name)}, but ${names}`,
  );
}

/** Omissions are noted in the file. */
function commentsOf({ name, references, notExpressed }: ImportedPolicy): string {
  return [
    ...(name === undefined ? [] : [`imported from ${name}`]),
    ...(references.length === 0 ? [] : [`for ${references.join(' ')}`]),
    ...notExpressed.map(
      ({ what, why, effect }) =>
        `${effect === 'relaxed' ? 'weakens, as the original does' : 'not expressed'}: ${what}: ${why}`,
    ),
  ]
    .map((line) => `# ${safeText(line)}\n`)
    .join('');
}

/** Reads a policy file; the keys that it names are beside it. */
export async function readPolicyFile(file: string): Promise<LocatedPolicy> {
  return readLocatedPolicy(await readInput(file), {
    file,
    readKeyFile: (path) => readText(resolve(dirname(file), path)),
  });
}

async function readInput(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

function unreadable(file: string, error: unknown): UsageError {
  return new UsageError(
    `${file} can't be read (${error instanceof Error && 'code' in error ? String(error.code) : 'unknown error'})`,
  );
}
