import { expect, test } from 'vitest';
import { requireDefaultDigest } from './require-default-digest.ts';

test('is content with Node, whose default is SHA-256', () => {
  expect(() => requireDefaultDigest()).not.toThrow();
});

test('refuses a runtime that needs the name of the hash, and says what to do', () => {
  const withoutDefault = (): boolean => {
    throw new TypeError('no default digest');
  };
  expect(() => requireDefaultDigest(withoutDefault)).toThrow(
    expect.objectContaining({ code: 'unsupported-runtime', message: expect.stringMatching(/secondJudge: 'off'/) }),
  );
});
