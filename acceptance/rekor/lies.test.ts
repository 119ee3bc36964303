import { describe, expect, it } from 'vitest';
import { everyLie } from './lies.ts';

describe('a Rekor v1 that lies', () => {
  it('raises the alarm of its lie, with evidence that holds offline', async () => {
    const rows = await everyLie();
    expect(rows.filter(({ pass }) => !pass)).toEqual([]);
    expect(rows.length).toBeGreaterThanOrEqual(15);
  });
});
