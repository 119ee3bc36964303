import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SIGNER } from '../../examples/embedded-registry.ts';
import { runProgram } from '../../tools/npm-project.ts';
import { installUnpacked } from '../../tools/packed-packages.ts';
import { type SignedImage, startSignedImage } from './signed-image.ts';

// The command has a copy of sigtrail in its one file, and the gate depends on sigtrail: options and policies pass between the two copies.
const COMMAND = 'node_modules/@sigtrail/cli/bundle/sigtrail.cjs';

let folder: string;
let image: SignedImage;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-beside-'));
  await installUnpacked(folder, inject('packed'));
  image = await startSignedImage();
  const map = `version: 1
images:
  - match: "127.0.0.1:*/acme/*"
    policy:
      signedBy: ${JSON.stringify(SIGNER)}
`;
  await writeFile(join(folder, 'sigtrail.yaml'), map);
  await writeFile(join(folder, 'compose.yaml'), `services:\n  web:\n    image: ${image.reference}\n`);
});
afterAll(async () => {
  await image[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const gate = (...more: readonly string[]): ReturnType<typeof runProgram> =>
  runProgram('node', [COMMAND, 'gate', 'compose.yaml', ...more], { cwd: folder });

describe('the gate beside the one file of the command', () => {
  test('verifies an image under the trust that the command’s flags name', async () => {
    const { status, stdout, stderr } = await gate('--trusted-root', image.trustedRoot);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain(image.reference);
  });

  test('refuses it without that trust', async () => {
    expect((await gate()).status).toBe(12);
  });

  test('is named with the command that installs it, if it is missing', async () => {
    const alone = await mkdtemp(join(tmpdir(), 'sigtrail-alone-'));
    try {
      await cp(join(folder, 'node_modules/@sigtrail/cli/bundle'), join(alone, 'bundle'), { recursive: true });
      const args = [join(alone, 'bundle/sigtrail.cjs'), 'gate', 'compose.yaml'];
      expect(await runProgram('node', args, { cwd: folder })).toMatchObject({
        status: 2,
        stdout: '',
        stderr:
          'sigtrail: sigtrail gate needs the package @sigtrail/gate; install it with: npm install @sigtrail/gate\n',
      });
    } finally {
      await rm(alone, { recursive: true, force: true });
    }
  });
});
