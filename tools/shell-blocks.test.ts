import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createSigstore, type FakeRegistry, pushImage, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outsideEnvironment, type Run, runProgram } from './npm-project.ts';
import { SHELL_BLOCKS, type ShellBlock, shellBlocks, shellBlocksOf } from './shell-blocks.ts';
import { root } from './workspace.ts';

const blocks = shellBlocks();
const rowsOf = ({ page, first }: ShellBlock) =>
  SHELL_BLOCKS.filter((row) => row.page === page && first.startsWith(row.begins));
const named = ({ page, first }: { readonly page: string; readonly first: string }): string => `${page}: ${first}`;

test('reads shell blocks, and no others', () => {
  const page = '```sh\nls\npwd\n```\n\n```ts\nls();\n```\n\n    ls\n';
  expect(shellBlocksOf('a.md', page)).toEqual([{ page: 'a.md', first: 'ls', text: 'ls\npwd\n' }]);
});

test('each block is run, or says why it is not', () => {
  expect(blocks.length).toBeGreaterThan(15);
  expect(blocks.filter((block) => rowsOf(block).length !== 1).map(named)).toEqual([]);
  const stale = SHELL_BLOCKS.filter((row) => !blocks.some((block) => rowsOf(block).includes(row)));
  expect(stale).toEqual([]);
});

test('each test that shows a block elsewhere is there', () => {
  const shownBy = SHELL_BLOCKS.flatMap((row) => ('shownBy' in row ? [row.shownBy] : []));
  expect(shownBy.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

describe('a block that is run', () => {
  const subject = 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main';
  const issuer = 'https://token.actions.githubusercontent.com';
  let registry: FakeRegistry;
  let folder: string;
  let image: string;
  let pinned: string;
  beforeAll(async () => {
    const sigstore = await createSigstore();
    registry = await startRegistry();
    ({ reference: image, pinned } = pushImage(registry, 'acme/app:1.4'));
    await sigstore.signImage(registry, image);
    folder = mkdtempSync(join(tmpdir(), 'sigtrail-blocks-'));
    const file = (name: string, text: string): void => writeFileSync(join(folder, name), text);
    const program = (name: string, text: string): void => {
      file(name, `#!/bin/sh\n${text}\n`);
      chmodSync(join(folder, name), 0o755);
    };
    // The command of this tree, which trusts what the test signs.
    const bin = join(root, 'packages/cli/src/bin.ts');
    program(
      'sigtrail',
      `[ "$1" = verify ] && set -- "$@" --trusted-root '${join(folder, 'root.json')}'\nexec node --conditions=@sigtrail/source '${bin}' "$@"`,
    );
    program('kubectl', `echo ${image}`);
    program('deploy.sh', 'echo "$1" > deployed');
    file('root.json', sigstore.trust.json);
    file('images.txt', `${image}\n`);
    file('policy.yaml', `version: 1\nsignedBy:\n  issuer: ${issuer}\n  subject: ${subject}\n`);
  });
  afterAll(async () => {
    await registry.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const run = async ({ text }: ShellBlock): Promise<Run> => {
    const { PATH = '', ...env } = outsideEnvironment();
    return runProgram('sh', ['-eu', '-c', text], {
      cwd: folder,
      env: { ...env, PATH: `${folder}${delimiter}${PATH}`, IMAGE: image, SIGNER: subject, ISSUER: issuer },
    });
  };

  const running = blocks.filter((block) => rowsOf(block).some((row) => 'runs' in row));
  test.each(running.map((block) => [named(block), block] as const))(
    '%s',
    async (_, block) => {
      const { status, stdout, stderr } = await run(block);
      expect(status, stderr).toBe(0);
      if (block.page === 'docs/ci.md') expect(readFileSync(join(folder, 'deployed'), 'utf8')).toBe(`${pinned}\n`);
      else expect(stdout).toContain('verified');
    },
    60_000,
  );
});
