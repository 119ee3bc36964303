import { generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { createPolicyWorld, type PolicyWorld } from '../../test/policy-world.ts';
import { type AcceptSignature, deny } from '../policy/callback.ts';
import { acceptImage, allOf, anyOf, atLeast, attested, not, notAffected, signedBy } from '../policy/compose.ts';
import type { ImagePolicy, SignerRule } from '../policy/policy.ts';
import type { PolicyOutcome, PolicyStatus } from '../report/report.ts';

const key = generateKeyPair();
const REVIEW = 'https://acme.test/review/v1';
const workflow: SignerRule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const stranger: SignerRule = { issuer: 'https://accounts.test', subject: 'stranger@acme.test' };
const down: AcceptSignature = () => {
  throw new Error('connect ECONNREFUSED 127.0.0.1:1');
};
const asking = (accept: AcceptSignature): SignerRule => ({ ...workflow, accept });

let world: PolicyWorld;
let built: object;
let keyed: object;
let other: object;
let review: object;
beforeAll(async () => {
  world = await createPolicyWorld();
  built = await world.sign({});
  keyed = await world.sign({ signer: key });
  other = await world.sign({
    certificate: { san: [{ kind: 'email', value: 'bob@acme.test' }], issuer: 'https://accounts.test' },
  });
  review = await world.sign({ statement: { predicateType: REVIEW, predicate: { ok: true } } });
});

const outcomeOf = async (...asked: Parameters<PolicyWorld['decide']>): Promise<PolicyOutcome> =>
  (await world.decide(...asked)).outcome;
/** `path status code`, of every part. */
const told = ({ path, status, why, of = [] }: PolicyOutcome): readonly string[] => [
  `${path} ${status}${why === undefined ? '' : ` ${why.code}`}`,
  ...of.flatMap(told),
];

describe('each part of a policy', () => {
  it('says where it is, whom it asks for, and why it doesn’t hold', async () => {
    const policy = allOf(signedBy(workflow), anyOf(signedBy(stranger), attested(REVIEW, stranger)));
    const outcome = await outcomeOf(policy, [built, review]);
    expect(told(outcome)).toEqual([
      'allOf failed operand-failed',
      'allOf[0].signedBy satisfied',
      'allOf[1].anyOf failed operand-failed',
      'allOf[1].anyOf[0].signedBy failed issuer-mismatch',
      'allOf[1].anyOf[1].attested failed issuer-mismatch',
    ]);
    expect(outcome.of?.[0]).toMatchObject({ label: `${GITHUB_WORKFLOW} (${GITHUB_ISSUER})`, candidates: ['0'] });
    const [, { of: [first] = [] } = {}] = outcome.of ?? [];
    expect(first?.why).toEqual({
      code: 'issuer-mismatch',
      message: expect.stringContaining('expected https://accounts.test'),
      candidates: [{ id: '0', code: 'issuer-mismatch', message: expect.any(String) }],
    });
  });

  it.each<[string, ImagePolicy, readonly string[]]>([
    ['a list', signedBy([workflow, stranger]), ['signedBy[0] satisfied', 'signedBy[1] failed issuer-mismatch']],
    ['a threshold', atLeast(2, [workflow, stranger]), ['of[0] satisfied', 'of[1] failed issuer-mismatch']],
  ])('names each rule of %s', async (_, policy, rules) => {
    expect(told(await outcomeOf(policy, [built])).slice(1)).toEqual(rules);
  });

  it.each<[string, ImagePolicy, string]>([
    ['a threshold', atLeast(2, [workflow, stranger]), 'threshold-not-reached'],
    ['what must not hold', allOf(signedBy(workflow), not(signedBy(workflow))), 'operand-failed'],
    ['nothing of that kind', attested('vuln', workflow), 'no-attestation'],
  ])('says why for %s', async (_, policy, code) => {
    expect((await outcomeOf(policy, [built])).why?.code).toBe(code);
  });

  it.each<[string, SignerRule, boolean]>([
    ['subject', { issuer: GITHUB_ISSUER, subject: 'https://github.com/acme/*' }, true],
    ['issuer', { issuer: '^https://.*$', subject: GITHUB_WORKFLOW }, true],
    ['claim', { ...workflow, sourceRepositoryUri: 'https://github.com/acme/*' }, true],
    ['subject without a star', { issuer: GITHUB_ISSUER, subject: 'https://github.com/other' }, false],
  ])('hints at glob() where a plain %s looks like a pattern', async (_what, rule, isHinted) => {
    const { why } = await outcomeOf(signedBy(rule), [built]);
    expect(why?.message.includes('is compared letter by letter: to make it a pattern, use glob(…) or re2(…)')).toBe(
      isHinted,
    );
  });

  it('takes the reason of the candidate that came closest', async () => {
    const rule = { ...workflow, accept: () => deny('not today') } as SignerRule;
    const { why } = await outcomeOf(signedBy(rule), [other, keyed, built]);
    expect(why?.code).toBe('callback-refused');
    expect(why?.message).toContain('the closest of 3 candidates');
    expect(why?.candidates.map(({ id, code }) => `${id} ${code}`)).toEqual([
      '2 callback-refused',
      '0 issuer-mismatch',
      expect.stringMatching(/^1 sign/),
    ]);
  });

  it('says which types are there if the policy requires another one', async () => {
    const wanted = await outcomeOf(attested('vuln', workflow), [review]);
    expect(wanted.why).toMatchObject({ code: 'predicate-type-mismatch', candidates: [{ id: '0' }] });
    const only = await outcomeOf(signedBy(workflow), [review]);
    expect(only.why?.code).toBe('only-attestations');
    const accepting = { signedBy: workflow, acceptAttestationsAsSignature: ['https://acme.test/other'] };
    expect((await outcomeOf(accepting, [review])).why?.code).toBe('predicate-type-mismatch');
  });

  it('tells the reason at the candidate, too: of the part that asks about its kind', async () => {
    const refusing = attested(REVIEW, workflow, () => deny('stale'));
    const { outcome, decisions } = await world.decide(allOf(signedBy(workflow), refusing), [built, review]);
    expect(told(outcome)).toContain('allOf[1].attested failed predicate-mismatch');
    expect(decisions[1]?.checks.filter(({ status }) => status === 'failed').map(({ code }) => code)).toEqual([
      'predicate-mismatch',
    ]);
  });
});

describe('a callback that could not be asked', () => {
  const unasked = signedBy(asking(down));
  const yes = signedBy({ key: key.pem });
  const no = signedBy(stranger);
  const attestedBy = (predicate: () => true | { readonly denied: string }): ImagePolicy =>
    attested(REVIEW, workflow, predicate);
  const failing = (): true => down(undefined as never, undefined as never) as true;

  it.each<[string, ImagePolicy, PolicyStatus]>([
    ['alone', unasked, 'unknown'],
    ['beside one that holds, any', anyOf(unasked, yes), 'satisfied'],
    ['beside one that doesn’t, any', anyOf(unasked, no), 'unknown'],
    ['beside one that holds, all', allOf(unasked, yes), 'unknown'],
    ['beside one that doesn’t, all', allOf(unasked, no), 'failed'],
    ['as another rule for the same signer', signedBy([asking(down), workflow]), 'satisfied'],
    ['in a threshold that is reached without it', atLeast(1, [asking(down), { key: key.pem }]), 'satisfied'],
    ['in a threshold that hangs on it', atLeast(2, [asking(down), { key: key.pem }]), 'unknown'],
    ['in a threshold that it can’t save', atLeast(2, [asking(down), stranger]), 'failed'],
    ['over a predicate', attestedBy(failing), 'unknown'],
    ['over a predicate, negated', allOf(yes, not(attestedBy(failing))), 'unknown'],
    ['over a predicate, negated twice', allOf(yes, not(not(attestedBy(failing)))), 'unknown'],
    ['over a predicate, negated beside one that holds', allOf(yes, not(anyOf(attestedBy(failing), yes))), 'failed'],
    ['over the set', allOf(yes, acceptImage(failing)), 'unknown'],
    ['over the set, beside another way', anyOf(allOf(yes, acceptImage(failing)), yes), 'satisfied'],
    ['over the set, where the rest doesn’t hold', allOf(no, acceptImage(failing)), 'failed'],
    ['over statements of a vulnerability', allOf(yes, notAffected({ signedBy: asking(down) })), 'satisfied'],
    ['that answers no', signedBy(asking(() => deny('no'))), 'failed'],
    ['over a predicate that answers no, negated', allOf(yes, not(attestedBy(() => deny('no')))), 'satisfied'],
  ])('%s', async (_, policy, status) => {
    const { outcome, signatures } = await world.decide(policy, [built, keyed, review]);
    expect(outcome.status).toBe(status);
    expect(signatures.length > 0).toBe(status === 'satisfied');
  });

  it('is named with what went wrong', async () => {
    expect((await outcomeOf(unasked, [built])).why).toMatchObject({
      code: 'callback-threw',
      message: expect.stringMatching(/could not be asked: connect ECONNREFUSED/),
      candidates: [{ id: '0', code: 'callback-threw' }],
    });
  });

  it('over statements of a vulnerability that were signed is open, and a refusal does not make them go away', async () => {
    const statement = {
      predicateType: 'https://openvex.dev/ns',
      predicate: {
        '@context': 'https://openvex.dev/ns/v0.2.0',
        timestamp: '2026-03-01T00:00:00Z',
        statements: [{ vulnerability: { name: 'CVE-2026-0001' }, status: 'affected' }],
      },
    };
    const vex = await world.sign({ statement });
    const about = (accept: AcceptSignature): ImagePolicy => allOf(yes, notAffected({ signedBy: asking(accept) }));
    expect((await outcomeOf(about(down), [keyed, vex])).status).toBe('unknown');
    const refused = await outcomeOf(
      about(() => deny('no')),
      [keyed, vex],
    );
    expect(told(refused)).toContain('allOf[1].vex failed callback-refused');
    expect(
      told(
        await outcomeOf(
          about(() => true),
          [keyed, vex],
        ),
      ),
    ).toContain('allOf[1].vex failed vex-refused');
  });
});
