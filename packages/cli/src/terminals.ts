import type { Streams } from './streams.ts';

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
