import { expect, it } from 'vitest';
import { verifyManyImages } from './many-images.ts';
import { verifyFleet } from './scale.ts';

// The figures of 500 images, and of 10,000 references, are those of `show many-images`; here what must hold of them, in less time.

it('verifies many images at once, with as many requests as one after the other', { timeout: 120_000 }, async () => {
  const one = await verifyManyImages({ images: 1, delayMs: 0 });
  const many = await verifyManyImages({ images: 60, delayMs: 20 });
  expect(many).toMatchObject({ verified: 60, requests: 60 * one.requests, throttled: 0 });
});

it('verifies all of them from a registry that throttles, and is throttled seldom', { timeout: 120_000 }, async () => {
  const many = await verifyManyImages({ images: 60, delayMs: 20, perSecond: 50 });
  expect(many.problem).toBeUndefined();
  expect(many.verified).toBe(60);
  expect(many.throttled).toBeGreaterThan(0);
  expect(many.throttled).toBeLessThan(many.requests / 4);
});

// Of 150 references the beginning, in which the limit is found out, is a large part.
it.each([{ saysLimits: false }, { saysLimits: true }])(
  'gives every reference of a fleet its verdict by few requests, from a registry that throttles and fails: %j',
  { timeout: 120_000 },
  async ({ saysLimits }) => {
    const fleet = await verifyFleet({ references: 150, digests: 10, perSecond: 50, faultInEvery: 25, saysLimits });
    expect(fleet).toMatchObject({ outcomes: 150, wrong: [] });
    expect(fleet.faults).toBeGreaterThan(2);
    expect(fleet.requests - fleet.faults).toBeLessThan(1.3 * fleet.minimum);
  },
);
