#!/usr/bin/env node
import { unsupportedRuntime } from '@sigtrail/encoding/supported-runtime';

// Asked before anything else is loaded: on an older Node, that would fail by the name of whatever is missing there.
const refusal = unsupportedRuntime();
if (refusal === undefined) await run();
else {
  process.stderr.write(`sigtrail: ${refusal}\n`);
  process.exitCode = 2;
}

async function run(): Promise<void> {
  const { main } = await import('./main.ts');
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
  const code = await main(process.argv.slice(2), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  });
  process.exitCode = isLost ? withoutOutput(code) : code;
}

/** A result that is not all written must not pass for a good one: the file holds half of it at most. */
function withoutOutput(code: typeof process.exitCode): number | string {
  return code === undefined || code === null || code === 0 ? 14 : code;
}
