import { ADVISORY_ATTACKS } from './advisory-attacks.ts';
import type { Attack } from './attack.ts';
import { FORMAT_ATTACKS } from './format-attacks.ts';
import { LATER_ATTACKS } from './later-attacks.ts';
import { LIMIT_ATTACKS } from './limit-attacks.ts';
import { MUTATION_ATTACKS } from './mutation-attacks.ts';
import { NEIGHBOUR_ATTACKS } from './neighbour-attacks.ts';
import { PLATFORM_ATTACKS } from './platform-attacks.ts';
import { STOCK_ATTACKS } from './stock-attacks.ts';
import { STOCK_LOG_ATTACKS } from './stock-log-attacks.ts';
import { TRUST_ATTACKS } from './trust-attacks.ts';

/** Every attack that is tried here. */
export const ATTACKS: readonly Attack[] = [
  ...PLATFORM_ATTACKS,
  ...TRUST_ATTACKS,
  ...NEIGHBOUR_ATTACKS,
  ...ADVISORY_ATTACKS,
  ...LIMIT_ATTACKS,
  ...LATER_ATTACKS,
  ...FORMAT_ATTACKS,
  ...MUTATION_ATTACKS,
  ...STOCK_LOG_ATTACKS,
  ...STOCK_ATTACKS,
];
