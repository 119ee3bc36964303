import { generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createPolicyWorld, imageDigest, now, type PolicyWorld } from '../../test/policy-world.ts';
import type { PolicyStatus } from '../report/report.ts';
import { type AcceptImage, type AcceptSignature, deny } from '../policy/callback.ts';
import { acceptImage, allOf, anyOf, atLeast, attested, not, notAffected, signedBy } from '../policy/compose.ts';
import { glob } from '../policy/pattern.ts';
import type { ImagePolicy, SignerRule } from '../policy/policy.ts';
import { maxAge, notOlderThan, signedAfter } from '../policy/time-bounds.ts';

const key = generateKeyPair();
const email = (name: string): SignerRule => ({ issuer: 'https://accounts.test', subject: `${name}@acme.test` });
const workflow: SignerRule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const SCAN = {
  invocation: { uri: 'https://ci.acme.test/1' },
  scanner: { uri: 'pkg:generic/scanner@1', version: '1', result: { critical: 0 } },
  metadata: { scanStartedOn: '2026-03-01T00:00:00Z', scanFinishedOn: '2026-03-01T00:00:00Z' },
};
const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';

let world: PolicyWorld;
const people = new Map<string, object>();
let built: object;
let keyed: object;
let scanned: object;
beforeAll(async () => {
  world = await createPolicyWorld();
  for (const name of ['alice', 'bob', 'carol'])
    people.set(
      name,
      await world.sign({
        certificate: { san: [{ kind: 'email', value: `${name}@acme.test` }], issuer: 'https://accounts.test' },
      }),
    );
  built = await world.sign({});
  keyed = await world.sign({ signer: key });
  scanned = await world.sign({ statement: { predicateType: VULN, predicate: SCAN } });
});
const by = (...names: readonly string[]): readonly object[] => names.map((name) => people.get(name) ?? {});
const verdict = async (...asked: Parameters<PolicyWorld['decide']>): Promise<PolicyStatus> =>
  (await world.decide(...asked)).outcome.status;

describe('atLeast', () => {
  it('needs as many signers, each for a rule of its own', async () => {
    const policy = atLeast(2, [email('alice'), email('bob'), email('carol')]);
    expect(await verdict(policy, by('alice', 'carol'))).toBe('satisfied');
    expect(await verdict(policy, by('alice'))).toBe('failed');
  });

  it('counts a signer once, however often it signed', async () => {
    const again = await world.sign({
      certificate: { san: [{ kind: 'email', value: 'alice@acme.test' }], issuer: 'https://accounts.test' },
    });
    const any = { issuer: 'https://accounts.test', subject: glob('*@acme.test') };
    expect(await verdict(atLeast(2, [any, any]), [...by('alice'), again])).toBe('failed');
    expect(await verdict(atLeast(2, [any, any]), by('alice', 'bob'))).toBe('satisfied');
  });

  it('counts a rule once, however many signers fit its pattern', async () => {
    const any = { issuer: 'https://accounts.test', subject: glob('*@acme.test') };
    expect(await verdict(atLeast(2, [any, workflow]), by('alice', 'bob', 'carol'))).toBe('failed');
    expect(await verdict(atLeast(2, [any, workflow]), [...by('alice'), built])).toBe('satisfied');
  });

  it('moves a signer to the rule that only it can fill', async () => {
    const any = { issuer: 'https://accounts.test', subject: glob('*@acme.test') };
    expect(await verdict(atLeast(2, [any, email('alice')]), by('alice', 'bob'))).toBe('satisfied');
  });

  it('says how far it came', async () => {
    const { outcome } = await world.decide(atLeast(2, [email('alice'), email('bob')]), by('alice'));
    expect(outcome).toMatchObject({ kind: 'at-least', status: 'failed', actual: '1', candidates: ['0'] });
  });
});

