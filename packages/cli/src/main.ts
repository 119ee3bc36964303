import { Command, CommanderError } from 'commander';
import { safeText, VERSION } from 'sigtrail/report';
import { withoutBooleanValues } from './boolean-flags.ts';
import { COMMANDS, commandsFor } from './commands.ts';
import { type Defaults, PUBLIC_DEFAULTS } from './defaults.ts';
import type { ExitCode } from './exit-code.ts';
import { unknownCommand } from './elsewhere.ts';
import { environmentNotes } from './environment-notes.ts';
import { errorInWords, exitCodeOfError } from './explain-error.ts';
import { helpPages, withHelpPages } from './help-pages.ts';
import { parseErrorText } from './parse-error.ts';
import { type Shown, showOn } from './shown-streams.ts';
import type { Streams } from './streams.ts';
import { withColorFlag } from './terminals.ts';
import { traceHttp } from './trace-http.ts';
import { UsageError } from './usage-error.ts';
import { warnOn } from './warnings.ts';

/** Runs one command line. Never exits the process, never throws for what a user typed or the world is like. */
export async function main(argv: readonly string[], streams: Streams): Promise<ExitCode> {
  return runWith(PUBLIC_DEFAULTS, argv, streams);
}

/** The same with what flags leave open: tests give servers on loopback. */
export async function runWith(defaults: Defaults, argv: readonly string[], given: Streams): Promise<ExitCode> {
  let exitCode: ExitCode = 0;
  const exit = (code: ExitCode): void => {
    exitCode = code;
  };
  const shown = showOn(given);
  const { streams } = shown;
  let stopTrace = (): void => undefined;
  try {
    const program = await createProgram(streams, exit, defaults, commandsFor(argv), shown.chooseColor);
    if (argv.length === 0) {
      program.outputHelp({ error: true });
      throw new UsageError('expected a command, for example: sigtrail inspect IMAGE');
    }
    program.hook('preAction', (_, command) => {
      const flags = command.opts<{ readonly traceHttp?: boolean }>();
      shown.begin([...pathOf(command).split(' ').slice(1), ...command.args.slice(0, 1)].join(' '), flags);
      for (const note of environmentNotes(command)) warnOn(streams)(note);
      if (flags.traceHttp === true) stopTrace = traceHttp(streams);
    });
    await program.parseAsync([...withoutBooleanValues(argv)], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    warnOn(streams)(`sigtrail: ${errorInWords(error)}`);
    return exitCodeOfError(error);
  } finally {
    stopTrace();
    shown.end();
  }
}

/** The program as `main` runs it: with all its commands, or with some. */
export async function createProgram(
  streams: Streams,
  exit: (code: ExitCode) => void,
  defaults: Defaults = PUBLIC_DEFAULTS,
  groups: typeof COMMANDS = COMMANDS,
  chooseColor: Shown['chooseColor'] = () => undefined,
): Promise<Command> {
  const program = new Command('sigtrail')
    .description('Who signed this container image, where is that on record, and may I run it?')
    .version(VERSION, '-V, --version', 'print the version')
    .helpCommand(false)
    // An option belongs to the command that it stands behind, also where the command above it has one of that name.
    .enablePositionalOptions();
  const configure = (command: Command): Command =>
    command.exitOverride().configureOutput({
      writeOut: streams.stdout,
      // Help that is shown because a sub-command is missing keeps its lines.
      writeErr: (text) => streams.stderr(text.replaceAll(/[^\n]+/g, safeText)),
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
  return withHelpPages(withOwnErrors(withColorFlag(program, chooseColor)));
}

/** Each command tells of its own flags, where a line of it can't be parsed. */
function withOwnErrors(command: Command): Command {
  for (const one of command.commands) withOwnErrors(one);
  return command.configureOutput({
    outputError: (text, write) =>
      write(
        parseErrorText(
          text,
          pathOf(command),
          command.options.flatMap(({ long }) => long ?? []),
        ),
      ),
  });
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
