import { expect, it } from 'vitest';
import { createMemory } from './bounded-memory.ts';

it('holds so many bytes, and forgets what was unused for longest', () => {
  const memory = createMemory<string>(10);
  let made = 0;
  const ask = (name: string, bytes: number): string => memory(name, bytes, () => `${name} ${(made += 1)}`);
  expect([ask('a', 4), ask('b', 4), ask('a', 4)]).toEqual(['a 1', 'b 2', 'a 1']);
  expect([ask('c', 4), ask('a', 4), ask('b', 4)]).toEqual(['c 3', 'a 1', 'b 4']);
});

it('doesn’t keep what is larger than all of it', () => {
  const memory = createMemory<object>(10);
  const kept = memory('small', 1, () => ({}));
  expect(memory('large', 11, () => ({}))).not.toBe(memory('large', 11, () => ({})));
  expect(memory('small', 1, () => ({}))).toBe(kept);
});
