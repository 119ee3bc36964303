import { main } from './main.ts';
import { terminalsOf } from './terminals.ts';

/** Runs a command line as the whole work of this process: writes to its streams and sets its exit code. */
export async function run(argv: readonly string[]): Promise<void> {
  let isLost = false;
  process.stdout.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
    // `sigtrail … | head` closes our output early; the exit code still says what was found.
    if (code === 'EPIPE' || isLost) return;
    isLost = true;
    process.stderr.write(`sigtrail: could not write to standard output (${code})\n`);
    process.exitCode = withoutOutput(process.exitCode);
  });
  // What standard error can't take changes no verdict, and there is no other place to say so.
  process.stderr.on('error', () => undefined);
  const code = await main(argv, {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    bytes: (bytes) => void process.stdout.write(bytes),
    ...terminalsOf(process),
  });
  process.exitCode = isLost ? withoutOutput(code) : code;
}

/** A result that is not all written must not pass for a good one: the file holds half of it at most. */
function withoutOutput(code: typeof process.exitCode): number | string {
  return code === undefined || code === null || code === 0 ? 14 : code;
}
