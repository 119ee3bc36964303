import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { identity } from '../test/attempt.ts';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import type { StageEvent } from './stage-event.ts';
import { createVerifier } from './verifier.ts';

const policy = { signedBy: identity };
let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
  image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
});
afterEach(() => image.close());

const told = (events: readonly StageEvent[]): readonly string[] =>
  events.map(({ stage, phase }) => `${stage} ${phase}`);
const PARTS = ['wait', 'discover', 'establish', 'decide'].flatMap((stage) => [`${stage} start`, `${stage} end`]);
const STAGES = ['answer start', ...PARTS, 'answer end'];

it('are reported in order, with counts that agree with the report and the registry', async () => {
  const events: StageEvent[] = [];
  await using verifier = createVerifier({ ...image.options, onEvent: (event) => void events.push(event) });
  const report = await verifier.evaluate(image.reference, policy);
  expect(told(events)).toEqual(STAGES);
  const ends = events.filter(({ phase }) => phase === 'end');
  expect(ends).toMatchObject([
    { stage: 'wait' },
    { stage: 'discover', image: image.reference, finds: 1, unread: 0, requests: image.registry.requests.length },
    { stage: 'establish', image: image.digest, candidates: report.candidates.length, unread: 0 },
    { stage: 'decide', image: image.digest, accepted: 1, outcome: 'satisfied' },
    { stage: 'answer', verdict: 'verified' },
  ]);
  expect(new Set(events.map(({ question }) => question)).size).toBe(1);
});

it('are told apart by their question, and come from every verb that reads an image', async () => {
  const events: StageEvent[] = [];
  await using verifier = createVerifier({ ...image.options, onEvent: (event) => void events.push(event) });
  await Promise.all([
    verifier.evaluate(image.reference, policy),
    verifier.inspect(image.reference),
    verifier.evaluateAttestations(image.reference, { ...policy, type: 'custom' }),
    verifier.track(image.reference, { logs: [] }),
    verifier.capture(image.reference, policy),
  ]);
  const questions = Map.groupBy(events, ({ question }) => question);
  expect(questions.size).toBe(5);
  for (const one of questions.values()) {
    expect(told(one)).toEqual(expect.arrayContaining(['wait end', 'discover end', 'establish end']));
    expect([told(one)[0], told(one).at(-1)]).toEqual(['answer start', 'answer end']);
    expect(told(one).filter((text) => text.endsWith('start'))).toHaveLength(one.length / 2);
  }
});

it('reach the subscribers of the channel, of whichever verifier', async () => {
  const events: unknown[] = [];
  const listen = (event: unknown): void => void events.push(event);
  const stages = channel('sigtrail:stage');
  stages.subscribe(listen);
  try {
    await using verifier = createVerifier(image.options);
    await verifier.evaluate(image.reference, policy);
    expect(told(events as StageEvent[])).toEqual(STAGES);
  } finally {
    stages.unsubscribe(listen);
  }
});

it('say that nothing could be read, and why', async () => {
  const events: StageEvent[] = [];
  await using verifier = createVerifier({
    ...image.options,
    registry: { retries: 0 },
    onEvent: (event) => void events.push(event),
  });
  image.registry.fail({ fault: { kind: 'status', status: 500 } });
  await verifier.evaluate(image.reference, policy);
  expect(told(events)).toEqual([...STAGES.slice(0, 5), 'answer end']);
  expect(events.at(-2)).toMatchObject({ stage: 'discover', problem: 'server-error' });
  expect(events.at(-1)).toMatchObject({ stage: 'answer', verdict: 'indeterminate', code: 'server-error' });
});

it('say why an image is rejected, and whether a capsule holds evidence for it', async () => {
  const events: StageEvent[] = [];
  await using verifier = createVerifier({ ...image.options, onEvent: (event) => void events.push(event) });
  const stranger = { signedBy: { ...identity, subject: 'stranger@acme.test' } };
  await verifier.evaluate(image.reference, stranger);
  expect(events.at(-1)).toMatchObject({ stage: 'answer', verdict: 'rejected', code: 'no-match' });
  await verifier.capture(image.reference, policy);
  expect(events.at(-1)).toMatchObject({ stage: 'answer', verdict: 'verified' });
});

it('say that a call rejected, and by which code, but for a reason of the caller', async () => {
  const events: StageEvent[] = [];
  await using verifier = createVerifier({ ...image.options, onEvent: (event) => void events.push(event) });
  await expect(verifier.evaluate('https://user:hunter2@nowhere.test/x', policy)).rejects.toThrow();
  expect(events).toMatchObject([
    { stage: 'answer', phase: 'start' },
    { stage: 'answer', phase: 'end', failed: true, code: 'invalid-reference' },
  ]);
  expect(JSON.stringify(events)).not.toContain('hunter2');
  const signal = AbortSignal.abort(new Error('the page was left'));
  await expect(verifier.evaluate(image.reference, policy, { signal })).rejects.toThrow('the page was left');
  expect(events.at(-1)).toMatchObject({ stage: 'answer', failed: true });
  expect(events.at(-1)).not.toHaveProperty('code');
});

it('hold no password, no token and no content', async () => {
  const events: StageEvent[] = [];
  await using verifier = createVerifier({
    ...image.options,
    registry: { credentials: { username: 'alice', password: 'hunter2-secret' } },
    onEvent: (event) => void events.push(event),
  });
  await verifier.evaluate(image.reference, policy);
  expect(events.length).toBeGreaterThan(0);
  for (const event of events)
    for (const value of Object.values(event)) {
      expect(String(value)).not.toMatch(/alice|hunter2|YWxpY2U/);
      expect(String(value).length).toBeLessThan(200);
    }
});

it('can’t change an answer: what a listener throws is an uncaught exception', async () => {
  const failure = new Error('the logger is broken');
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  try {
    const thrown = once(process, 'uncaughtException');
    await using verifier = createVerifier({
      ...image.options,
      onEvent: ({ stage, phase }) => {
        if (stage === 'decide' && phase === 'end') throw failure;
      },
    });
    expect((await verifier.evaluate(image.reference, policy)).verdict).toBe('verified');
    expect((await thrown)[0]).toBe(failure);
  } finally {
    for (const listener of listeners) process.on('uncaughtException', listener);
  }
});

it('are refused to what can’t be called', () => {
  expect(() => createVerifier({ onEvent: 'log' as never })).toThrow(TypeError);
});
