import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { npmUpstream, runProgram } from '../../tools/npm-project.ts';
import { installUnpacked } from '../../tools/packed-packages.ts';
import { BUNDLERS, type BundleCase, BUNDLES, SAMPLE } from './bundlers.ts';
import { type SignedImage, startSignedImage, VERIFIED } from './signed-image.ts';
import { isWhole, missingRows } from './tables.ts';
import { installTools } from './tools.ts';

const upstream = await npmUpstream();

describe.skipIf(upstream === undefined)('bundles, with npm’s registry for the bundlers', () => {
  let tools: string;
  let source: string;
  let image: SignedImage;
  const elsewhere: string[] = [];
  beforeAll(async () => {
    tools = await installTools('bundlers', BUNDLERS);
    source = await mkdtemp(join(tmpdir(), 'sigtrail-bundled-'));
    await installUnpacked(source, inject('packed'));
    image = await startSignedImage();
    await writeFile(join(source, 'verify.js'), image.program);
    await writeFile(
      join(source, 'evaluate.js'),
      image.program
        .replaceAll('verifyImage', 'evaluateImage')
        .replace('image.reference', 'image.verdict, JSON.stringify(image.problems)'),
    );
  });
  afterAll(async () => {
    await image[Symbol.asyncDispose]();
    for (const folder of [source, ...elsewhere]) await rm(folder, { recursive: true, force: true });
  });

  /** Bundles a program of the folder, and starts it where no package can be found. */
  async function runBundled(one: BundleCase, file: string, without?: string): ReturnType<typeof runProgram> {
    const out = await mkdtemp(join(tmpdir(), 'sigtrail-bundle-'));
    elsewhere.push(out);
    await mkdir(join(out, 'empty'));
    const bundled = await one.bundle({ tools, source, file, out, without });
    if (bundled.status !== 0) throw new Error(`${one.name} failed:\n${bundled.stdout}${bundled.stderr}`);
    const args = [join(out, one.output(file)), image.reference, image.trustedRoot];
    return runProgram('node', args, { cwd: join(out, 'empty') });
  }

  const tried = isWhole() ? BUNDLES : BUNDLES.filter(({ name }) => SAMPLE.includes(name));
  const rows: string[][] = [];
  test.each(tried)('$name: the bundled program verifies a signed image', async (one) => {
    const { status, stdout, stderr } = await runBundled(one, 'verify.js');
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: expect.stringMatching(VERIFIED), stderr: '' });
    rows.push([one.name, one.tool, one.format, 'verified']);
  });

  test('the page has these rows', () => {
    expect(missingRows('bundles', ['', 'bundler', 'format', 'the five lines'], rows)).toEqual([]);
  });

  test.each(['undici/index.js', '@sigstore/verify'])(
    'a bundle without %s says which module is missing, and blames no network',
    async (name) => {
      const [esm] = BUNDLES;
      if (esm === undefined) throw new Error('there is no bundler');
      const { status, stdout, stderr } = await runBundled(esm, 'evaluate.js', name);
      expect(status).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain('ERR_MODULE_NOT_FOUND');
      expect(stderr).toContain(name.split('/')[0]);
    },
  );
});
