import { describe, expect, it } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { comparedBundles, recordedAnswers, recordedBundles } from './recorded-entries.ts';
import { everyExchange, recordedClient, recordedGrowth } from './recorded-servers.ts';
import { recordedTileLogs, tileCheckpoints, tileEntries, tileFiles } from './recorded-tiles.ts';
import type { RekorRow } from './row.ts';
import { consistencyVectors, inclusionVectors, javaCheckpoints, publicConsistency } from './vectors.ts';

const fixtures = fixturesIfPresent() ?? '';

describe.skipIf(fixtures === '')('recordings of logs in the shared fixtures', () => {
  it.each<[string, () => Promise<readonly RekorRow[]> | readonly RekorRow[], number]>([
    ['inclusion vectors', () => inclusionVectors(fixtures), 98],
    ['consistency vectors', () => consistencyVectors(fixtures), 97],
    ['consistency of public logs', () => publicConsistency(fixtures), 75],
    ['checkpoints of sigstore-java', () => javaCheckpoints(fixtures), 9],
    ['answers of Rekor v1', () => recordedAnswers(fixtures), 8],
    ['entries in bundles', () => recordedBundles(fixtures), 200],
    ['exchanges with real servers', () => everyExchange(fixtures), 380],
    ['real servers through the client', () => recordedClient(fixtures), 150],
    ['growth of a real tree', () => recordedGrowth(fixtures), 45],
  ])(
    'get the right verdict: %s',
    async (_what, rows, atLeast) => {
      const all = await rows();
      expect(all.filter(({ pass }) => !pass)).toEqual([]);
      expect(all.length).toBeGreaterThanOrEqual(atLeast);
    },
    120_000,
  );

  it('read every tile log', async () => {
    for (const log of recordedTileLogs(fixtures)) {
      const rows = [...(await tileCheckpoints(log)), ...(await tileFiles(log)), ...(await tileEntries(log))];
      expect(rows.filter(({ pass }) => !pass)).toEqual([]);
    }
  }, 60_000);

  it('agree with each other, bundle by bundle', () => {
    const { trees } = comparedBundles(fixtures);
    expect(trees.flatMap(({ forks }) => forks)).toEqual([]);
    expect(trees.reduce((sum, { agreements }) => sum + agreements, 0)).toBeGreaterThan(500);
  });
});
