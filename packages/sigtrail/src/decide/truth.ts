import type { PolicyStatus } from '../report/report.ts';

/**
 * Three-valued logic (Kleene): an answer is `satisfied` or `failed` only when nothing that is still unknown could change it. So one good branch is
 * enough for "any", one bad branch is enough against "all", and the negation of what is unknown stays unknown.
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

/** Holds when at least `count` are reached. `reached` of them surely are, and `reachable` are when everything unknown turns out well. */
export function atLeast(count: number, reached: number, reachable: number): PolicyStatus {
  if (reached >= count) return 'satisfied';
  return reachable >= count ? 'unknown' : 'failed';
}
