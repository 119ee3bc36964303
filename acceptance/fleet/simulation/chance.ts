import { createRandom } from '../../../packages/sigtrail/test/mutations/random.ts';
import type { Chance } from './registry.ts';

/** Chance that a seed determines: the same run can be had again. */
export function chanceOf(seed: number): Chance {
  const random = createRandom(seed);
  return { next: () => random.below(2 ** 31) / 2 ** 31 };
}
