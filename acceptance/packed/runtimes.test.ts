import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { npmUpstream, runProgram } from '../../tools/npm-project.ts';
import { installUnpacked } from '../../tools/packed-packages.ts';
import { type SignedImage, startSignedImage, VERIFIED } from './signed-image.ts';
import { missingRows } from './tables.ts';
import { installNode, installTools } from './tools.ts';

const HEAD = ['runtime', 'five lines of `sigtrail`', '`sigtrail verify`'];
const COMMAND = 'node_modules/@sigtrail/cli/bundle/sigtrail.cjs';
// Only lists of names, which any Node can read.
const HARMLESS = ['@sigtrail/fulcio-claims/names'];
const upstream = await npmUpstream();

let folder: string;
let image: SignedImage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-runtimes-'));
  await installUnpacked(folder, inject('packed'));
  image = await startSignedImage();
  await writeFile(join(folder, 'verify.mjs'), image.program);
  await writeFile(
    join(folder, 'own.mjs'),
    image.program.replace('trust: { file }', "trust: { file }, secondJudge: 'off'"),
  );
});
afterAll(async () => {
  await image[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const five = (program: readonly string[], file = 'verify.mjs'): ReturnType<typeof start> =>
  start([...program, file, image.reference, image.trustedRoot]);
const command = (program: readonly string[], ...more: readonly string[]): ReturnType<typeof start> =>
  start([...program, COMMAND, 'verify', image.reference, ...image.flags, ...more]);
const start = ([program = '', ...args]: readonly string[]): ReturnType<typeof runProgram> =>
  runProgram(program, args, { cwd: folder });

describe.skipIf(upstream === undefined)('runtimes, with npm’s registry for the programs', () => {
  const rows: string[][] = [];

  test.each(['22.22.2', '24.21.0', '26.12.1'])('Node %s verifies a signed image', async (version) => {
    const node = await installNode(version);
    expect(await five([node])).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(VERIFIED) });
    expect(await command([node])).toMatchObject({ status: 0, stderr: '' });
    rows.push([`Node ${version}`, 'verified', 'verified']);
  });

  test.each(['18.20.8', '20.20.2', '22.0.0', '24.12.0'])(
    'Node %s is told in one line what is needed',
    async (version) => {
      const node = await installNode(version);
      const line = `Sigtrail runs on Node 22.22.2, 24.15 or 26 and later; this is Node ${version}`;
      const byCommand = await command([node]);
      expect(byCommand).toMatchObject({ status: 2, stdout: '', stderr: `sigtrail: ${line}\n` });
      const byLibrary = await five([node]);
      expect(byLibrary.status).toBe(1);
      expect(byLibrary.stderr).toContain(`Error: ${line}`);
      expect(byLibrary.stderr).not.toMatch(/^\s+at /m);
      rows.push([`Node ${version}`, 'one line, exit 1', 'one line, exit 2']);
    },
  );

  test.each(['18.20.8', '20.20.2'])(
    'every entry tells Node %s so, and none dies of what is missing',
    async (version) => {
      const node = await installNode(version);
      const entries = inject('packed').flatMap(({ name, manifest }) =>
        Object.keys((manifest as unknown as { exports: object }).exports)
          .filter((entry) => !entry.endsWith('.json') && !entry.endsWith('supported-runtime'))
          .map((entry) => name + entry.slice(1)),
      );
      const program = `for (const name of ${JSON.stringify(entries)}) await import(name).then(() => console.log(name, 'loaded'), (error) => console.log(name, error.code));`;
      const { stdout } = await start([node, '--input-type=module', '--eval', program]);
      expect(stdout.trim().split('\n')).toEqual(
        entries.map((name) => `${name} ${HARMLESS.includes(name) ? 'loaded' : 'unsupported-runtime'}`),
      );
    },
  );

  test('Bun verifies a signed image, by the connections that are guarded', async () => {
    const bun = await bunProgram();
    expect(await five(bun)).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(VERIFIED) });
    expect(await command(bun)).toMatchObject({ status: 0, stderr: '' });
    rows.push(['Bun 1.4.5', 'verified', 'verified']);
  });

  test('Deno says what its node:crypto lacks, and verifies by our own checks alone', async () => {
    const deno = await denoProgram();
    const refused = await five(deno);
    expect(refused.status).toBe(1);
    expect(refused.stderr).toContain("give secondJudge: 'off'");
    expect(await five(deno, 'own.mjs')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(VERIFIED),
    });
    const byCommand = await command(deno);
    expect(byCommand.status).toBe(14);
    expect(byCommand.stderr).toContain('[unsupported-runtime]');
    const row = ['Deno 2.9.6', "says why it can't; verified with `secondJudge: 'off'`", 'one line, exit 14'];
    rows.push(row);
  });

  test.each([
    ['Bun', bunProgram],
    ['Deno', denoProgram],
  ])('%s keeps a name that an answer chose away from loopback', async (_, find) => {
    const program = await find();
    const text = `
import { createHttp } from '@sigtrail/http';
const http = createHttp({ retries: 0, allowHttp: () => true, resolve: (name, options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]) });
const [, , host] = process.argv;
await http.request({ url: 'http://' + host + '/v2/', namedBy: 'https://registry.example/', maxBytes: 1000, timeoutMs: 5000 })
  .then(({ status }) => console.log('reached', status), (error) => console.log(error.code));
await http.close();
`;
    await writeFile(join(folder, 'guard.mjs'), text);
    const port = image.reference.replace(/^.*:(\d+)\/.*$/, '$1');
    const { stdout, stderr } = await start([...program, 'guard.mjs', `rebound.example:${port}`]);
    expect({ stdout, stderr }).toEqual({ stdout: 'blocked-address\n', stderr: '' });
  });

  test('the page has these rows', () => {
    expect(missingRows('runtimes', HEAD, rows)).toEqual([]);
  });
});

const bunProgram = async (): Promise<readonly string[]> => {
  const name = `@oven/bun-${process.platform}-${process.arch}`;
  return [join(await installTools('bun', { [name]: '1.4.5' }), 'node_modules', name, 'bin', 'bun')];
};

const denoProgram = async (): Promise<readonly string[]> => {
  const name = `@deno/${process.platform}-${process.arch}-glibc`;
  return [join(await installTools('deno', { [name]: '2.9.6' }), 'node_modules', name, 'deno'), 'run', '-A'];
};
