import { expect, it } from 'vitest';
import type { ImageVerdict } from './judge-image.ts';
import { createSharedAnswers } from './share-answers.ts';

const verified: ImageVerdict = { kind: 'verified', digest: 'sha256:1' };
const late = (): Date => new Date(Date.now() + 60_000);

it('answers equal questions that are open together by one piece of work, and later ones anew', async () => {
  const shared = createSharedAnswers();
  let works = 0;
  const { promise, resolve } = Promise.withResolvers<ImageVerdict>();
  const judge = async (): Promise<ImageVerdict> => {
    works += 1;
    return promise;
  };
  const answers = Promise.all([
    shared.answer('a', late(), judge),
    shared.answer('a', late(), judge),
    shared.answer('b', late(), judge),
  ]);
  expect([works, shared.open(), shared.joined()]).toEqual([2, 2, 1]);
  resolve(verified);
  expect(await answers).toEqual([verified, verified, verified]);
  expect(shared.open()).toBe(0);
  await shared.answer('a', late(), judge);
  expect(works).toBe(3);
});

it('answers by the deadline of each, whatever the work does', async () => {
  const shared = createSharedAnswers();
  const never = async (): Promise<ImageVerdict> => new Promise(() => undefined);
  const first = shared.answer('a', late(), never);
  const second = await shared.answer('a', new Date(Date.now() + 10), never);
  expect(second).toMatchObject({ kind: 'undecided', code: 'deadline' });
  expect(await Promise.race([first, Promise.resolve('open')])).toBe('open');
});

it('asks again for who has time left when the work had the deadline of another', async () => {
  const shared = createSharedAnswers();
  let works = 0;
  const judge = async (): Promise<ImageVerdict> => {
    works += 1;
    return works === 1 ? { kind: 'undecided', code: 'deadline', message: 'late' } : verified;
  };
  const answers = await Promise.all([shared.answer('a', late(), judge), shared.answer('a', late(), judge)]);
  expect(answers.map(({ kind }) => kind)).toEqual(['undecided', 'verified']);
});

it('keeps nothing of a fault', async () => {
  const shared = createSharedAnswers();
  const broken = async (): Promise<ImageVerdict> => {
    throw new Error('broken');
  };
  await expect(shared.answer('a', late(), broken)).rejects.toThrow('broken');
  expect(await shared.answer('a', late(), async () => verified)).toEqual(verified);
});
