import { describe, expect, it } from 'vitest';
import { behaviours } from './behaviours.ts';
import { observe } from './observe.ts';

describe('registries as they are', () => {
  it.each(behaviours.map((behaviour) => [behaviour.name, behaviour] as const))('%s', async (_, behaviour) => {
    expect((await observe(behaviour)).outcome).toBe(behaviour.ours);
  });

  it('are each named once', () => {
    expect(new Set(behaviours.map(({ name }) => name)).size).toBe(behaviours.length);
  });
});
