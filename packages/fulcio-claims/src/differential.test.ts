import { describe, expect, it } from 'vitest';
import { compareReaders, runDifferential } from '../test/differential.ts';
import { fulcioLikeCertificates } from '../test/specimens.ts';

describe('our reader compared with node:crypto and @sigstore/core', () => {
  it('reads certificates of every kind as they do', async () => {
    for (const der of await fulcioLikeCertificates()) expect(compareReaders(der)).toEqual({ kind: 'same' });
  });

  it('refuses mutated certificates, or reads them as they do: 5,000 mutations', async () => {
    const { findings, refused, same } = runDifferential(await fulcioLikeCertificates(), {
      seed: 20_261_127,
      mutations: 5000,
    });
    expect(findings).toEqual([]);
    expect(refused + same).toBe(5000);
    // Both happen: a run in which all is refused would compare nothing.
    expect([refused > 500, same > 200]).toEqual([true, true]);
  }, 300_000);
});
