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
  // `sigtrail … | head` closes our output early; the exit code still says what was found.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  process.exitCode = await main(process.argv.slice(2), {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
  });
}
