import type { Behaviour } from './behaviour.ts';
import { challenges, tokenAnswers } from './access.ts';
import { damagedLists, deliveredLists, pagedLists } from './lists.ts';
import { deliveredManifests, heads } from './manifests.ts';

/** All rows of the table, in its order. */
export const behaviours: readonly Behaviour[] = [
  ...heads,
  ...deliveredManifests,
  ...pagedLists,
  ...damagedLists,
  ...deliveredLists,
  ...challenges,
  ...tokenAnswers,
];
