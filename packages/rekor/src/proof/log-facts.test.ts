import { verify } from 'node:crypto';
import { createLog } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';

import { parseOneEntry } from '../entry/log-entry.ts';
import { computeLogFacts, establishLogFacts } from './log-facts.ts';
import type { LogFacts, ShownEntry } from './log-facts.ts';

const log = createLog({ neighbours: 3 });
const added = log.append({ apiVersion: '0.0.1', kind: 'test', spec: {} }, new Date('2026-01-01T00:00:00Z'));
const entry = parseOneEntry(Buffer.from(JSON.stringify(log.entryResponse(added.logIndex))));
const proof = entry.inclusionProof;
if (proof?.checkpoint === undefined) throw new Error('the entry has no proof');
const { checkpoint } = proof;
const flip = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes, (byte, i) => (i === 0 ? byte ^ 1 : byte));
const proven = (change: Partial<typeof proof>): ShownEntry => ({ ...entry, inclusionProof: { ...proof, ...change } });
const { signedEntryTimestamp: _promise, ...unpromised } = entry;
const { inclusionProof: _proof, ...unproven } = entry;
const trusted = [{ publicKey: log.key.publicKey }];

const summary = (facts: LogFacts | undefined): Record<string, string> | undefined =>
  facts &&
  Object.fromEntries(
    (['promise', 'checkpoint', 'tree', 'inclusion'] as const).map((name) => {
      const fact = facts[name];
      return [name, fact.status === 'fails' ? fact.reason : fact.status];
    }),
  );

const all = { promise: 'holds', checkpoint: 'holds', tree: 'holds', inclusion: 'holds' };
const otherTree = { ...all, tree: 'mismatch' };

describe('what a log shows for an entry', () => {
  it.each<readonly [string, ShownEntry, object]>([
    ['everything', entry, all],
    ['no promise', unpromised, { ...all, promise: 'absent' }],
    ['no proof', unproven, { promise: 'holds', checkpoint: 'absent', tree: 'absent', inclusion: 'absent' }],
    ['another time', { ...entry, integratedTime: 1 }, { ...all, promise: 'set-invalid' }],
    [
      'a checkpoint that is not a note',
      proven({ checkpoint: '' }),
      { ...all, checkpoint: 'malformed', tree: 'absent', inclusion: 'absent' },
    ],
    [
      'a checkpoint under another name',
      proven({ checkpoint: checkpoint.replace(/\u2014 \S+ /, '\u2014 other.test ') }),
      { ...all, checkpoint: 'unsigned' },
    ],
    [
      'a checkpoint over another text',
      proven({ checkpoint: checkpoint.replace(/ - [0-9]+\n/, ' - 12\n') }),
      { ...all, checkpoint: 'signature-invalid' },
    ],
    ['another size', proven({ treeSize: proof.treeSize + 1 }), otherTree],
    ['another root', proven({ rootHash: flip(proof.rootHash) }), otherTree],
    ['another path', proven({ hashes: proof.hashes.map(flip) }), { ...all, inclusion: 'inclusion-invalid' }],
  ])('%s: the same at once and later', async (_, shown, expected) => {
    expect(summary(computeLogFacts(shown, trusted))).toEqual(expected);
    const later = await establishLogFacts(shown, trusted, async (...question) => verify(...question));
    expect(summary(later)).toEqual(expected);
  });

  it('is nothing when no trusted log has the entry’s id', () => {
    expect(computeLogFacts(entry, [{ publicKey: createLog().key.publicKey }])).toBeUndefined();
  });

  it('is under one key: the one of several with this id for which everything holds', () => {
    const logId = Buffer.from(entry.logId, 'hex');
    const logs = [
      { publicKey: createLog().key.publicKey, logId },
      { publicKey: log.key.publicKey, logId },
    ];
    const facts = computeLogFacts(entry, logs);
    expect(summary(facts)).toEqual(all);
    expect(facts?.log).toBe(logs[1]);
  });
});
