import { type Command, Option } from 'commander';
import { optionGroup } from './option-group.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage-error.ts';

/** What is asked of a stream of the process. */
interface Stream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly hasColors?: (environment: object) => boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** What standard output and standard error lead to. `NO_COLOR` takes colours away, and `FORCE_COLOR` gives them to what is no terminal, too. */
export function terminalsOf(
  { stdout, stderr }: { readonly stdout: Stream; readonly stderr: Stream },
  environment: Environment = process.env,
): Required<Pick<Streams, 'terminal' | 'color'>> {
  return {
    terminal: {
      ...(stdout.isTTY === true ? { stdout: { columns: stdout.columns || DEFAULT_COLUMNS } } : {}),
      ...(stderr.isTTY === true ? { stderr: { columns: stderr.columns || DEFAULT_COLUMNS } } : {}),
    },
    color: { stdout: hasColor(stdout, environment), stderr: hasColor(stderr, environment) },
  };
}

const DEFAULT_COLUMNS = 80;

function hasColor(stream: Stream, environment: Environment): boolean {
  const force = environment['FORCE_COLOR'];
  if (force !== undefined) return force !== '0' && force !== 'false';
  if (environment['NO_COLOR']) return false;
  return stream.isTTY === true && stream.hasColors?.(environment) === true;
}

const CHOICES = ['auto', 'always', 'never'] as const;

/** What `--color` takes. */
export type ColorChoice = (typeof CHOICES)[number];

/** Adds `--color` to a command, and to all below it; `choose` is told what it says. */
export function withColorFlag(command: Command, choose: (choice: ColorChoice) => void): Command {
  for (const one of command.commands) withColorFlag(one, choose);
  const option = new Option('--color <when>', 'auto, always or never').default('auto').argParser((text) => {
    const choice = CHOICES.find((one) => one === text);
    if (choice === undefined)
      throw new UsageError(`--color must be auto, always or never, got ${JSON.stringify(text)}`);
    choose(choice);
    return choice;
  });
  return optionGroup(command, 'Output', (grouped) => grouped.addOption(option));
}

/** What `--color` makes of the colours that the environment and the terminal allow. */
export function colorsOf(choice: ColorChoice, byItself: Streams['color']): NonNullable<Streams['color']> {
  if (choice === 'auto') return byItself ?? { stdout: false, stderr: false };
  return { stdout: choice === 'always', stderr: choice === 'always' };
}
