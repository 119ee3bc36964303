import { expect, it } from 'vitest';
import { createGate } from './gate.ts';

/** Pieces of work that end when they are told to. */
function controlledWork(): {
  readonly started: string[];
  readonly begin: (name: string) => Promise<string>;
  readonly end: (name: string, error?: Error) => void;
} {
  const started: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<string>>();
  return {
    started,
    begin: async (name) => {
      started.push(name);
      const end = Promise.withResolvers<string>();
      ends.set(name, end);
      return end.promise;
    },
    end: (name, error) => (error === undefined ? ends.get(name)?.resolve(name) : ends.get(name)?.reject(error)),
  };
}

const settled = async (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

it('runs so many at a time, the others in order of arrival', async () => {
  const { started, begin, end } = controlledWork();
  const gate = createGate(2);
  const all = ['a', 'b', 'c', 'd'].map((name) => gate(async () => begin(name)));
  await settled();
  expect(started).toEqual(['a', 'b']);
  end('b');
  await settled();
  expect(started).toEqual(['a', 'b', 'c']);
  end('a');
  await settled();
  for (const name of ['c', 'd']) end(name);
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
});

it('gives the place of work that fails to the next', async () => {
  const { started, begin, end } = controlledWork();
  const gate = createGate(1);
  const fails = gate(async () => begin('fails'));
  const next = gate(async () => begin('next'));
  end('fails', new Error('it failed'));
  await expect(fails).rejects.toThrow('it failed');
  await settled();
  expect(started).toEqual(['fails', 'next']);
  end('next');
  expect(await next).toBe('next');
});

it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])('has no limit of %s', (limit) => {
  expect(() => createGate(limit)).toThrow('createGate: "limit" must be a whole number, 1 or more');
});
