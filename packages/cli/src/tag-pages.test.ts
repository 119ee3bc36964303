import { fileURLToPath } from 'node:url';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { main } from './main.ts';

const images = fileURLToPath(new URL('../../../examples/images/', import.meta.url));
let registry: FakeRegistry;
beforeAll(async () => {
  registry = await startRegistry({ pageSize: 1 });
  const layout = `${images}legacy-keyless-github/layout`;
  registry.loadLayout('acme/app', layout);
});
afterAll(async () => registry.close());

async function timeline(...flags: readonly string[]): Promise<{ readonly code: number; readonly stderr: string }> {
  let stderr = '';
  const trust = ['--trusted-root', `${images}trusted_root.json`];
  const noLog = ['--rekor-url', 'http://127.0.0.1:1', '--rekor-log', 'https://rekor1.stack.test', '-t', '5s'];
  const argv = ['rekor', 'timeline', `${registry.host}/acme/app`, ...trust, ...noLog, ...flags];
  const code = await main(argv, { stdout: () => undefined, stderr: (text) => void (stderr += text) });
  return { code, stderr };
}

it('rekor timeline asks for pages of the size that it is told', async () => {
  await timeline('--tag-page-size', '7');
  expect(registry.requests.map(({ path }) => path)).toContain('/v2/acme/app/tags/list?n=7');
});

it('rekor timeline reads no more pages than it is told, and says what to do', async () => {
  const { code, stderr } = await timeline('--max-tag-pages', '1');
  expect([code, stderr]).toEqual([
    14,
    expect.stringMatching(/--max-tag-pages allows more pages[\s\S]*more than 1 page of tags, with \d+ tags? so far/),
  ]);
  expect(stderr).not.toContain('maxPages');
});

it.each(['--tag-page-size', '--max-tag-pages', '--limit'])('%s must be a positive number', async (flag) => {
  for (const value of ['0', '-1', 'x', '1.5'])
    expect(await timeline(`${flag}=${value}`)).toEqual({
      code: 2,
      stderr: expect.stringContaining(`${flag} must be a positive number`),
    });
});
