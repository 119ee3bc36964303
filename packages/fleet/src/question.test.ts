import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isOfLaterVersion, jobIdOf, openQuestion, type Question, sealQuestion } from './question.ts';
import { createSeal } from './seal.ts';

const seal = createSeal(randomBytes(32), 'question');
const question: Question = {
  scan: 'nightly',
  reference: `registry.test/app@sha256:${'a'.repeat(64)}`,
  policy: { name: 'release', hash: 'sha256:1' },
  trust: 'sha256:2',
};

describe('a question', () => {
  it('is one job, whoever asks it', () => {
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
    expect(isOfLaterVersion(sealQuestion(question, seal))).toBe(false);
    // Workers of version 1 leave it to others.
    expect(sealQuestion({ ...question, from: 'stores' }, seal).version).toBe(2);
    expect(isOfLaterVersion({ version: 3 })).toBe(true);
    expect(isOfLaterVersion('text')).toBe(false);
  });
});
