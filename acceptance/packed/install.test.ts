import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { pnpmCommand } from '../../tools/command.ts';
import { createNpmProject, type NpmProject, npmUpstream, type Run } from '../../tools/npm-project.ts';
import { type NpmRegistry, startNpmRegistry } from '../../tools/npm-registry.ts';
import { publishPackages } from '../../tools/rehearse-release.ts';
import { type SignedImage, startSignedImage, VERIFIED } from './signed-image.ts';

const upstream = await npmUpstream();

describe.skipIf(upstream === undefined)('from an empty folder, with npm’s registry for what others publish', () => {
  const packed = inject('packed');
  let registry: NpmRegistry;
  let image: SignedImage;
  let project: NpmProject;
  beforeAll(async () => {
    registry = await startNpmRegistry(upstream ?? '');
    image = await startSignedImage();
    project = await createNpmProject(registry.url);
  });
  afterAll(async () => {
    await project[Symbol.asyncDispose]();
    await image[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  const timed = (what: string, { seconds, ...run }: Run): Omit<Run, 'seconds'> => {
    console.log(`${what.padEnd(44)} ${seconds.toFixed(1)} s`);
    return run;
  };

  test('npm publishes every package', async () => {
    await publishPackages(packed, project);
    expect(registry.published()).toEqual(packed.map(({ name, version }) => `${name}@${version}`));
  });

  test('npm i sigtrail, and five lines verify a signed image', async () => {
    expect(timed('npm i sigtrail', await project.run('npm', 'i', 'sigtrail'))).toMatchObject({ status: 0, stderr: '' });
    await writeFile(join(project.folder, 'verify.mjs'), image.program);
    const verified = await project.run('node', 'verify.mjs', image.reference, image.trustedRoot);
    expect(timed('node verify.mjs', verified)).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringMatching(VERIFIED),
    });
  });

  test.each([
    ['npx -y @sigtrail/cli verify', ['npx', '-y', '@sigtrail/cli']],
    ['npx -y @sigtrail/cli verify, a second time', ['npx', '-y', '@sigtrail/cli']],
    ['pnpm dlx @sigtrail/cli verify', [...pnpmCommand(), 'dlx', '@sigtrail/cli']],
  ])('%s, with nothing installed', async (name, command) => {
    const [program = '', ...args] = [...command, 'verify', image.reference, ...image.flags];
    const { status, stdout } = timed(name, await project.run(program, ...args));
    expect(stdout).toMatch(/@sha256:[0-9a-f]{64}/);
    expect(status).toBe(0);
  });
});
