import { generateKeyPairSync } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { entryOf } from '../../test/attempt.ts';
import { countQuestions, createEstablishWorld, type EstablishWorld } from '../../test/established.ts';
import { withoutDeadline } from '../deadline.ts';
import type { Candidate } from '../evidence/candidate.ts';
import { affordable, CANDIDATE_BUDGET, costOf } from './budget.ts';
import { establishAll } from './establish-all.ts';
import { establishSafely } from './establish-safely.ts';

let world: EstablishWorld;
beforeAll(async () => {
  world = await createEstablishWorld();
});

const codeOf = (facts: Awaited<ReturnType<typeof establishSafely>>): string =>
  'unreadable' in facts ? facts.unreadable.code : 'judged';

describe('the budget of a candidate', () => {
  it.each(['maxOperations', 'maxBytes'] as const)('is kept exactly: %s', async (limit) => {
    const candidate = await world.candidate();
    const { operations, bytes } = costOf(candidate, world.context);
    const most = { maxOperations: operations, maxBytes: bytes };
    const signatures = countQuestions();
    expect(codeOf(await establishSafely(candidate, { ...world.context, budget: most, signatures }))).toBe('judged');
    expect(signatures.asked()).toBeGreaterThan(0);
    expect(signatures.asked()).toBeLessThanOrEqual(operations);
    const none = countQuestions();
    const less = { ...most, [limit]: most[limit] - 1 };
    const facts = await establishSafely(candidate, { ...world.context, budget: less, signatures: none });
    expect(facts).toMatchObject({ unreadable: { code: 'budget', status: 'indeterminate' } });
    expect(none.asked()).toBe(0);
  });

  it('is 4,096 operations: that many keys are tried, and with one more no key is', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const signed: Candidate = { ...(await world.candidate()), signer: { kind: 'key' }, logEntries: [] };
    const under = (keys: number) => ({ ...world.context, keys: Array.from({ length: keys }, () => publicKey) });
    expect(costOf(signed, under(2048)).operations).toBe(CANDIDATE_BUDGET.maxOperations);
    expect(codeOf(await establishSafely(signed, under(2048)))).toBe('judged');
    expect(codeOf(await establishSafely(signed, under(2049)))).toBe('budget');
  });

  it('is far above what an honest signature asks for', async () => {
    expect(costOf(await world.candidate(), world.context).operations).toBeLessThan(100);
  });
});

describe('the budget of an image', () => {
  const establish = async (candidates: readonly Candidate[], maxOperations: number, signatures = countQuestions()) => {
    const { trust, now } = world.context;
    const image = { digest: 'sha256:aa', bytes: Buffer.from('{}') } as never; // nothing here looks at the manifest
    const source = { kind: 'json', digest: 'sha256:aa' } as never;
    const facts = await establishAll(
      { image, candidates },
      undefined,
      { trust: { root: trust, source }, now, secondJudge: 'off', signatures, deadline: withoutDeadline() },
      { budget: { maxOperations, maxBytes: 1e9 } },
    );
    return { codes: facts.map(codeOf), asked: signatures.asked() };
  };
  const costly = async (): Promise<Candidate> =>
    world.candidate({
      edit: (bundle) =>
        void bundle.verificationMaterial.tlogEntries.push(...Array.from({ length: 31 }, () => entryOf(bundle))),
    });

  it('goes to the cheapest first: costly ones before the honest one don’t take its place', async () => {
    const [honest, hostile] = [await world.candidate(), await costly()];
    const [cheap, dear] = [honest, hostile].map((one) => costOf(one, world.context).operations);
    if (cheap === undefined || dear === undefined) throw new Error('two candidates');
    expect(dear).toBeGreaterThan(5 * cheap);
    const both = await establish([hostile, hostile, honest], cheap + dear);
    // The same candidate twice is one.
    expect(both.codes).toEqual(['judged', 'judged', 'judged']);
    const another = await costly();
    expect((await establish([hostile, another, honest], cheap + dear)).codes).toEqual(['judged', 'budget', 'judged']);
    expect((await establish([hostile, another, honest], cheap + dear - 1)).codes).toEqual([
      'budget',
      'budget',
      'judged',
    ]);
    expect((await establish([hostile, another, honest], cheap - 1)).codes).toEqual(['budget', 'budget', 'budget']);
  });

  it('bounds what is asked of all of them together', async () => {
    const candidates = await Promise.all(Array.from({ length: 10 }, costly));
    const { operations } = costOf(candidates[0] as Candidate, world.context);
    const { codes, asked } = await establish(candidates, 3 * operations);
    expect(codes.filter((code) => code === 'judged')).toHaveLength(3);
    expect(asked).toBeLessThanOrEqual(3 * operations);
  });

  it('counts hashed bytes as it counts operations', () => {
    const costs = new Map([
      ['large', { operations: 1, bytes: 900 }],
      ['small', { operations: 1, bytes: 100 }],
    ]);
    const within = (maxBytes: number) => [...affordable(costs, { maxOperations: 10, maxBytes })];
    expect(within(1000)).toEqual(['small', 'large']);
    expect(within(999)).toEqual(['small']);
    expect(within(99)).toEqual([]);
  });
});
