import {
  createSigstore,
  EMAIL_ISSUER,
  type FakeRegistry,
  type FakeSigstore,
  pushImage,
  startRegistry,
} from '@sigtrail/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { causeOf } from '../error.ts';
import { deny } from '../policy/callback.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { StageEvent } from '../stage-event.ts';
import { createVerifier } from '../verifier.ts';
import type { ImageOutcome, ManyProgress, PolicyFor } from './image-outcome.ts';

const alice = { issuer: EMAIL_ISSUER, subject: 'alice@acme.test' };
const byAlice: ImagePolicy = { signedBy: alice };
const byBob: ImagePolicy = { signedBy: { issuer: EMAIL_ISSUER, subject: 'bob@acme.test' } };
let registry: FakeRegistry;
let sigstore: FakeSigstore;
let host: string;

beforeAll(async () => {
  [registry, sigstore] = await Promise.all([startRegistry(), createSigstore()]);
  ({ host } = registry);
  for (const name of ['acme/web:v1', 'acme/api:v1', 'other/web:v1'])
    await sigstore.signImage(registry, pushImage(registry, name).reference, { as: { email: 'alice@acme.test' } });
  pushImage(registry, 'acme/unsigned:v1');
  const { digest } = pushImage(registry, 'acme/web:v1');
  for (const tag of ['v1.0', 'v1.0.3', 'latest']) registry.tag('acme/web', tag, digest);
});
afterAll(async () => registry.close());
beforeEach(() => {
  registry.clearFaults();
  registry.configure({ delayMs: 0 });
  registry.requests.length = 0;
});

async function all<T>(outcomes: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const outcome of outcomes) found.push(outcome);
  return found;
}

const verdictOf = ({ reference, report, problem }: ImageOutcome): readonly [string, string | undefined] => [
  reference.replace(`${host}/`, ''),
  report?.verdict ?? problem?.code,
];

/** The outcomes of one run, by reference. */
async function verdicts(
  references: readonly string[],
  policyFor: PolicyFor,
): Promise<Readonly<Record<string, string | undefined>>> {
  await using verifier = createVerifier({ trust: sigstore.trust });
  return Object.fromEntries((await all(verifier.verifyMany(references, policyFor))).map(verdictOf));
}

