import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

/** The npm packages that a fresh process has loaded after this import. */
async function loadedBy(specifier: string): Promise<readonly string[]> {
  const program = `
    const { registerHooks } = await import('node:module');
    const names = new Set();
    registerHooks({
      load(url, context, next) {
        const match = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url);
        if (match !== null) names.add(match[1]);
        return next(url, context);
      },
    });
    await import(${JSON.stringify(specifier)});
    console.log(JSON.stringify([...names].sort()));`;
  const arguments_ = ['--conditions=@sigtrail/source', '--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, arguments_, { cwd: import.meta.dirname });
  return JSON.parse(stdout) as readonly string[];
}

// What is heavy loads when it is used: patterns, connections, curves that Node lacks, TUF, YAML, locks.
it('loads no more than two judges and their schemas need', { timeout: 60_000 }, async () => {
  expect(await loadedBy('sigtrail')).toEqual([
    '@sigstore/core',
    '@sigstore/protobuf-specs',
    '@sigstore/verify',
    'lru-cache',
    'zod',
  ]);
});

it('loads no TUF client until trust is asked for', { timeout: 60_000 }, async () => {
  expect(await loadedBy('sigtrail/trust')).not.toContain('tuf-js');
});
