import { challenges, tokenAnswers } from './access.ts';
import type { Behaviour } from './behaviour.ts';
import { configurations } from './configurations.ts';
import { redirects, throttling } from './elsewhere.ts';
import { helpers } from './helpers.ts';
import { damagedLists, deliveredLists, pagedLists } from './lists.ts';
import { deliveredManifests, heads } from './manifests.ts';
import { proxies } from './proxies.ts';

/** Rows of the table that belong together. */
export interface Topic {
  readonly heading: string;
  readonly rows: readonly Behaviour[];
}

/** The table, in its order. */
export const topics: readonly Topic[] = [
  { heading: 'Manifests', rows: [...heads, ...deliveredManifests] },
  { heading: 'Lists in pages', rows: pagedLists },
  { heading: 'Lists of referrers', rows: [...damagedLists, ...deliveredLists] },
  { heading: 'Redirects', rows: redirects },
  { heading: 'Throttling', rows: throttling },
  { heading: 'Challenges and tokens', rows: [...challenges, ...tokenAnswers] },
  { heading: 'Docker configurations', rows: configurations },
  { heading: 'Credential helpers', rows: helpers },
  { heading: 'Proxies', rows: proxies },
];

/** All rows of the table. */
export const behaviours: readonly Behaviour[] = topics.flatMap(({ rows }) => rows);
