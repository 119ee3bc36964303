#!/usr/bin/env node
import { unsupportedRuntime } from '@sigtrail/encoding/supported-runtime';

// Asked before anything else is loaded: on an older Node, that would fail by the name of whatever is missing there.
const refusal = unsupportedRuntime();
if (refusal === undefined) {
  const { main } = await import('./main.ts');
  await main(process.argv.slice(2));
} else {
  process.stderr.write(`sigtrail-admission: ${refusal}\n`);
  process.exitCode = 2;
}
