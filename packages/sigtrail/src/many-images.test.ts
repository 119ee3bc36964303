import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifact, identity, mint, now } from '../test/attempt.ts';
import { createEstablishWorld } from '../test/established.ts';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { type CallbackContext, type Denial, deny } from './policy/callback.ts';
import type { ImagePolicy } from './policy/policy.ts';
import { createVerifier, type Verifier } from './verifier.ts';

const policy = { signedBy: identity };
let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
  image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
});
afterEach(() => image.close());

/** A policy whose own code does not answer until it is told to, and how many questions have come that far. */
function createGate(): { readonly policy: ImagePolicy; readonly arrived: () => number; readonly open: () => void } {
  let arrived = 0;
  const { promise, resolve: open } = Promise.withResolvers<void>();
  const accept = async (): Promise<true> => {
    arrived += 1;
    await promise;
    return true;
  };
  return { policy: { signedBy: { ...identity, accept } }, arrived: () => arrived, open };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await wait(1);
}

const VERBS: readonly [string, (verifier: Verifier, options: object) => Promise<unknown>][] = [
  ['verify', (verifier, options) => verifier.verify(image.reference, policy, options)],
  ['evaluate', (verifier, options) => verifier.evaluate(image.reference, policy, options)],
  [
    'evaluateAttestations',
    (verifier, options) => verifier.evaluateAttestations(image.reference, { ...policy, type: 'custom' }, options),
  ],
  ['capture', (verifier, options) => verifier.capture(image.reference, policy, options)],
  ['inspect', (verifier, options) => verifier.inspect(image.reference, options)],
  ['track', (verifier, options) => verifier.track(image.reference, { ...options, logs: [] })],
  [
    'trackRepository',
    (verifier, options) =>
      verifier.trackRepository(`${image.registry.host}/${image.repository}`, { ...options, logs: [] }),
  ],
];

describe('a verifier', () => {
  it('answers at most so many questions at a time, and all of them in the end', async () => {
    await using verifier = createVerifier({ ...image.options, concurrency: 2 });
    const gate = createGate();
    const all = Array.from({ length: 5 }, async () => verifier.evaluate(image.reference, gate.policy));
    await until(() => gate.arrived() === 2);
    const { length } = image.registry.requests;
    await wait(50);
    expect([gate.arrived(), image.registry.requests.length]).toEqual([2, length]);
    gate.open();
    expect((await Promise.all(all)).map(({ verdict }) => verdict)).toEqual(Array.from(all, () => 'verified'));
  });

  it('counts the time-out of a question from its turn', async () => {
    await using verifier = createVerifier({ ...image.options, concurrency: 1 });
    const gate = createGate();
    const first = verifier.evaluate(image.reference, gate.policy);
    await until(() => gate.arrived() === 1);
    const second = verifier.evaluate(image.reference, policy, { timeoutMs: 2000 });
    await wait(2100);
    gate.open();
    expect([await first, await second].map(({ verdict }) => verdict)).toEqual(['verified', 'verified']);
  });

  it('refuses a question when too many wait, before anything is asked', async () => {
    await using verifier = createVerifier({ ...image.options, concurrency: 1, maxQueue: 1 });
    const gate = createGate();
    const first = verifier.evaluate(image.reference, gate.policy);
    await until(() => gate.arrived() === 1);
    const second = verifier.evaluate(image.reference, policy);
    for (const [name, ask] of VERBS)
      await expect(ask(verifier, {}), name).rejects.toMatchObject({ name: 'SigtrailError', code: 'overloaded' });
    gate.open();
    expect([(await first).verdict, (await second).verdict]).toEqual(['verified', 'verified']);
  });

  it('lets the code of a policy ask about other images, though all turns are taken', async () => {
    await using verifier = createVerifier({ ...image.options, concurrency: 1, maxQueue: 0 });
    const isSigned = async (reference: string, by: ImagePolicy): Promise<true | Denial> =>
      (await verifier.evaluate(reference, by)).verdict === 'verified' || deny('it is not signed');
    const inner: ImagePolicy = {
      signedBy: identity,
      acceptImage: async ({ reference }) => isSigned(reference, policy),
    };
    const outer: ImagePolicy = {
      signedBy: {
        ...identity,
        accept: async (_: unknown, { reference }: CallbackContext) => {
          const answers = await Promise.all([1, 2, 3].map(async () => isSigned(reference, inner)));
          return answers.find((answer) => answer !== true) ?? true;
        },
      },
    };
    expect((await verifier.evaluate(image.reference, outer)).verdict).toBe('verified');
  });

  it.each(VERBS)('%s rejects with the caller’s own reason while it waits for its turn', async (_, ask) => {
    await using verifier = createVerifier({ ...image.options, concurrency: 1 });
    const gate = createGate();
    const first = verifier.evaluate(image.reference, gate.policy);
    await until(() => gate.arrived() === 1);
    const { length } = image.registry.requests;
    const controller = new AbortController();
    const reason = new Error('the user pressed stop');
    const waiting = ask(verifier, { signal: controller.signal });
    setTimeout(() => controller.abort(reason), 10);
    await expect(waiting).rejects.toBe(reason);
    expect(image.registry.requests).toHaveLength(length);
    gate.open();
    expect((await first).verdict).toBe('verified');
  });
});

