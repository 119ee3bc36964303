import { createLog } from '@sigtrail/testing';
import type { TransparencyLog } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';

import { verifyEvidence } from './evidence.ts';
import type { LogEvidence } from './log-evidence.ts';
import type { TrustedLog } from '../note/trusted-log.ts';

const honest = createLog({ neighbours: 3 });
const trustOf = ({ key }: TransparencyLog): TrustedLog => ({ publicKey: key.publicKey });
const evidenceOf = (code: 'fork' | 'rollback', ...logs: readonly TransparencyLog[]): LogEvidence => ({
  schemaVersion: 1,
  code,
  message: 'given',
  url: 'https://log.fake.test',
  checkpoints: logs.map((log) => log.checkpoint()),
});

describe('verifyEvidence', () => {
  // Another trusted key lies about its name and tree.
  const liar = createLog({ host: honest.host, treeId: honest.treeId, neighbours: 3 });
  const shorter = createLog({ host: honest.host, treeId: honest.treeId, neighbours: 1 });
  const logs = [honest, liar, shorter].map(trustOf);

  it.each([
    ['fork', liar],
    ['rollback', shorter],
  ] as const)('does not convict a log of a %s for what another trusted key signed', (code, other) => {
    expect(verifyEvidence(evidenceOf(code, honest, other), { logs }).holds).toBe(false);
    expect(verifyEvidence(evidenceOf(code, other, honest), { logs })).toMatchObject({
      holds: false,
      attributable: false,
    });
  });

  it('convicts a log that signed both checkpoints itself', () => {
    const fork = createLog({ host: honest.host, treeId: honest.treeId, key: honest.key, neighbours: 3 });
    expect(verifyEvidence(evidenceOf('fork', honest, fork), { logs })).toMatchObject({
      holds: true,
      attributable: true,
    });
  });

  it('convicts it if the trusted root lists its key twice', () => {
    const fork = createLog({ host: honest.host, treeId: honest.treeId, key: honest.key, neighbours: 3 });
    const twice = [trustOf(honest), ...logs];
    expect(verifyEvidence(evidenceOf('fork', honest, fork), { logs: twice }).holds).toBe(true);
  });
});
