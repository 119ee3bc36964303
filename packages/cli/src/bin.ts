#!/usr/bin/env node
import { unsupportedRuntime } from '@sigtrail/encoding/supported-runtime';
import { VERSION } from 'sigtrail/report';
import { useCompileCache } from './compile-cache.ts';

// The published command is two files: this one, which asks the first questions, and the program, which it loads only where there is work.
const refusal = unsupportedRuntime();
const words = process.argv.slice(2);
if (refusal !== undefined) {
  // On an older Node the program would fail by the name of whatever is missing there.
  process.stderr.write(`sigtrail: ${refusal}\n`);
  process.exitCode = 2;
} else if (words.length === 1 && ['--version', '-V'].includes(words[0] ?? '')) process.stdout.write(`${VERSION}\n`);
else {
  useCompileCache();
  void import('./run.ts').then(({ run }) => run(words));
}
