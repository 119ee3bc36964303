/**
 * What must hold on the day of a release, and not on every other: `pnpm release`, or `pnpm release 2026-12-24` for another day. Publish only after it
 * and `pnpm check` passed.
 */
import { PUBLIC_GOOD_SNAPSHOT_DATE } from 'sigtrail/trust';
import { snapshotAgeStep } from './snapshot-age.ts';
import { runSteps } from './step.ts';

const [day] = process.argv.slice(2);
const now = day === undefined ? new Date() : new Date(day);
if (!(await runSteps([snapshotAgeStep(PUBLIC_GOOD_SNAPSHOT_DATE, now)], (line) => console.log(line))))
  process.exitCode = 1;
