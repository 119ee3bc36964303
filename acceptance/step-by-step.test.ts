import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { main } from '@sigtrail/cli';
import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { root } from '../tools/workspace.ts';

const images = join(root, 'examples', 'images');
const page = readFileSync(join(root, 'docs', 'step-by-step.md'), 'utf8');

let registry: FakeRegistry;
let log: Server;
beforeAll(async () => {
  registry = await startRegistry();
  registry.loadLayout('acme/legacy-keyless-github', join(images, 'legacy-keyless-github', 'layout'));
  const answers = JSON.parse(readFileSync(join(images, 'rekor-log.json'), 'utf8')) as Record<string, string>;
  log = createServer(({ url = '' }, response) => {
    response.writeHead(Object.hasOwn(answers, url) ? 200 : 404, { 'content-type': 'application/json' });
    response.end(answers[url] ?? '{}');
  });
  await new Promise<void>((resolve) => log.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  log.close();
  await registry.close();
});

/** The lines that begin with `$ sigtrail`, each with what the page shows below it. */
const shown = [...page.matchAll(/(?<=\n\n)(?: {4}.*\n)+/g)].flatMap(([block]) => {
  const [, words, output = ''] = /^ {4}\$ sigtrail ((?:.*\\\n)*.*)\n([^]*)$/.exec(block) ?? [];
  return words === undefined
    ? []
    : [{ words: words.replaceAll(/\\\n\s*/g, ''), output: output.replaceAll(/^ {4}/gm, '') }];
});

/** What the page shows as an expression: `…` stands for anything, on a line of its own for any lines. */
function asExpression(output: string): RegExp {
  const lines = output.trimEnd().split('\n');
  const parts = lines.map((line) =>
    line === '…' ? '(?:.*\\n)*?' : `${line.split('…').map(escaped).join('.*')}(?:\\n|$)`,
  );
  return new RegExp(`^${parts.join('')}`);
}

const escaped = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');

describe('the article, step by step', () => {
  test('has a line of ours for each step', () => {
    expect(shown.length).toBeGreaterThanOrEqual(7);
  });

  test.each(shown)('sigtrail $words', async ({ words, output }) => {
    const { port } = log.address() as AddressInfo;
    const here = (text: string): string =>
      text.replaceAll('127.0.0.1:5801', registry.host).replaceAll('127.0.0.1:5810', `127.0.0.1:${port}`);
    let stdout = '';
    const streams = { stdout: (text: string) => void (stdout += text), stderr: () => undefined };
    const code = await main(here(words).split(/\s+/), streams);
    expect(stdout).toMatch(asExpression(here(output)));
    expect(code).toBe(output.startsWith('REJECTED') ? 12 : 0);
  });
});
