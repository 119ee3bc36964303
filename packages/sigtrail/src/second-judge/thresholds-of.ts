import { PROFILES } from '../trust/profile.ts';
import type { Thresholds } from './check-parties.ts';
import type { SecondQuestion } from './question.ts';

/** By the authority's profile, unless the policy states a different number. A requirement that any alternative of the policy lacks is dropped. */
export function thresholdsOf({ profile, relaxed, require }: SecondQuestion): Thresholds {
  if (require.length === 0) return { log: 0, sct: 0, time: 0, tsa: 0 };
  const asked = PROFILES[profile];
  const least = (of: (one: SecondQuestion['require'][number]) => number): number => Math.min(...require.map(of));
  return {
    log: least(({ log }) => log ?? asked.log),
    sct: least(({ sct }) => sct ?? asked.sct),
    time: least(({ time }) => time ?? (relaxed.includes('time') ? 0 : asked.time)),
    tsa: least(({ tsa }) => tsa ?? 0),
  };
}
