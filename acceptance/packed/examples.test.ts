import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { SAID } from '../../examples/said.ts';
import { runCommand } from '../../tools/command.ts';
import { installUnpacked, linkFolder } from '../../tools/packed-packages.ts';
import { root } from '../../tools/workspace.ts';

const examples = join(root, 'examples');
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-examples-'));
  await installUnpacked(folder, inject('packed'), { alsoLinked: ['vitest'] });
  // What a user installs beside ours.
  const beside = ['express', 'fastify', 'hono', '@sigstore/bundle'];
  const opentelemetry = ['api', 'context-async-hooks', 'sdk-trace'].map((name) => `@opentelemetry/${name}`);
  for (const name of [...beside, ...opentelemetry])
    await linkFolder(join(examples, 'node_modules', name), join(folder, 'node_modules', name));
  await cp(examples, folder, { recursive: true, filter: (path) => !/node_modules|package\.json$/.test(path) });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('programs of a new user, from the packed packages', () => {
  test.each(Object.entries(SAID))('%s', async (name, said) => {
    const { ok, output } = await runCommand('node', [name], { cwd: folder });
    expect(output).toMatch(said);
    expect(ok).toBe(true);
  });

  test('the gate’s tests, in vitest', async () => {
    const { ok, output } = await runCommand('vitest', ['run', 'gate.test.ts', '--root', folder], { cwd: folder });
    expect(output).toMatch(/6 passed/);
    expect(ok).toBe(true);
  });

  test('the gate’s tests, in node:test', async () => {
    const { ok, output } = await runCommand('node', ['--test', 'gate.node-test.ts'], { cwd: folder });
    expect(output).toMatch(/pass 6/);
    expect(ok).toBe(true);
  });
});