describe('verifying many images', () => {
  it('answers for each reference as it was given, each by its own policy', async () => {
    const references = ['acme/web:v1', 'acme/api:v1', 'acme/unsigned:v1', 'acme/missing:v1'].map(
      (name) => `${host}/${name}`,
    );
    const asked: string[] = [];
    const policyFor: PolicyFor = async (image) => {
      if (image.kind !== 'registry') throw new Error('not in a registry');
      asked.push(`${image.reference.registry}/${image.reference.repository}:${image.reference.tag}`);
      return Promise.resolve(image.reference.repository === 'acme/api' ? byBob : byAlice);
    };
    expect(await verdicts(references, policyFor)).toEqual({
      'acme/web:v1': 'verified',
      'acme/api:v1': 'rejected',
      'acme/unsigned:v1': 'rejected',
      'acme/missing:v1': 'indeterminate',
    });
    expect(asked.toSorted()).toEqual(references.toSorted());
  });

  it('gives the report that a question by itself gives, but for how it was read', async () => {
    await using verifier = createVerifier({ trust: sigstore.trust, now: () => sigstore.now });
    const reference = `${host}/acme/web:latest`;
    const [outcome] = await all(verifier.verifyMany([reference], () => byAlice));
    const { transcript: _, ...alone } = await verifier.evaluate(reference, byAlice);
    expect(outcome).toMatchObject({ kind: 'report', reference, report: { requested: reference } });
    const { transcript, ...report } = outcome?.report ?? { transcript: [] };
    expect(report).toEqual(alone);
    expect(transcript[0]).toMatchObject({ method: 'HEAD', status: 200, step: 1 });
  });

  it('takes references from an asynchronous source, the same one several times, and answers each time', async () => {
    async function* references(): AsyncGenerator<string> {
      for (let index = 0; index < 5; index += 1) yield Promise.resolve(`${host}/acme/web:v1`);
    }
    await using verifier = createVerifier({ trust: sigstore.trust });
    const outcomes = await all(verifier.verifyMany(references(), () => byAlice));
    expect(outcomes.map(verdictOf)).toEqual(Array.from({ length: 5 }, () => ['acme/web:v1', 'verified']));
  });

  it('has an outcome for what can’t be asked about, and continues', async () => {
    const references = ['NOT A REFERENCE', `${host}/acme/web:v1`, `${host}/acme/api:v1`, `${host}/acme/unsigned:v1`];
    const mine = new Error('no entry for acme/api');
    const policyFor: PolicyFor = (image) => {
      if (image.text.includes('acme/api')) throw mine;
      if (image.text.includes('acme/unsigned')) return { signdBy: {} } as never;
      return byAlice;
    };
    await using verifier = createVerifier({ trust: sigstore.trust });
    const outcomes = await all(verifier.verifyMany(references, policyFor));
    expect(Object.fromEntries(outcomes.map(verdictOf))).toEqual({
      'NOT A REFERENCE': 'invalid-reference',
      'acme/web:v1': 'verified',
      'acme/api:v1': 'policy-unavailable',
      'acme/unsigned:v1': 'invalid-policy',
    });
    const [refused] = outcomes.filter(({ problem }) => problem?.code === 'policy-unavailable');
    expect(refused?.problem?.message).toBe('policyFor threw: no entry for acme/api');
    expect(refused?.problem === undefined ? undefined : causeOf(refused.problem)).toBe(mine);
  });

  it('says which references were refused because other callers fill the queue', async () => {
    await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 1, maxQueue: 0 });
    const { promise, resolve: open } = Promise.withResolvers<void>();
    const accept = async (): Promise<true> => {
      await promise;
      return true;
    };
    const first = verifier.evaluate(`${host}/acme/web:v1`, { signedBy: { ...alice, accept } });
    const outcomes = await all(verifier.verifyMany([`${host}/acme/api:v1`], () => byAlice));
    open();
    expect(outcomes.map(verdictOf)).toEqual([['acme/api:v1', 'overloaded']]);
    expect((await first).verdict).toBe('verified');
  });

  it('answers for the platforms of an index, and shares what it reads of them', async () => {
    const { reference, platforms } = pushImage(registry, 'acme/multi:v1', {
      platforms: ['linux/amd64', 'linux/arm64'],
    });
    for (const { reference: platform } of Object.values(platforms))
      await sigstore.signImage(registry, platform, { as: { email: 'alice@acme.test' } });
    await using verifier = createVerifier({ trust: sigstore.trust });
    const count = async (times: number): Promise<number> => {
      registry.requests.length = 0;
      const outcomes = await all(
        verifier.verifyMany(
          Array.from({ length: times }, () => reference),
          () => byAlice,
          { platforms: 'each' },
        ),
      );
      for (const { report } of outcomes) expect(report).toMatchObject({ kind: 'platforms', verdict: 'verified' });
      return registry.requests.length;
    };
    await count(1);
    expect((await count(8)) - (await count(1))).toBe(7);
  });

  it.each<[string, unknown, unknown, unknown]>([
    ['a text in place of a list', 'ghcr.io/acme/app', () => byAlice, {}],
    ['nothing in place of a list', undefined, () => byAlice, {}],
    ['an object in place of a list', {}, () => byAlice, {}],
    ['a policy in place of a function', [], byAlice, {}],
    ['a misspelt option', [], () => byAlice, { Platforms: 'each' }],
    ['a listener that is not a function', [], () => byAlice, { onProgress: 'log' }],
    ['inherit without platforms', [], () => byAlice, { inherit: true }],
  ])('refuses %s at once', async (_, references, policyFor, options) => {
    await using verifier = createVerifier({ trust: sigstore.trust });
    expect(() => verifier.verifyMany(references as never, policyFor as never, options as never)).toThrow(TypeError);
  });

  it('refuses what is not a text in the list', async () => {
    await using verifier = createVerifier({ trust: sigstore.trust });
    await expect(all(verifier.verifyMany([42 as never], () => byAlice))).rejects.toThrow(TypeError);
  });
});

