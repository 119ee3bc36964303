import { expect, test } from 'vitest';
import { provideBundledRequire } from './bundled-require.ts';

test('defines nothing if the program isn’t such a bundle', () => {
  provideBundledRequire();
  expect('require' in globalThis).toBe(false);
});
