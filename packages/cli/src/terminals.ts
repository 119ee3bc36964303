import type { WriteStream } from 'node:tty';
import type { Streams, Terminal } from './streams.ts';

/** What standard output and standard error lead to. `NO_COLOR` takes colours away, and `FORCE_COLOR` gives them to what is no terminal, too. */
export function terminalsOf(
  { stdout, stderr }: Pick<NodeJS.Process, 'stdout' | 'stderr'>,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): NonNullable<Streams['terminal']> {
  return {
    ...terminalOf('stdout', stdout, environment),
    ...terminalOf('stderr', stderr, environment),
  };
}

function terminalOf(
  name: 'stdout' | 'stderr',
  stream: Pick<WriteStream, 'isTTY' | 'columns' | 'hasColors'>,
  environment: Readonly<Record<string, string | undefined>>,
): Partial<Record<typeof name, Terminal>> {
  if (!stream.isTTY) return {};
  return { [name]: { columns: stream.columns || DEFAULT_COLUMNS, hasColor: stream.hasColors(environment) } };
}

const DEFAULT_COLUMNS = 80;