describe('one discovery for each digest', () => {
  const tags = ['v1', 'v1.0', 'v1.0.3', 'latest'];
  const named = (repository: string): readonly string[] => tags.map((tag) => `${host}/${repository}:${tag}`);

  async function requestsOf(references: readonly string[], policyFor: PolicyFor = () => byAlice): Promise<number> {
    registry.requests.length = 0;
    await using verifier = createVerifier({ trust: sigstore.trust });
    for (const { report } of await all(verifier.verifyMany(references, policyFor))) expect(report).toBeDefined();
    return registry.requests.length;
  }

  it('asks what each tag names, and for the rest once', async () => {
    const alone = await requestsOf(named('acme/web').slice(0, 1));
    expect(await requestsOf(named('acme/web'))).toBe(alone + 3);
    const resolved = registry.requests.filter(({ method }) => method === 'HEAD');
    expect(resolved).toHaveLength(4);
  });

  it('asks nothing more for a reference that has the digest already', async () => {
    const { pinned } = pushImage(registry, 'acme/web:v1');
    const one = await requestsOf([pinned]);
    expect(await requestsOf(Array.from({ length: 40 }, () => pinned))).toBe(one);
  });

  it('applies each policy by itself to what it shares', async () => {
    const found = await verdicts(named('acme/web'), (image) => (image.text.endsWith('latest') ? byBob : byAlice));
    expect(found).toEqual({
      'acme/web:v1': 'verified',
      'acme/web:v1.0': 'verified',
      'acme/web:v1.0.3': 'verified',
      'acme/web:latest': 'rejected',
    });
  });

  it('asks each repository by itself: the same digest need not be signed in another', async () => {
    const { digest } = pushImage(registry, 'acme/web:v1');
    pushImage(registry, 'copy/web:v1', { content: 'acme/web:v1' });
    expect(registry.manifest('copy/web', 'v1')?.descriptor.digest).toBe(digest);
    expect(await verdicts([`${host}/acme/web:v1`, `${host}/copy/web:v1`], () => byAlice)).toEqual({
      'acme/web:v1': 'verified',
      'copy/web:v1': 'rejected',
    });
  });

  it('marks in the transcript what was read for a different reference', async () => {
    await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 1 });
    const [first, second] = await all(verifier.verifyMany(named('acme/web').slice(0, 2), () => byAlice));
    const notes = (outcome: ImageOutcome | undefined): readonly (string | undefined)[] =>
      outcome?.report?.transcript.map(({ note }) => note) ?? [];
    expect(notes(first)).not.toContain('shared');
    expect(notes(second).filter((note) => note === undefined)).toHaveLength(1);
    expect(notes(second).filter((note) => note === 'shared').length).toBeGreaterThan(2);
  });

  it('counts no request for what was shared in its stage events', async () => {
    const requests: number[] = [];
    const onEvent = (event: StageEvent): void => {
      if (event.stage === 'discover' && event.phase === 'end' && 'requests' in event) requests.push(event.requests);
    };
    await using verifier = createVerifier({ trust: sigstore.trust, onEvent });
    await all(verifier.verifyMany(named('acme/web'), () => byAlice));
    expect(requests.toSorted((a, b) => a - b).slice(0, 3)).toEqual([1, 1, 1]);
    expect(requests.reduce((sum, one) => sum + one)).toBe(registry.requests.length);
  });

  it('does not share what was cut short: the next reference asks again', async () => {
    registry.fail({ path: '/referrers/', times: 1, fault: { kind: 'hang' } });
    await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 1, timeoutMs: 1000 });
    const outcomes = await all(verifier.verifyMany(named('acme/web').slice(0, 2), () => byAlice));
    expect(outcomes.map(({ report }) => report?.verdict)).toEqual(['indeterminate', 'verified']);
  });

  it('shares what lasts: a place that refuses is asked once', async () => {
    registry.fail({ path: '/referrers/', fault: { kind: 'status', status: 403 } });
    await using verifier = createVerifier({ trust: sigstore.trust });
    const count = async (references: readonly string[]): Promise<number> => {
      registry.requests.length = 0;
      const outcomes = await all(verifier.verifyMany(references, () => byAlice));
      expect(new Set(outcomes.map(({ report }) => report?.verdict))).toEqual(new Set(['indeterminate']));
      return registry.requests.filter(({ path }) => path.includes('/referrers/')).length;
    };
    expect(await count(named('acme/web'))).toBe(await count(named('acme/web').slice(0, 1)));
  });

  it('shares nothing between two runs', async () => {
    await using verifier = createVerifier({ trust: sigstore.trust });
    const { reference } = pushImage(registry, 'acme/later:v1');
    const verdict = async (): Promise<string | undefined> =>
      (await all(verifier.verifyMany([reference], () => byAlice)))[0]?.report?.verdict;
    expect(await verdict()).toBe('rejected');
    await sigstore.signImage(registry, reference, { as: { email: 'alice@acme.test' } });
    expect(await verdict()).toBe('verified');
  });
});

