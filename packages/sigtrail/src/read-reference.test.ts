import { expect, test } from 'vitest';
import { locatorOf, readReference } from './read-reference.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

test.each([
  [
    'ghcr.io/acme/app:1.4',
    { kind: 'registry', reference: { registry: 'ghcr.io', repository: 'acme/app', tag: '1.4' } },
  ],
  [`oci:./saved@${digest}`, { kind: 'layout', directory: './saved', digest }],
  ['oci-archive:saved.tar:1.4', { kind: 'layout', directory: 'saved.tar', tag: '1.4' }],
])('reads %s, and keeps it as it was written', (text, expected) => {
  expect(readReference(text)).toEqual({ text, ...expected });
});

test.each(['', 'ghcr.io/Acme/app', 'oci://ghcr.io/acme/app', 'docker-archive:saved.tar', 'oci:saved@sha256:abc'])(
  'refuses %j as a reference',
  (text) => {
    expect(() => readReference(text)).toThrow(
      expect.objectContaining({ name: 'SigtrailError', code: 'invalid-reference' }),
    );
  },
);

test('refuses what is not text as a mistake of the program', () => {
  expect(() => readReference(undefined)).toThrow(
    expect.objectContaining({ name: 'TypeError', code: 'invalid-option' }),
  );
});

test.each(['ghcr.io/acme/app', 'oci:./saved'])('names one manifest of %s by its digest', (repository) => {
  expect(locatorOf({ repository, digest })).toEqual(readReference(`${repository}@${digest}`));
});
