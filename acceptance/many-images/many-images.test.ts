import { expect, it } from 'vitest';
import { verifyManyImages } from './many-images.ts';

// The figures of 500 images are those of `show many-images`; here what must hold of them, in less time.

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
