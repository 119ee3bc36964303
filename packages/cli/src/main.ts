import { isLogAlarm, isRekorError } from '@sigtrail/rekor';
import { Command, CommanderError } from 'commander';
import { isOciError } from 'oci-client-lite/names';
import { isSigtrailError } from 'sigtrail';
import { safeText, VERSION } from 'sigtrail/report';
import { withoutBooleanValues } from './boolean-flags.ts';
import { COMMANDS, commandsFor } from './commands.ts';
import { type Defaults, PUBLIC_DEFAULTS } from './defaults.ts';
import type { ExitCode } from './exit-code.ts';
import { unknownCommand } from './elsewhere.ts';
import { helpPages, withHelpPages } from './help-pages.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage-error.ts';

/** Runs one command line. Never exits the process, never throws for what a user typed or the world is like. */
export async function main(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  return runWith(PUBLIC_DEFAULTS, argv, streams);
}

/** The same with what flags leave open: tests give servers on loopback. */
export async function runWith(defaults: Defaults, argv: readonly string[], streams: Streams): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const exit = (code: ExitCode): void => {
    exitCode = code;
  };
  try {
    if (argv.length === 0)
      throw new UsageError(`expected a command (${namesOfCommands().join(', ')}); sigtrail --help explains them`);
    const program = await createProgram(streams, exit, defaults, commandsFor(argv));
    await program.parseAsync([...withoutBooleanValues(argv)], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return explain(error, streams);
  }
}

/** The program as `main` runs it: with all its commands, or with some. */
export async function createProgram(
  streams: Streams,
  exit: (code: ExitCode) => void,
  defaults: Defaults = PUBLIC_DEFAULTS,
  groups: typeof COMMANDS = COMMANDS,
): Promise<Command> {
  const program = new Command('sigtrail')
    .description('Who signed this container image, where is that on record, and may I run it?')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand(false);
  const configure = (command: Command): Command =>
    command.exitOverride().configureOutput({
      writeOut: streams.stdout,
      // Help that is shown because a sub-command is missing keeps its lines.
      writeErr: (text) => streams.stderr(text.replaceAll(/[^\n]+/g, safeText)),
      // One line, whatever commander adds for suggestions.
      outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}\n`),
    });
  configure(program);
  for (const [heading, commands] of Object.entries(groups)) {
    program.commandsGroup(`${heading}:`);
    for (const load of Object.values(commands)) {
      const add = await load();
      add({ ...streams, defaults, command: (name) => configure(program.command(name)), exit });
    }
  }
  for (const group of [program, ...program.commands.filter(({ commands }) => commands.length > 0)])
    group.on('command:*', ([name = '']: readonly string[]) => {
      throw new UsageError(unknownCommand(pathOf(group), name, namesOf(group), namesBelow('rekor')));
    });
  return withHelpPages(program);
}

function namesOfCommands(): readonly string[] {
  return Object.values(COMMANDS).flatMap((commands) => Object.keys(commands));
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}

function namesOf({ commands }: Command): readonly string[] {
  return commands.map((command) => command.name());
}

function namesBelow(name: string): readonly string[] {
  return Object.keys(helpPages).flatMap((path) => (path.startsWith(`${name} `) ? [path.slice(name.length + 1)] : []));
}

/** The command line, or a file that it names, is wrong. An unreadable file is a `UsageError` before any request. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  'invalid-reference',
  'invalid-layout',
  'invalid-trusted-root',
  'invalid-key',
  'invalid-capsule',
  'invalid-journal',
  'invalid-policy',
  'invalid-bundle',
  'invalid-digest',
]);

function explain(error: unknown, { stderr }: Streams): ExitCode {
  const message = error instanceof Error ? error.message : 'unknown error';
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  stderr(`sigtrail: ${safeText(message)}${code === '' ? '' : ` [${safeText(code)}]`}\n`);
  // A TypeError without a code of ours, such as Node's ERR_…, is a mistake in this program, not in the command line.
  if (error instanceof UsageError || (error instanceof TypeError && /^[a-z-]+$/.test(code))) return 2;
  if (isLogAlarm(error)) return 30;
  // A log that refuses a question says so itself: what can't be meant is a UsageError before any log is asked.
  if (isRekorError(error)) return error.code === 'not-found' ? 11 : 14;
  if (isOciError(error) && error.code === 'not-found') return 11;
  if (!isSigtrailError(error) && !isOciError(error)) return 14;
  if (error.code === 'image-not-found') return 11;
  return USAGE_CODES.has(error.code) ? 2 : 14;
}
