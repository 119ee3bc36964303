import { createLog } from '@sigtrail/testing';
import type { TransparencyLog } from '@sigtrail/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareProofs } from './compare-proofs.ts';
import { verifyEvidence } from './evidence.ts';
import type { LogEntry } from '../entry/log-entry.ts';
import { parseLogEntry } from '../entry/log-entry.ts';
import { parseTransparencyLogEntry } from '../entry/transparency-log-entry.ts';

const logOf = (count: number, kind = 'test', of?: TransparencyLog): TransparencyLog => {
  const log = createLog({
    version: 2,
    neighbours: 0,
    host: 'log.fake.test',
    ...(of === undefined ? {} : { key: of.key }),
  });
  for (let i = 0; i < count; i += 1) log.append({ apiVersion: '0.0.2', kind, spec: { i } }, new Date());
  return log;
};
const log = logOf(80);
const trust = { logs: [{ publicKey: log.key.publicKey, logId: log.logId }] };

/** An entry as a bundle that was made at some size carries it. */
const bundled = (of: TransparencyLog, index: number, size: number): LogEntry => {
  const entry = of.entries[index];
  if (entry === undefined) throw new RangeError(String(index));
  const { rootHash, hashes, checkpoint } = of.prove(entry, size);
  return parseTransparencyLogEntry({
    logIndex: String(index),
    logId: { keyId: of.logId.toString('base64') },
    canonicalizedBody: entry.body.toString('base64'),
    inclusionProof: {
      logIndex: String(index),
      treeSize: String(size),
      rootHash: rootHash.toString('base64'),
      hashes: hashes.map((hash) => hash.toString('base64')),
      checkpoint: { envelope: checkpoint },
    },
  });
};

describe('compareProofs', () => {
  it('finds that proofs of one tree agree, and proves its growth from them alone', () => {
    const entries = [bundled(log, 3, 5), bundled(log, 5, 6), bundled(log, 6, 7), bundled(log, 40, 70)];
    const { trees, left } = compareProofs(entries, trust);
    expect(left).toEqual([]);
    expect(trees).toHaveLength(1);
    expect(trees[0]).toMatchObject({ proofs: 4, checkpoints: 4, forks: [] });
    expect(trees[0]?.agreements).toBeGreaterThan(0);
    expect(trees[0]?.growth.map(({ firstSize, secondSize }) => `${firstSize}->${secondSize}`)).toContain('6->7');
  });

  it('does not blame a log for what a different trusted key signed under its name', () => {
    const liar = createLog({ version: 2, neighbours: 0, host: log.host });
    for (let i = 0; i < 80; i += 1) liar.append({ apiVersion: '0.0.2', kind: 'lie', spec: { i } }, new Date());
    const logs = [...trust.logs, { publicKey: liar.key.publicKey, logId: liar.logId }];
    const { trees, left } = compareProofs([bundled(log, 3, 5), bundled(liar, 3, 5)], { logs });
    expect(left).toEqual([]);
    expect(trees.map(({ forks }) => forks)).toEqual([[], []]);
  });

  it('derives growth wherever the neighbours’ proofs suffice, and nothing that does not hold', () => {
    const pair = fc
      .integer({ min: 1, max: 79 })
      .chain((first) => fc.tuple(fc.constant(first), fc.integer({ min: first + 1, max: 80 })));
    fc.assert(
      fc.property(pair, ([first, second]) => {
        // The last entry of the old tree and the first of the new one together name every node that a proof needs.
        const { trees } = compareProofs([bundled(log, first - 1, first), bundled(log, first - 1, second)], trust);
        expect(trees[0]?.growth).toHaveLength(1);
        expect(trees[0]?.growth[0]?.hashes).toEqual(
          log.proveConsistency(first, second).map((hash) => hash.toString('hex')),
        );
      }),
      { numRuns: 60 },
    );
  });

  it('convicts a log that showed two trees, from two bundles that each verify', () => {
    const fork = logOf(80, 'fork', log);
    const { trees } = compareProofs([bundled(log, 3, 64), bundled(fork, 70, 80)], trust);
    const [evidence] = trees[0]?.forks ?? [];
    expect(evidence).toMatchObject({ code: 'fork' });
    const saved = JSON.parse(JSON.stringify(evidence)) as NonNullable<typeof evidence>;
    expect(verifyEvidence(saved, trust)).toMatchObject({ holds: true, attributable: true });
    expect(trees[0]?.growth).toEqual([]);
  });

  it('finds no conflict in evidence of one history', () => {
    const [first, second] = [bundled(log, 3, 64), bundled(log, 70, 80)];
    const fork = compareProofs([first, bundled(logOf(80, 'fork', log), 70, 80)], trust).trees[0]?.forks[0];
    if (fork?.entries === undefined) throw new Error('no fork');
    const { trees } = compareProofs([first, second], trust);
    expect(trees[0]?.forks).toEqual([]);
    expect(verifyEvidence({ ...fork, entries: fork.entries.slice(0, 1) }, trust)).toMatchObject({ holds: false });
  });

  it('leaves out what proves nothing by itself, and says why', () => {
    const good = bundled(log, 3, 64);
    const { inclusionProof: _proof, treeIndex: _index, ...bare } = good;
    const spoilt = { ...good, body: Buffer.from('{}') };
    const { trees, left } = compareProofs([bare, spoilt, good], trust);
    expect(left.map(({ position, code }) => [position, code])).toEqual([
      [0, 'not-there'],
      [1, 'entry-mismatch'],
    ]);
    expect(trees[0]?.proofs).toBe(1);
    expect(compareProofs([good], { logs: [] }).left).toMatchObject([{ code: 'no-trusted-key' }]);
  });

  it('keeps the trees of one log apart', () => {
    const shard = (treeId: bigint, of?: TransparencyLog): TransparencyLog =>
      createLog({ neighbours: 3, treeId, indexOffset: 0, ...(of === undefined ? {} : { key: of.key }) });
    const one = shard(11n);
    const two = shard(12n, one);
    const answers = [one, two].map((of) =>
      parseLogEntry(Buffer.from(JSON.stringify(of.entryResponse(0))), { logIndex: 0 }),
    );
    const { trees } = compareProofs(answers, { logs: [{ publicKey: one.key.publicKey }] });
    expect(trees.map(({ forks }) => forks)).toEqual([[], []]);
  });
});
