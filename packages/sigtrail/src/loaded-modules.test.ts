import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

interface Loaded {
  /** npm packages, one entry each. */
  readonly packages: readonly string[];
  /** Files of this workspace, as `package/path`. */
  readonly files: readonly string[];
}

/** What a fresh process has loaded after these lines; `sigtrail` is the package. */
async function loadedBy(lines: string): Promise<Loaded> {
  const program = `
    const { registerHooks } = await import('node:module');
    const packages = new Set();
    const files = [];
    registerHooks({
      load(url, context, next) {
        const dependency = /.*\\/node_modules\\/((?:@[^/]+\\/)?[^/]+)\\//.exec(url);
        const own = /\\/packages\\/([^/]+)\\/src\\/(.*)\\.ts$/.exec(url);
        if (dependency !== null) packages.add(dependency[1]);
        else if (own !== null) files.push(own[1] + '/' + own[2]);
        return next(url, context);
      },
    });
    ${lines}
    console.log(JSON.stringify({ packages: [...packages].sort(), files: files.sort() }));`;
  const arguments_ = ['--conditions=@sigtrail/source', '--input-type=module', '--eval', program];
  const { stdout } = await run(process.execPath, arguments_, { cwd: import.meta.dirname });
  return JSON.parse(stdout) as Loaded;
}

// What is heavy loads when it is used: judges, clients, connections, curves that Node lacks, TUF, YAML, locks.
// `re2js` is here because making a pattern is synchronous, and bundlers can't follow a `require` in a module.
const LIGHT = ['re2js', 'zod'];

describe('importing the package', { timeout: 60_000 }, () => {
  it('loads the libraries of its schemas and patterns, and no other package', async () => {
    const { packages } = await loadedBy(`await import('sigtrail');`);
    expect(packages).toEqual(LIGHT);
  });

  it('loads what is checked or computed at once, and nothing that verifies, asks or tracks', async () => {
    const { files } = await loadedBy(`await import('sigtrail');`);
    expect(files).toContain('sigtrail/policy/parse-policy');
    // Of the connections only what checks their options, so that a mistake is refused when a verifier is made.
    const heavy =
      /^testing\/|^http\/(?!http-options$|connection-options$|check-certificates$|allow-addresses$|address-space$|header-value$)|^oci-client-lite\/(?:client|registry\/(?!(?:client-options|plain-http|route)$)|layout)|^rekor\/(?:client|monitor)|^triangulate\/triangulate$|^sigtrail\/(?:establish\/(?:establish|check)|evidence|platforms\/(?:evaluate|entries))/;
    expect(files.filter((file) => heavy.test(file))).toEqual([]);
    // Each costs about a third of a millisecond.
    expect(files.length).toBeLessThanOrEqual(88);
  });

  it('loads no more for a verifier and a policy, whose mistakes are found at once', async () => {
    const { packages } = await loadedBy(`
      const { createVerifier } = await import('sigtrail');
      const { signedBy } = await import('sigtrail/policy');
      const verifier = createVerifier({ trust: { embedded: true }, timeoutMs: 1000 });
      signedBy({ issuer: 'https://issuer.test', subject: 'somebody' });
      await verifier.close();`);
    expect(packages).toEqual(LIGHT);
  });

  it('loads no log client and no watcher for a verification', async () => {
    const { files } = await loadedBy(`
      const { evaluateImage } = await import('sigtrail');
      const policy = { signedBy: { issuer: 'https://issuer.test', subject: 'somebody' } };
      await evaluateImage('oci:/nowhere/at/all:v1', policy).catch((error) => {
        if (error.code !== 'invalid-reference') throw error;
      });`);
    expect(files).toContain('sigtrail/platforms/evaluate-platforms');
    expect(files.filter((file) => file.startsWith('sigtrail/track/track-image') && !file.endsWith('-once'))).toEqual(
      [],
    );
  });
});

it('loads no TUF client until trust is asked for', { timeout: 60_000 }, async () => {
  expect((await loadedBy(`await import('sigtrail/trust');`)).packages).not.toContain('@tufjs/models');
});
