import { setTimeout as wait } from 'node:timers/promises';
import { bundleManifest, pushManifest } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { artifact, identity, mint, now } from '../test/attempt.ts';
import { countQuestions, createEstablishWorld } from '../test/established.ts';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { DeadlineOver, startDeadline, withinDeadline } from './deadline.ts';
import { createCertificateCache } from './evidence/certificate-cache.ts';
import { establishSafely } from './establish/establish-safely.ts';
import { openSession } from './session.ts';
import { createVerifier, type Verifier, verifierOf } from './verifier.ts';
import { verifyBundle } from './verify-bundle.ts';

const policy = { signedBy: identity };
const spin = (ms: number): void => {
  const end = performance.now() + ms;
  while (performance.now() < end);
};

describe('a deadline', () => {
  it('is noticed while something is computed, though no timer has its turn', () => {
    const deadline = startDeadline(20);
    deadline.check();
    spin(25);
    expect(deadline.signal.aborted).toBe(false);
    expect(() => deadline.check()).toThrow(DeadlineOver);
  });

  it('lets timers have their turn between two parts of a computation', async () => {
    const deadline = startDeadline(10_000);
    let ticked = false;
    setTimeout(() => (ticked = true), 1);
    while (!ticked) {
      spin(2);
      await deadline.turn();
    }
    expect(deadline.leftMs()).toBeGreaterThan(0);
  });

  it('ends a candidate in the midst of its checks, and nothing more is computed for it', async () => {
    const world = await createEstablishWorld();
    const candidate = await world.candidate();
    const whole = countQuestions();
    await establishSafely(candidate, { ...world.context, signatures: whole });
    // Each question takes longer than half of the time.
    const signatures = countQuestions(() => spin(30));
    const facts = await establishSafely(candidate, { ...world.context, signatures, deadline: startDeadline(50) });
    expect(facts).toMatchObject({ unreadable: { code: 'deadline', status: 'indeterminate' } });
    const { asked } = signatures;
    expect(asked()).toBeGreaterThan(0);
    expect(asked()).toBeLessThan(whole.asked());
    const before = asked();
    await wait(100);
    expect(asked()).toBe(before);
  });
});