describe('an absolute deadline', () => {
  const inMs = (ms: number): Date => new Date(Date.now() + ms);

  it('counts the wait for a turn, and leaves the verdict open', async () => {
    await using verifier = createVerifier({ ...image.options, concurrency: 1 });
    const gate = createGate();
    const first = verifier.evaluate(image.reference, gate.policy);
    await until(() => gate.arrived() === 1);
    const { length } = image.registry.requests;
    const report = await verifier.evaluate(image.reference, policy, { deadline: inMs(50) });
    expect(report).toMatchObject({ verdict: 'indeterminate', problems: [{ code: 'deadline' }] });
    expect(report.problems[0]?.message).toMatch(/before the registry was asked; the question had waited \d+ ms/);
    expect(image.registry.requests).toHaveLength(length);
    gate.open();
    expect((await first).verdict).toBe('verified');
  });

  it.each(VERBS.filter(([name]) => /inspect|track/.test(name)))('%s, without a verdict, throws', async (_, ask) => {
    await using verifier = createVerifier(image.options);
    await expect(ask(verifier, { deadline: inMs(-1000) })).rejects.toMatchObject({ code: 'deadline' });
    image.registry.fail({ fault: { kind: 'hang' } });
    await expect(ask(verifier, { deadline: inMs(200).toISOString() })).rejects.toMatchObject({ code: 'deadline' });
  });

  it('is an indeterminate error of verify, and changes nothing when it is far away', async () => {
    await using verifier = createVerifier(image.options);
    await expect(verifier.verify(image.reference, policy, { deadline: inMs(-1) })).rejects.toMatchObject({
      code: 'indeterminate',
      report: { problems: [{ code: 'deadline' }] },
    });
    const far = { deadline: '2999-01-01T00:00:00Z' };
    expect((await verifier.verify(image.reference, policy, far)).digest).toBe(image.digest);
    expect((await verifier.verify(image.reference, policy, { deadline: inMs(20_000) })).digest).toBe(image.digest);
  });

  it('keeps what is known: a signature counts although a place never answers', async () => {
    image.registry.fail({ path: '.sig', fault: { kind: 'hang' } });
    await using verifier = createVerifier(image.options);
    const verified = await verifier.evaluate(image.reference, policy, { deadline: inMs(1500) });
    expect(verified).toMatchObject({ verdict: 'verified', problems: [{ code: 'deadline' }] });
    const other = { signedBy: { ...identity, subject: 'https://github.com/other/workflow' } };
    const open = await verifier.evaluate(image.reference, other, { deadline: inMs(1500) });
    expect(open).toMatchObject({ verdict: 'indeterminate', problems: [{ code: 'deadline' }] });
    expect(open.candidates).toMatchObject([{ refusedBecause: 'identity-mismatch' }]);
  });

  it.each([{ deadline: () => inMs(250) }, { timeoutMs: 250 }])(
    'does not count the answer of code that let no timer run until it was over: %j',
    async ({ deadline, timeoutMs }) => {
      await using verifier = createVerifier(image.options);
      await verifier.evaluate(image.reference, policy);
      const accept = (): true => {
        for (const end = performance.now() + 500; performance.now() < end; );
        return true;
      };
      const report = await verifier.evaluate(
        image.reference,
        { signedBy: { ...identity, accept } },
        deadline === undefined ? { timeoutMs } : { deadline: deadline() },
      );
      expect(report.verdict).toBe('indeterminate');
    },
  );

  it('holds while trust is loaded', async () => {
    const trust = async (): Promise<never> => new Promise<never>(() => undefined);
    await using verifier = createVerifier({ trust });
    const report = await verifier.evaluate(image.reference, policy, { deadline: inMs(50) });
    expect(report).toMatchObject({ verdict: 'indeterminate', problems: [{ code: 'deadline' }] });
    await expect(verifier.inspect(image.reference, { deadline: inMs(50) })).rejects.toMatchObject({ code: 'deadline' });
  });

  it('holds for bundles', async () => {
    const world = await createEstablishWorld();
    const { bundle, trust } = await mint(world.sigstore, {});
    await using verifier = createVerifier({ trust: { json: JSON.stringify(trust) }, now: () => now });
    await expect(verifier.verifyBundle(bundle, artifact, policy, { deadline: inMs(-1) })).rejects.toMatchObject({
      code: 'indeterminate',
      candidate: { refusedBecause: 'deadline' },
    });
    await verifier.verifyBundle(bundle, artifact, policy, { deadline: inMs(20_000) });
  });

  it.each([42, 'tomorrow', '2026-02-30T00:00:00Z', new Date(Number.NaN), null])(
    'is refused as %j',
    async (deadline) => {
      await using verifier = createVerifier(image.options);
      await expect(
        verifier.evaluate(image.reference, policy, { deadline: deadline as unknown as Date }),
      ).rejects.toMatchObject({ name: 'TypeError', code: 'invalid-option' });
    },
  );
});

