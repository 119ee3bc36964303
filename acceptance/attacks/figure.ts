import { ELSEWHERE } from '../../packages/sigtrail/test/attacks/elsewhere.ts';
import { ATTACKS } from '../../packages/sigtrail/test/attacks/index.ts';
import { createWorld } from '../../packages/sigtrail/test/attacks/world.ts';
import type { Figure } from '../show/figure.ts';

/** Tries every attack, with only our own checks, beside its honest neighbour. */
export async function attacksFigure(): Promise<Figure> {
  const world = await createWorld();
  const wrong: string[] = [];
  for (const { row, attack, code, attacked, honest } of ATTACKS) {
    const [tried, neighbour] = [await attacked(world), await honest(world)];
    if (tried.accepted || !tried.codes.includes(code) || !neighbour.accepted) wrong.push(`${row}, ${attack}`);
  }
  const right = ATTACKS.length - wrong.length;
  return {
    name: 'attacks refused with their own code',
    value: `${right} of ${ATTACKS.length}, the honest neighbour of each accepted; ${ELSEWHERE.length} more covered elsewhere by name${wrong.map((one) => `; ${one}`).join('')}`,
    passed: wrong.length === 0,
  };
}
