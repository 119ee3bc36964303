// One client of a TUF repository in a process of its own: `tuf-child.ts MIRROR ROOT.json CACHE NOW ROUNDS`. Waits for a line on standard input before
// each round, so that a parent of several can let them go at once; answers each with a line of JSON.
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { isSigtrailError } from '../../src/error.ts';
import { tufTrust } from '../../src/trust/tuf/tuf-trust.ts';

const [mirror = '', root = '', cacheDirectory = '', now = ''] = process.argv.slice(2);
const first = await readFile(root);
process.stdout.write('ready\n');
for await (const _ of createInterface({ input: process.stdin })) {
  // A fresh client each time: what it knows, it has from the directory and the mirror.
  const trust = tufTrust({ mirror, root: first, cacheDirectory, maxAgeMs: 0 });
  let answer: object;
  try {
    const { root: trusted, source } = await trust(new Date(now));
    answer = { digest: trusted.digest, ...(source.warning === undefined ? {} : { warning: source.warning }) };
  } catch (error) {
    answer = { error: isSigtrailError(error) ? error.code : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
