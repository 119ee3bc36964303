import { expect, it } from 'vitest';
import { isLayoutReference } from './layout-reference.ts';
import { evaluateImage } from './index.ts';

it.each(['oci:./saved', 'oci-archive:saved.tar:v1'])('%s is a layout', (reference) => {
  expect(isLayoutReference(reference)).toBe(true);
});

it.each(['ghcr.io/acme/oci:1', 'oci/app', 'ocix:1', 'oci-archive', ''])('%j is not', (reference) => {
  expect(isLayoutReference(reference)).toBe(false);
});

it('a tar file that is not there is looked for on disk, and in no registry', async () => {
  const report = await evaluateImage('oci-archive:/nowhere/saved.tar', {
    signedBy: { issuer: 'https://issuer.test', subject: 'a' },
  }).catch((error: unknown) => error);
  expect(report).toMatchObject({ code: 'invalid-reference', message: expect.stringContaining('layout') });
});
