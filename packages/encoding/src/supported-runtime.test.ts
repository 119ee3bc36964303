import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { unsupportedRuntime } from './supported-runtime.ts';

test.each(['22.22.2', '22.23.0', '24.15.0', '24.21.0', '26.0.0', '27.1.0'])('Node %s is supported', (node) => {
  expect(unsupportedRuntime({ node })).toBeUndefined();
});

test.each(['18.20.8', '20.20.2', '22.0.0', '22.22.1', '23.11.0', '24.14.9', '25.9.0'])('Node %s is not', (node) => {
  expect(unsupportedRuntime({ node })).toBe(
    `Sigtrail runs on Node 22.22.2, 24.15 or 26 and later; this is Node ${node}`,
  );
});

test('the version of Node that Bun or Deno states is not held against it', () => {
  expect(unsupportedRuntime({ node: '20.0.0', bun: '1.4.5' })).toBeUndefined();
  expect(unsupportedRuntime({ node: '20.0.0', deno: '2.9.6' })).toBeUndefined();
});

test('something that states no version is refused', () => {
  expect(unsupportedRuntime({})).toMatch(/this is another runtime$/);
});

test('the versions are those of the manifest', () => {
  const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  expect((JSON.parse(manifest) as { engines: { node: string } }).engines.node).toBe('^22.22.2 || ^24.15.0 || >=26');
});
