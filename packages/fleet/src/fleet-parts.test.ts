import { describe, expect, it } from 'vitest';
import { failureOf } from './failure.ts';
import { namePolicies } from './policy-hash.ts';
import { tryAgainAfterMs } from './retry-later.ts';
import { shardOf } from './shard.ts';

describe('the queue of an image', () => {
  it('is one of them, the same for all references to the digest', () => {
    const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;
    for (const shards of [1, 2, 4, 64]) {
      expect(shardOf(`a.test/app@${digest}`, shards)).toBe(shardOf(`b.test/other@${digest}`, shards));
      expect(shardOf(`a.test/app@${digest}`, shards)).toBe(0x01234567 % shards);
      expect(shardOf('a.test/app:unresolved', shards)).toBeLessThan(shards);
    }
  });
});

describe('the hash of a policy', () => {
  const signedBy = { issuer: 'https://issuer.test', subject: 'dev@acme.test' };
  const hashOf = (policy: object): string | undefined => namePolicies({ one: policy as never }).get('one')?.hash;
  it('does not depend on the order of its members, and on everything else', () => {
    expect(hashOf({ signedBy })).toBe(hashOf({ signedBy: { subject: signedBy.subject, issuer: signedBy.issuer } }));
    expect(hashOf({ signedBy })).not.toBe(hashOf({ signedBy: { ...signedBy, subject: 'eve@acme.test' } }));
  });
  it('is refused for code', () => {
    expect(() => hashOf({ signedBy, acceptImage: () => true })).toThrow('is code');
  });
});

describe('a later try', () => {
  it('comes later each time, within five minutes', () => {
    const [first, fifth, last] = [1, 5, 30].map((tries) => tryAgainAfterMs(tries));
    expect(first).toBeLessThanOrEqual(2000);
    expect(fifth).toBeGreaterThan(8000);
    expect(last).toBeLessThanOrEqual(301_000);
  });
});

describe('a job that failed', () => {
  it.each([
    ['job stalled more than allowable limit', 'worker-lost'],
    ['no worker has the policy', 'no-worker'],
    ['the job was not written with the key of this fleet', 'invalid-job'],
    ['{"verdict":"verified"}', 'unanswered'],
    ['verified', 'unanswered'],
    ['', 'unanswered'],
  ])('for "%s" is a problem', (reason, code) => {
    expect(failureOf(reason).code).toBe(code);
  });
});
