import { beforeAll, describe, expect, it } from 'vitest';
import { ATTACKS } from '../test/attacks/index.ts';
import { createWorld, type World } from '../test/attacks/world.ts';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});

// Our own checks only: the stock judge is not asked, so that none of these hangs on it.
describe.each(ATTACKS)('$row: $attack', ({ code, attacked, honest }) => {
  it(`is refused with ${code}`, async () => {
    const { accepted, codes } = await attacked(world);
    expect({ accepted, codes }).toEqual({ accepted: false, codes: expect.arrayContaining([code]) });
  });

  it('leaves its honest neighbour accepted', async () => {
    const { accepted, codes } = await honest(world);
    // With the codes, so that a failure says why; a stranger's signature beside a good one has some of its own.
    expect({ accepted, codes }).toEqual({ accepted: true, codes });
  });
});
