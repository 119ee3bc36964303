import type { FleetErrorCode } from './error.ts';

const REASONS: readonly (readonly [pattern: RegExp, code: FleetErrorCode])[] = [
  [/^job stalled more than/, 'worker-lost'],
  [/^no worker /, 'no-worker'],
  [/^the job /, 'invalid-job'],
];

/** What a job that failed without an answer says. Redis could say anything here: it is never more than a problem. */
export function failureOf(failedReason: string): { readonly code: FleetErrorCode; readonly message: string } {
  const code = REASONS.find(([pattern]) => pattern.test(failedReason))?.[1] ?? 'unanswered';
  return {
    code,
    message: code === 'worker-lost' ? 'workers that took the job were lost, again and again' : failedReason,
  };
}