describe('the course of a run', () => {
  it('tells how far it is after each reference', async () => {
    const told: ManyProgress[] = [];
    await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 2 });
    const references = [
      `${host}/acme/web:v1`,
      `${host}/acme/unsigned:v1`,
      'NOT A REFERENCE',
      `${host}/acme/missing:v1`,
    ];
    await all(verifier.verifyMany(references, () => byAlice, { onProgress: (progress) => told.push(progress) }));
    expect(told.map(({ done }) => done)).toEqual([1, 2, 3, 4]);
    expect(told.at(-1)).toEqual({
      running: 0,
      done: 4,
      verified: 1,
      rejected: 1,
      indeterminate: 1,
      problems: 1,
      resumed: 0,
    });
  });

  it('finishes what was begun when its signal aborts, and then throws the reason', async () => {
    const stop = new AbortController();
    const reason = new Error('the user pressed stop');
    registry.configure({ delayMs: 20 });
    await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 4 });
    const references = Array.from({ length: 50 }, () => `${host}/acme/web:v1`);
    const seen: (string | undefined)[] = [];
    const reading = (async () => {
      for await (const { report } of verifier.verifyMany(references, () => byAlice, { signal: stop.signal })) {
        seen.push(report?.verdict);
        stop.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(new Set(seen)).toEqual(new Set(['verified']));
    expect(seen.length).toBeLessThan(10);
  });

  it('gives up what was begun when the loop is left', async () => {
    registry.fail({ path: 'api', fault: { kind: 'hang' } });
    await using verifier = createVerifier({ trust: sigstore.trust });
    const started = performance.now();
    for await (const { report } of verifier.verifyMany([`${host}/acme/api:v1`, `${host}/acme/web:v1`], () => byAlice)) {
      expect(report?.verdict).toBe('verified');
      break;
    }
    expect(performance.now() - started).toBeLessThan(5000);
    expect((await verifier.evaluate(`${host}/acme/web:v1`, byAlice)).verdict).toBe('verified');
  });

  it('leaves the verdicts open that an absolute deadline cuts short, and leaves no reference out', async () => {
    registry.fail({ path: '/referrers/', fault: { kind: 'hang' } });
    await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 2 });
    const references = Array.from({ length: 20 }, () => `${host}/acme/web:v1`);
    const options = { deadline: new Date(Date.now() + 500) };
    const outcomes = await all(verifier.verifyMany(references, () => byAlice, options));
    expect(outcomes).toHaveLength(20);
    for (const { report } of outcomes) {
      expect(report?.verdict).toBe('indeterminate');
      expect(new Set(report?.problems.map(({ code }) => code))).toEqual(new Set(['deadline']));
    }
  });

  it('throws when the verifier is closed meanwhile', async () => {
    const verifier = createVerifier({ trust: sigstore.trust, concurrency: 1 });
    const references = Array.from({ length: 50 }, () => `${host}/acme/web:v1`);
    const reading = (async () => {
      for await (const outcome of verifier.verifyMany(references, () => byAlice)) {
        expect(outcome.kind).toBe('report');
        void verifier.close();
      }
    })();
    await expect(reading).rejects.toMatchObject({ code: 'closed' });
  });

  it('lets the code of a policy ask the same verifier', async () => {
    await using verifier = createVerifier({ trust: sigstore.trust, concurrency: 1, maxQueue: 0 });
    const policy: ImagePolicy = {
      signedBy: alice,
      acceptImage: async () => {
        const [base] = await all(verifier.verifyMany([`${host}/acme/api:v1`], () => byAlice));
        return base?.report?.verdict === 'verified' || deny('its base is not verified');
      },
    };
    const outcomes = await all(verifier.verifyMany([`${host}/acme/web:v1`], () => policy));
    expect(outcomes.map(({ report }) => report?.verdict)).toEqual(['verified']);
  });
});
