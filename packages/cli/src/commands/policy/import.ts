import type { Command } from 'commander';
import {
  importCosignCommand,
  importGhCommand,
  type ImportedPolicy,
  importKubernetesPolicies,
  lintPolicy,
  type NotExpressed,
  toPolicyDocument,
  writePolicy,
} from 'sigtrail/policy-file';
import { parsePublicKey } from 'sigtrail/policy';
import { safeText } from 'sigtrail/report';
import type { CommandContext } from '../../command.ts';
import type { ExitCode } from '../../exit-code.ts';
import { toJsonLine } from '../../json-line.ts';
import { type OutputFlags, withOutputFlags, writeResult } from '../../output.ts';
import { readInput, readTextNow } from '../../read-input.ts';
import type { Streams } from '../../streams.ts';
import { UsageError } from '../../usage-error.ts';

/** `sigtrail policy import SOURCE`: a policy file of what another tool enforces. */
export function addImport(parent: Command, { exit, ...streams }: CommandContext): void {
  withOutputFlags(parent.command('import'), ['yaml', 'json'])
    .description(
      'make a policy of a Kubernetes file, or of a command line of cosign or gh: import cosign -- verify …, import gh -- attestation verify …',
    )
    .argument(
      '<source>',
      'YAML file with a ClusterImagePolicy (policy-controller, OpenShift) or ImageValidatingPolicy (Kyverno), or the word cosign or gh',
    )
    .argument('[words...]', 'after --: the command line of cosign or gh')
    .option('--name <name>', 'which policy of a file that holds several')
    .action(async (source: string, words: readonly string[], flags: ImportFlags) =>
      exit(await importPolicy(source, words, flags, streams)),
    );
}

interface ImportFlags extends OutputFlags {
  readonly name?: string;
}

async function importPolicy(
  source: string,
  words: readonly string[],
  flags: ImportFlags,
  { stdout, stderr }: Streams,
): Promise<ExitCode> {
  const { output, name } = flags;
  const isCommand = source === 'cosign' || source === 'gh';
  if (!isCommand && words.length > 0)
    throw new UsageError('expected one file, or: import cosign -- verify …, import gh -- attestation verify …');
  if (isCommand && name !== undefined) throw new UsageError('--name picks a policy of a file; a command line is one');
  const imported =
    source === 'cosign'
      ? importCosignCommand(words, {
          readKeyFile: (path) => parsePublicKey(readTextNow('--key', path), `--key ${path}`).pem,
        })
      : source === 'gh'
        ? importGhCommand(words)
        : pick(importKubernetesPolicies(await readInput('<source>', source), { file: source }), source, name);
  for (const one of imported.notExpressed) stderr(`${safeText(sayNotExpressed(one))}\n`);
  if (imported.policy === undefined) {
    stderr('sigtrail: too little could be expressed to name a signer; no policy was made\n');
    return 12;
  }
  for (const { code, level, path, message } of lintPolicy(imported.policy))
    stderr(`${safeText(`${level} ${code}: ${path}: ${message}`)}\n`);
  await writeResult(
    output === 'json'
      ? toJsonLine(toPolicyDocument(imported.policy))
      : `${commentsOf(imported)}${writePolicy(imported.policy)}`,
    flags,
    stdout,
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