describe('three values under composition', () => {
  const yes = signedBy(workflow);
  const no = signedBy(email('nobody'));
  const [V, I, R] = ['satisfied', 'unknown', 'failed'] as const;
  // With something unread, "not found" is unknown and "found" stays found.
  it.each<[string, ImagePolicy, PolicyStatus, PolicyStatus]>([
    ['found', yes, V, V],
    ['not found', no, R, I],
    ['allOf found and found', allOf(yes, signedBy({ key: key.pem })), V, V],
    ['allOf found and not found', allOf(yes, no), R, I],
    ['anyOf found or not found', anyOf(yes, no), V, V],
    ['anyOf not found or not found', anyOf(no, no), R, I],
    ['not of not found', allOf(yes, not(no)), V, I],
    ['not of found', allOf(yes, not(signedBy({ key: key.pem }))), R, R],
    ['not of allOf with one not found', allOf(yes, not(allOf(yes, no))), V, I],
    ['not of anyOf with one found', allOf(yes, not(anyOf(yes, no))), R, R],
    ['not of a threshold', allOf(yes, not(atLeast(1, [email('nobody')]))), V, I],
    ['an alternative that needs no absence', anyOf(yes, allOf(yes, not(no))), V, V],
    ['not of not', allOf(yes, not(not(no))), R, I],
    ['no statement against it', allOf(yes, notAffected({ signedBy: workflow })), V, I],
    ['an attestation that is not there', attested('vuln', workflow), R, I],
  ])('%s', async (_name, policy, complete, incomplete) => {
    const bundles = [built, keyed];
    expect(await verdict(policy, bundles)).toBe(complete);
    expect(await verdict(policy, bundles, { complete: { signatures: false, attestations: false } })).toBe(incomplete);
  });

  it('only minds the places where the thing asked for could be', async () => {
    expect(await verdict(no, [built], { complete: { attestations: false } })).toBe(R);
    expect(await verdict(attested('vuln', workflow), [built], { complete: { signatures: false } })).toBe(R);
    expect(await verdict(attested('vuln', workflow), [built], { complete: { attestations: false } })).toBe(I);
  });

  it('accepts the signatures by which it holds, and no signature if it doesn’t', async () => {
    const accepted = await world.decide(anyOf(yes, no), [built, keyed, ...by('alice')]);
    expect(accepted.signatures.map(({ candidate }) => candidate)).toEqual(['0']);
    expect((await world.decide(allOf(yes, no), [built])).signatures).toEqual([]);
    const fits = await world.decide(allOf(yes, no), [built]);
    expect(fits.decisions[0]?.accepted).toBe(true);
  });
});

describe('accept', () => {
  const asking = (accept: AcceptSignature): ImagePolicy => ({ signedBy: { ...workflow, accept } as SignerRule });
  it('gets typed facts, the clock and the reference, and is recorded by name', async () => {
    const seen: unknown[] = [];
    const { outcome, callbacks } = await world.decide(
      asking(function onTheList(signature, context) {
        seen.push(signature.signer.kind, context.now.toISOString(), context.reference, context.signal.aborted);
        return true;
      }),
      [built],
    );
    expect(outcome.status).toBe('satisfied');
    expect(seen).toEqual(['certificate', now.toISOString(), `registry.test/acme/app@${imageDigest}`, false]);
    expect(callbacks).toEqual([{ scope: 'accept', name: 'onTheList', candidate: '0', answer: 'accepted' }]);
  });

  it.each<[string, AcceptSignature, string, PolicyStatus]>([
    ['denies', () => deny('not on the list'), 'callback-refused', 'failed'],
    [
      'throws',
      () => {
        throw new Error('boom');
      },
      'callback-threw',
      'unknown',
    ],
    ['rejects', async () => Promise.reject(new Error('boom')), 'callback-threw', 'unknown'],
    ['returns nothing', (() => undefined) as never, 'callback-refused', 'failed'],
    ['returns something truthy', (() => 1) as never, 'callback-refused', 'failed'],
    ['returns false', (() => false) as never, 'callback-refused', 'failed'],
  ])('never accepts when it %s: only an answer refuses', async (_what, accept, code, status) => {
    const { outcome, decisions, signatures } = await world.decide(asking(accept), [built]);
    expect([outcome.status, outcome.why?.code, signatures.length]).toEqual([status, code, 0]);
    expect(decisions[0]?.checks.find((check) => check.status !== 'passed' && check.status !== 'skipped')?.code).toBe(
      code,
    );
  });

  it('is open when it is late, aborts its signal and names the deadline', async () => {
    let aborted = false;
    const { outcome, callbacks } = await world.decide(
      {
        signedBy: {
          ...workflow,
          accept: {
            name: 'slow service',
            timeoutMs: 20,
            run: async (_signature: unknown, { signal }: { signal: AbortSignal }) =>
              new Promise<true>((resolve) => {
                signal.addEventListener('abort', () => {
                  aborted = true;
                  resolve(true); // too late to be heard
                });
              }),
          },
        } as SignerRule,
      },
      [built],
    );
    expect([outcome.status, aborted]).toEqual(['unknown', true]);
    expect(callbacks).toEqual([
      { scope: 'accept', name: 'slow service', candidate: '0', answer: 'timed-out', reason: 'no answer within 20 ms' },
    ]);
  });

  it('ends with the call', async () => {
    const { callbacks } = await world.decide(
      asking(async () => new Promise<true>(() => undefined)),
      [built],
      { signal: AbortSignal.abort() },
    );
    expect(callbacks[0]).toMatchObject({ answer: 'timed-out', reason: 'the call ended before it answered' });
  });

  it('is not asked about a signature that fails anything else', async () => {
    let asked = 0;
    const accept: AcceptSignature = () => ((asked += 1), true);
    const { outcome } = await world.decide({ signedBy: { ...email('nobody'), accept } as SignerRule }, [built, keyed]);
    expect([outcome.status, asked]).toEqual(['failed', 0]);
  });

  it('can’t change what it was shown', async () => {
    const { signatures } = await world.decide(
      asking((signature) => {
        (signature.signer as { kind: string }).kind = 'forged';
        return true;
      }),
      [built],
    );
    expect(signatures[0]?.signer.kind).toBe('certificate');
  });
});

