import type { Step } from './step.ts';

/** Keys are rotated and logs are added, so a release with an older trusted root would refuse good signatures from its first day. */
const MAX_AGE_DAYS = 30;
const DAY_MS = 86_400_000;

/**
 * Refuses a release whose embedded trusted root is older than 30 days at `now`. Not part of `check`, which must not turn red with the calendar.
 */
export function snapshotAgeStep(snapshotDate: string, now: Date): Step {
  return {
    name: 'age of the embedded trusted root',
    run: () => {
      const fault = snapshotFault(snapshotDate, now);
      return Promise.resolve({ ok: fault === undefined, output: fault ?? '' });
    },
  };
}

function snapshotFault(snapshotDate: string, now: Date): string | undefined {
  const taken = Date.parse(`${snapshotDate}T00:00:00Z`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(snapshotDate) || Number.isNaN(taken) || Number.isNaN(now.getTime()))
    return `PUBLIC_GOOD_SNAPSHOT_DATE is ${JSON.stringify(snapshotDate)}; expected a day such as 2026-11-22, and a clock to hold it against`;
  const ageMs = now.getTime() - taken;
  if (ageMs < 0) return `the snapshot is dated in the future (${snapshotDate}); the clock says ${now.toISOString()}`;
  if (ageMs <= MAX_AGE_DAYS * DAY_MS) return undefined;
  const days = Math.floor(ageMs / DAY_MS);
  return `the snapshot of ${snapshotDate} is ${days} days old, and at most ${MAX_AGE_DAYS} are allowed: put the newest trusted_root.json of the public-good TUF repository into packages/sigtrail/src/trust/public-good-root.ts, and its day into PUBLIC_GOOD_SNAPSHOT_DATE`;
}
