import { createLog } from '@sigtrail/testing';
import type { TransparencyLog } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';

import { checkCheckpoint } from '../note/check-checkpoint.ts';
import { isLogAlarm, isRekorError } from '../error.ts';
import { verifyEvidence } from './evidence.ts';
import { proveGrowth } from './prove-growth.ts';
import type { ConsistencyAnswer } from '../client/rekor.ts';

const URL_OF_LOG = 'https://rekor.fake.test';

function logOf(kind: string, count: number, of?: TransparencyLog, treeId = 42n): TransparencyLog {
  const key = of === undefined ? {} : { key: of.key };
  const log = createLog({ neighbours: 0, indexOffset: 0, treeId, host: 'rekor.fake.test', ...key });
  for (let i = 0; i < count; i += 1) log.append({ apiVersion: '0.0.1', kind, spec: { i } }, new Date());
  return log;
}

const log = logOf('test', 9);
const trust = { logs: [{ publicKey: log.key.publicKey }] };

interface Answers {
  /** The checkpoints that the log serves, one after the other, the last one for ever. */
  readonly notes: readonly string[];
  /** Whose proofs it gives. */
  readonly hashesOf?: TransparencyLog;
}

/** Proves that what is served continues `known`; how often the log was asked for it, and for hashes. */
async function grow(
  known: string,
  { notes, hashesOf = log }: Answers,
  to?: string,
): Promise<{ readonly asked: number; readonly proofs: number; readonly answer: ConsistencyAnswer | Error }> {
  let asked = 0;
  let proofs = 0;
  const source = {
    url: URL_OF_LOG,
    current: () => {
      const note = notes[Math.min(asked, notes.length - 1)] ?? '';
      asked += 1;
      return Promise.resolve(checkCheckpoint(note, trust, { url: URL_OF_LOG, treeId: '42' }));
    },
    hashes: (first: { readonly size: bigint }, second: { readonly size: bigint }) => {
      proofs += 1;
      return Promise.resolve(hashesOf.proveConsistency(Number(first.size), Number(second.size)));
    },
  };
  const answer = await proveGrowth(source, trust, known, to).catch((error: unknown) => {
    if (!isRekorError(error)) throw error;
    return error;
  });
  return { asked, proofs, answer };
}

/** The code of an alarm whose evidence holds offline. */
function alarmOf(error: unknown): string {
  if (!isLogAlarm(error) || error.evidence === undefined) return 'no alarm with evidence';
  const saved = JSON.parse(JSON.stringify(error.evidence)) as typeof error.evidence;
  return verifyEvidence(saved, trust).holds ? error.code : `${error.code}, evidence does not hold`;
}

describe('proveGrowth', () => {
  it('proves that the tree of now begins with the one that is known', async () => {
    for (let size = 1; size < 9; size += 1) {
      const { answer, proofs } = await grow(log.checkpoint(size), { notes: [log.checkpoint()] });
      expect(answer).toMatchObject({ from: { size: BigInt(size) }, to: { size: 9n }, alarms: [] });
      expect(proofs).toBe(1);
    }
  });

  it('asks for no proof between equal trees: their roots are compared', async () => {
    expect(await grow(log.checkpoint(), { notes: [log.checkpoint()] })).toMatchObject({
      proofs: 0,
      answer: { hashes: [], alarms: [] },
    });
  });

  it('refuses two roots for one size', async () => {
    const { answer } = await grow(log.checkpoint(), { notes: [logOf('fork', 9, log).checkpoint()] });
    expect(alarmOf(answer)).toBe('fork');
  });

  it('refuses a tree that does not begin with the known one, whatever hashes are served', async () => {
    const fork = logOf('fork', 12, log);
    const { answer } = await grow(log.checkpoint(), { notes: [fork.checkpoint()], hashesOf: fork });
    expect(alarmOf(answer)).toBe('fork');
  });

  it('refuses a tree that has shrunk, after asking again', async () => {
    const { answer, asked } = await grow(log.checkpoint(), { notes: [log.checkpoint(8)] });
    expect(alarmOf(answer)).toBe('rollback');
    expect(asked).toBe(3);
  });

  it('tells a replica that is behind apart: asked again it is not', async () => {
    const { answer } = await grow(log.checkpoint(8), { notes: [log.checkpoint(7), log.checkpoint()] });
    const alarms = answer instanceof Error ? [] : answer.alarms;
    expect(alarms.map(alarmOf)).toEqual(['stale-replica']);
  });

  it('refuses to begin with an empty tree', async () => {
    const { answer } = await grow(log.checkpoint(0), { notes: [log.checkpoint()] });
    expect(answer).toMatchObject({ code: 'invalid-proof' });
  });

  it('refuses the checkpoint of another tree, though the log signed it', async () => {
    const other = logOf('test', 9, log, 43n).checkpoint();
    const { answer } = await grow(log.checkpoint(5), { notes: [] }, other);
    expect(answer).toMatchObject({ code: 'wrong-tree', evidence: { checkpoints: [other] } });
  });

  it('refuses a known checkpoint that the log did not sign: what was kept is no anchor', async () => {
    const { answer } = await grow(logOf('test', 5).checkpoint(), { notes: [log.checkpoint()] });
    expect(alarmOf(answer)).toBe('untrusted-key');
    const spoilt = log.checkpoint(5).replace('\n5\n', '\n4\n');
    expect(alarmOf((await grow(spoilt, { notes: [log.checkpoint()] })).answer)).toBe('checkpoint-signature-invalid');
  });
});
