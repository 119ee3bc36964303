import type { PolicyStatus } from '../report/report.ts';

/**
 * Three-valued logic (Kleene): an answer is `satisfied` or `failed` only when no unknown could change it. So one satisfied branch decides
 * "any", one failed branch decides "all", and the negation of an unknown is unknown.
 */
export function allOf(statuses: readonly PolicyStatus[]): PolicyStatus {
  if (statuses.includes('failed')) return 'failed';
  return statuses.includes('unknown') ? 'unknown' : 'satisfied';
}

/** Holds when one of them does. */
export function anyOf(statuses: readonly PolicyStatus[]): PolicyStatus {
  if (statuses.includes('satisfied')) return 'satisfied';
  return statuses.includes('unknown') ? 'unknown' : 'failed';
}

/** Holds when it doesn't. */
export function not(status: PolicyStatus): PolicyStatus {
  if (status === 'unknown') return 'unknown';
  return status === 'satisfied' ? 'failed' : 'satisfied';
}

/** Holds when at least `count` are reached. `reached` are certain, and `reachable` would be reached if every unknown turned out well. */
export function atLeast(count: number, reached: number, reachable: number): PolicyStatus {
  if (reached >= count) return 'satisfied';
  return reachable >= count ? 'unknown' : 'failed';
}