describe('acceptImage', () => {
  it('sees the accepted set and whether everything was read', async () => {
    const seen: unknown[] = [];
    const look: AcceptImage = ({ signatures, attestations, isComplete, digest }) => {
      seen.push(
        signatures.length,
        attestations.map(({ predicateType }) => predicateType),
        isComplete,
        digest,
      );
      return true;
    };
    const policy = allOf(signedBy(workflow), attested('vuln', workflow), acceptImage(look));
    expect(await verdict(policy, [built, scanned, keyed], { complete: { attestations: false } })).toBe('satisfied');
    expect(seen).toEqual([2, [VULN], false, imageDigest]);
  });

  it('is not asked when the rest doesn’t hold, and refuses by itself', async () => {
    let asked = 0;
    const count: AcceptImage = () => ((asked += 1), deny('never'));
    expect(await verdict({ signedBy: email('nobody'), acceptImage: count }, [built])).toBe('failed');
    expect(asked).toBe(0);
    expect(await verdict({ signedBy: workflow, acceptImage: count }, [built])).toBe('failed');
    expect(asked).toBe(1);
  });
});

describe('predicates', () => {
  const withSchema = (critical: number): ImagePolicy =>
    attested(
      'vuln',
      workflow,
      z.object({ scanner: z.object({ result: z.object({ critical: z.literal(critical) }) }) }),
    );

  it('are checked by a Standard Schema', async () => {
    expect(await verdict(withSchema(0), [scanned])).toBe('satisfied');
    const { outcome, decisions, callbacks } = await world.decide(withSchema(1), [scanned]);
    expect(outcome.status).toBe('failed');
    expect(decisions[0]?.checks.at(-1)).toMatchObject({ code: 'predicate-mismatch', status: 'failed' });
    expect(callbacks[0]).toMatchObject({ scope: 'predicate', name: 'zod schema', answer: 'refused' });
  });

  it('that fail under not neither hold nor not hold', async () => {
    const broken = attested('vuln', workflow, () => {
      throw new Error('boom');
    });
    expect(await verdict(allOf(signedBy(workflow), not(broken)), [built, scanned])).toBe('unknown');
  });

  it('without the shape of their type neither hold nor not hold', async () => {
    const malformed = await world.sign({ statement: { predicateType: VULN, predicate: { scanner: 1 } } });
    expect((await world.decide(attested('vuln', workflow), [malformed])).signatures).toEqual([]);
    expect(await verdict(allOf(signedBy(workflow), not(attested('vuln', workflow))), [built, malformed])).toBe(
      'unknown',
    );
  });

  it('of OpenVEX that can’t be read leave the question open', async () => {
    const malformed = await world.sign({
      statement: { predicateType: 'https://openvex.dev/ns', predicate: { statements: [] } },
    });
    expect(await verdict(allOf(signedBy(workflow), notAffected({ signedBy: workflow })), [built, malformed])).toBe(
      'unknown',
    );
  });
});

describe('time', () => {
  it.each([
    ['signedAfter', signedAfter('2020-01-01T00:00:00Z')],
    ['maxAge', maxAge('365d')],
    ['notOlderThan', notOlderThan('2020-01-01T00:00:00Z')],
  ])('of a plain key can’t be shown: %s', async (_name, bound) => {
    const { outcome, decisions } = await world.decide({ signedBy: { key: key.pem, ...bound } }, [keyed]);
    expect(outcome.status).toBe('failed');
    expect(decisions[0]?.checks.find(({ status }) => status === 'failed')?.code).toBe('freshness-unprovable');
  });

  it('refuses a roll-back behind what is running', async () => {
    const older = await world.sign({ certificate: { notBefore: new Date(now.getTime() - 300_000) } });
    const running = await world.decide(signedBy(workflow), [built]);
    const rule = { ...workflow, ...notOlderThan(running) } as SignerRule;
    expect(await verdict(signedBy(rule), [older])).toBe('failed');
    expect(await verdict(signedBy(rule), [built])).toBe('satisfied');
  });

  it('takes notBefore for it, not the time at which the log saw it', async () => {
    const early = await world.sign({ certificate: { notBefore: new Date(now.getTime() - 300_000) } });
    expect(await verdict(signedBy({ ...workflow, maxAge: '4m' }), [early])).toBe('failed');
  });
});
