import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Ratio } from './ratio.ts';

const run = promisify(execFile);
const ROUNDS = 9;

/** Compares a fresh process that imports the built package with one that imports only its unavoidable dependencies. */
export async function* benchImport(): AsyncIterable<Ratio> {
  const name = 'import of sigtrail to @sigstore/verify and zod';
  const root = fileURLToPath(new URL('..', import.meta.url));
  try {
    // Measures the published code: stripping types makes sources slower.
    await run(join(root, 'node_modules/.bin/tsc'), ['--build'], { cwd: root });
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    yield { name, detail: '', ratio: 0, skipped: `it could not be built (${why})` };
    return;
  }
  const ours: number[] = [];
  const base: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await timeImports(['sigtrail']));
    base.push(await timeImports(['@sigstore/verify', 'zod']));
  }
  const least = (times: readonly number[]): number => Math.min(...times);
  yield {
    name,
    detail: `${least(ours).toFixed(0)} ms to ${least(base).toFixed(0)} ms of processor time, least of ${ROUNDS}`,
    ratio: least(ours) / least(base),
    atMost: 1.3,
  };
}

/** Processor time, so that other load on the machine matters little. */
async function timeImports(specifiers: readonly string[]): Promise<number> {
  const program = `
    const started = process.cpuUsage();
    for (const name of ${JSON.stringify(specifiers)}) await import(name);
    const { user, system } = process.cpuUsage(started);
    console.log((user + system) / 1000);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('../packages/sigtrail/', import.meta.url)),
  });
  return Number(stdout);
}
