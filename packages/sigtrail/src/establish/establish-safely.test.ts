import { beforeAll, describe, expect, it } from 'vitest';
import { createEstablishWorld, type EstablishWorld } from '../../test/established.ts';
import { establishSafely } from './establish-safely.ts';

let world: EstablishWorld;
beforeAll(async () => {
  world = await createEstablishWorld();
});

describe('a check that throws', () => {
  const broken = {
    verify: () => {
      throw new RangeError('out of its depth');
    },
  };

  it('leaves its candidate open, neither accepted nor refused for good: a policy that forbids it must not hold by our mistake', async () => {
    const candidate = await world.candidate();
    expect(await establishSafely(candidate, world.context)).toMatchObject({ signer: { kind: 'certificate' } });
    expect(await establishSafely(candidate, { ...world.context, signatures: broken })).toMatchObject({
      id: candidate.id,
      unreadable: { code: 'internal-error', status: 'indeterminate', message: 'checking it failed: out of its depth' },
    });
  });

  it('leaves it open also when what throws is the count of what it asks for', async () => {
    const candidate = await world.candidate();
    const context = { ...world.context, trust: {} as never }; // nothing that can be counted
    expect(await establishSafely(candidate, context)).toMatchObject({
      unreadable: { code: 'internal-error', status: 'indeterminate' },
    });
  });
});