describe('an image', () => {
  let image: ImageUnderTest;
  beforeEach(async () => {
    image = await createImage();
  });
  afterEach(() => image.close());

  it('that takes longer than its deadline is indeterminate, with what is known of it', async () => {
    const signers = await Promise.all(Array.from({ length: 12 }, () => image.sigstore.issueCertificate()));
    for (const signer of signers)
      pushManifest(
        image.registry,
        image.repository,
        bundleManifest(
          image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer }),
          image.descriptor,
        ),
      );
    // The first signatures are verified in no time; from then on each question takes as long as the whole deadline.
    let calls = 0;
    const signatures = countQuestions(() => {
      calls += 1;
      if (calls > 60) spin(2500);
    });
    const services = { signatures, certificates: createCertificateCache() };
    await using verifier = verifierOf(openSession({ ...image.options, secondJudge: 'off', services }));
    const other = { signedBy: { ...identity, subject: 'https://github.com/other/workflow' } };
    const report = await verifier.evaluate(image.reference, other, { timeoutMs: 2000 });
    expect(report.verdict).toBe('indeterminate');
    expect(report.problems.map(({ code }) => code)).toContain('deadline');
    const codes = report.candidates.map(({ refusedBecause }) => refusedBecause);
    expect(codes.filter((code) => code !== 'deadline')).toContain('identity-mismatch');
    expect(codes).toContain('deadline');
  });

  it('is verified by the good signature although a place never answers, and that place is named', async () => {
    const signer = await image.sigstore.issueCertificate();
    pushManifest(
      image.registry,
      image.repository,
      bundleManifest(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer }), image.descriptor),
    );
    image.registry.fail({ path: '.sig', fault: { kind: 'hang' } });
    await using verifier = createVerifier(image.options);
    const report = await verifier.evaluate(image.reference, policy, { timeoutMs: 2000 });
    expect(report.verdict).toBe('verified');
    expect(report.problems).toMatchObject([{ code: 'timeout' }]);
  });

  const questions: readonly [string, (verifier: Verifier, signal: AbortSignal) => Promise<unknown>][] = [
    ['evaluate', (verifier, signal) => verifier.evaluate(image.reference, policy, { signal })],
    ['verify', (verifier, signal) => verifier.verify(image.reference, policy, { signal })],
    [
      'verify, each platform',
      (verifier, signal) => verifier.verify(image.reference, policy, { signal, platforms: 'each' }),
    ],
    [
      'verifyAttestations',
      (verifier, signal) =>
        verifier.verifyAttestations(image.reference, { ...policy, type: 'slsaprovenance1' }, { signal }),
    ],
    [
      'evaluateAttestations',
      (verifier, signal) =>
        verifier.evaluateAttestations(image.reference, { ...policy, type: 'slsaprovenance1' }, { signal }),
    ],
    ['capture', (verifier, signal) => verifier.capture(image.reference, policy, { signal })],
    ['inspect', (verifier, signal) => verifier.inspect(image.reference, { signal })],
    ['track', (verifier, signal) => verifier.track(image.reference, { signal, logs: [] })],
    [
      'trackRepository',
      (verifier, signal) =>
        verifier.trackRepository(`${image.registry.host}/${image.repository}`, { signal, logs: [] }),
    ],
  ];
  const reason = new Error('the user pressed stop');

  it.each(questions)('%s rejects with the caller’s own reason before it starts', async (_name, ask) => {
    await using verifier = createVerifier(image.options);
    const requests = image.registry.requests.length;
    await expect(ask(verifier, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(image.registry.requests).toHaveLength(requests);
  });

  it.each(questions)('%s rejects with the caller’s own reason while the registry is silent', async (_name, ask) => {
    image.registry.fail({ fault: { kind: 'hang' } });
    const controller = new AbortController();
    const { registry } = image;
    const before = registry.requests.length;
    await using verifier = createVerifier(image.options);
    const answer = ask(verifier, controller.signal);
    const aborting = (async () => {
      while (registry.requests.length === before) await wait(1);
      controller.abort(reason);
    })();
    await expect(answer).rejects.toBe(reason);
    await aborting;
  });

  it('rejects with the caller’s own reason while something is computed', async () => {
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
    const controller = new AbortController();
    const signatures = countQuestions(() => controller.abort(reason));
    await using verifier = verifierOf(
      openSession({ ...image.options, services: { signatures, certificates: createCertificateCache() } }),
    );
    const call = { signal: controller.signal };
    await expect(verifier.evaluate(image.reference, policy, call)).rejects.toBe(reason);
    // Questions that were on their way together; none after the abort was seen.
    const asked = signatures.asked();
    await wait(20);
    expect(signatures.asked()).toBe(asked);
  });
});

describe('a call', () => {
  const reason = new Error('the user pressed stop');

  it('rejects with the caller’s own reason while trust is loaded', async () => {
    const controller = new AbortController();
    const trust = async (): Promise<never> => {
      controller.abort(reason);
      return new Promise<never>(() => undefined);
    };
    await using verifier = createVerifier({ trust });
    await expect(verifier.evaluate('registry.test/app', policy, { signal: controller.signal })).rejects.toBe(reason);
  });

  it('about a bundle rejects with the caller’s own reason, before it starts and while something is computed', async () => {
    const world = await createEstablishWorld();
    const { bundle, trust } = await mint(world.sigstore, {});
    const controller = new AbortController();
    const signatures = countQuestions(() => controller.abort(reason));
    const services = { signatures, certificates: createCertificateCache() };
    const options = { trust: { json: JSON.stringify(trust) }, now: () => now };
    await using verifier = verifierOf(openSession({ ...options, services }));
    const { signal } = controller;
    await expect(verifier.verifyBundle(bundle, artifact, policy, { signal })).rejects.toBe(reason);
    expect(signatures.asked()).toBeGreaterThan(0);
    await expect(verifyBundle(bundle, artifact, policy, { ...options, signal })).rejects.toBe(reason);
    await expect(verifyBundle(bundle, artifact, policy, options)).resolves.toBeDefined();
  });
});

it('rejects with the reason, whatever the work came to meanwhile', async () => {
  const controller = new AbortController();
  const work = async (): Promise<string> => {
    controller.abort('stop');
    return 'done';
  };
  await expect(withinDeadline({ signal: controller.signal }, { timeoutMs: 1000 }, work)).rejects.toBe('stop');
});