describe('closing a verifier', () => {
  it('finishes earlier questions, those that wait for their turn too', async () => {
    const verifier = createVerifier({ ...image.options, concurrency: 1 });
    const questions = [1, 2, 3].map(async () => verifier.evaluate(image.reference, policy));
    await verifier.close();
    expect((await Promise.all(questions)).map(({ verdict }) => verdict)).toEqual(['verified', 'verified', 'verified']);
    await expect(verifier.evaluate(image.reference, policy)).rejects.toMatchObject({ code: 'closed' });
  });

  it('ends questions that take too long, and those behind them, as closed', async () => {
    image.registry.fail({ fault: { kind: 'hang' } });
    const verifier = createVerifier({ ...image.options, concurrency: 1 });
    const before = image.registry.requests.length;
    const questions = [1, 2].map(async () => verifier.evaluate(image.reference, policy));
    await until(() => image.registry.requests.length > before);
    const started = performance.now();
    const [, ...endings] = await Promise.allSettled([verifier.close({ timeoutMs: 50 }), ...questions]);
    expect(endings).toMatchObject([1, 2].map(() => ({ status: 'rejected', reason: { code: 'closed' } })));
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('does not wait for a transport that never says that it is closed', async () => {
    const verifier = createVerifier({
      ...image.options,
      registry: {
        transport: {
          exchange: async () => new Promise<never>(() => undefined),
          close: async () => new Promise<never>(() => undefined),
        },
      },
    });
    const question = verifier.evaluate(image.reference, policy);
    const ended = expect(question).rejects.toMatchObject({ code: 'closed' });
    await wait(20);
    const started = performance.now();
    await verifier.close({ timeoutMs: 10 });
    await ended;
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it('can be hurried by closing again', async () => {
    image.registry.fail({ fault: { kind: 'hang' } });
    const verifier = createVerifier(image.options);
    const question = verifier.evaluate(image.reference, policy);
    const ended = expect(question).rejects.toMatchObject({ code: 'closed' });
    const slow = verifier.close();
    await verifier.close({ timeoutMs: 10 });
    await Promise.all([slow, ended]);
  });

  it('refuses options that it does not have', async () => {
    await using verifier = createVerifier(image.options);
    for (const options of [{ timeout: 5 }, { timeoutMs: -1 }])
      await expect(verifier.close(options as never)).rejects.toBeInstanceOf(TypeError);
  });
});

it.each([{ concurrency: 0 }, { concurrency: 1.5 }, { concurrency: '8' }, { maxQueue: -1 }, { maxQueue: Number.NaN }])(
  'a verifier refuses %j',
  (options) => {
    expect(() => createVerifier(options as never)).toThrow(
      expect.objectContaining({ name: 'TypeError', code: 'invalid-option' }),
    );
  },
);
