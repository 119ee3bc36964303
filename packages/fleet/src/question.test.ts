import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isOfOtherVersion, jobIdOf, openQuestion, type Question, sealQuestion } from './question.ts';
import { createSeal } from './seal.ts';

const seal = createSeal({ key: randomBytes(32), prefix: 'sigtrail' }, 'question');
const question: Question = {
  scan: 'nightly',
  reference: `registry.test/app@sha256:${'a'.repeat(64)}`,
  policy: { name: 'release', hash: 'sha256:1' },
  trust: 'sha256:2',
  account: '',
};

describe('a question', () => {
  it('is one job, however many clients ask it', () => {
    expect(jobIdOf(question)).toBe(jobIdOf({ ...question }));
    expect(openQuestion(jobIdOf(question), sealQuestion(question, seal), seal)).toEqual(question);
    const dated = { ...question, asOf: '2026-11-30T00:00:00.000Z' };
    expect(openQuestion(jobIdOf(dated), sealQuestion(dated, seal), seal)).toEqual(dated);
  });

  it.each<readonly [string, Partial<Question>]>([
    ['in another scan', { scan: 'weekly' }],
    ['about another image', { reference: `registry.test/app@sha256:${'b'.repeat(64)}` }],
    ['by another policy', { policy: { name: 'other', hash: 'sha256:1' } }],
    ['by a policy of that name with other words', { policy: { name: 'release', hash: 'sha256:9' } }],
    ['with other trust', { trust: 'sha256:9' }],
    ['with the credentials of another account', { account: 'other' }],
    ['by what is stored', { from: 'stores' }],
    ['as of a time', { asOf: '2026-11-30T00:00:00.000Z' }],
  ])('is another job %s, and not opened as this one', (_, other) => {
    const changed = { ...question, ...other };
    expect(jobIdOf(changed)).not.toBe(jobIdOf(question));
    const { seal: mark } = sealQuestion(question, seal);
    expect(() => openQuestion(jobIdOf(changed), { ...sealQuestion(changed, seal), seal: mark }, seal)).toThrow(
      'not written with the key',
    );
    expect(() => openQuestion(jobIdOf(question), sealQuestion(changed, seal), seal)).toThrow(
      'the name of another question',
    );
  });

  it.each([undefined, null, 'text', {}, { ...sealQuestion(question, seal), more: 1 }, { version: 1 }])(
    'is not read from %o',
    (data) => {
      expect(() => openQuestion('q', data, seal)).toThrow('malformed');
    },
  );

  it('says its version', () => {
    expect(isOfOtherVersion(sealQuestion(question, seal))).toBe(false);
    expect([2, 4].map((version) => isOfOtherVersion({ version }))).toEqual([true, true]);
    expect(isOfOtherVersion('text')).toBe(false);
  });
});
