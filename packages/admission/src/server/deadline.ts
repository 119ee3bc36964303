/** What is left for the way back to the API server. */
export const RESERVE_MS = 500;
/** What Kubernetes takes for `timeoutSeconds` where a configuration names none. */
const DEFAULT_MS = 10_000;
/** The most that it can be. */
const MAX_MS = 30_000;

/** When an answer must be on its way: the API server says in the query how long it waits (`?timeout=10s`). */
export function answerBy(query: URLSearchParams, receivedAt: Date): Date {
  const asked = query.get('timeout');
  const [, number = ''] = /^(\d{1,6}(?:\.\d{1,9})?)s$/.exec(asked ?? '') ?? [];
  const waits = number === '' ? DEFAULT_MS : Math.min(MAX_MS, Number(number) * 1000);
  // Of a very short wait, half is kept.
  return new Date(receivedAt.getTime() + Math.max(waits - RESERVE_MS, waits / 2));
}
