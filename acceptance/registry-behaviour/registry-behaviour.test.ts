import { describe, expect, it } from 'vitest';
import { behaviours } from './behaviours.ts';
import { observeLayout } from './layout-peers.ts';
import { layouts } from './layouts.ts';
import { observe } from './observe.ts';

describe('registries as they are', () => {
  it.each(behaviours.map((behaviour) => [behaviour.name, behaviour] as const))('%s', async (_, behaviour) => {
    expect((await observe(behaviour)).outcome).toBe(behaviour.ours);
  });

  it('are each named once', () => {
    expect(new Set(behaviours.map(({ name }) => name)).size).toBe(behaviours.length);
  });
});

describe('layouts as programs write them', () => {
  it.each(layouts.map((row) => [row.name, row] as const))('%s', async (_, row) => {
    expect(await observeLayout(row)).toBe(row.ours);
  });
});
