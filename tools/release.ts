/**
 * What must hold on the day of a release, but not on other days: `pnpm release`, or `pnpm release 2026-12-24` for another day. Publish only after it
 * and `pnpm check` passed. It only publishes to a registry on loopback.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PUBLIC_GOOD_SNAPSHOT_DATE } from 'sigtrail/trust';
import { npmUpstream } from './npm-project.ts';
import { rehearseRelease } from './rehearse-release.ts';
import { snapshotAgeStep } from './snapshot-age.ts';
import { runSteps, type Step } from './step.ts';

const [day] = process.argv.slice(2);
const now = day === undefined ? new Date() : new Date(day);
const temporary = await mkdtemp(join(tmpdir(), 'sigtrail-release-'));
const rehearsal: Step = {
  name: 'publish on loopback and install again',
  run: async () => {
    const upstream = await npmUpstream();
    return upstream === undefined
      ? { ok: false, output: 'npm gets no answer from its registry, which has the packages of others' }
      : rehearseRelease(upstream, temporary);
  },
};
const steps = [snapshotAgeStep(PUBLIC_GOOD_SNAPSHOT_DATE, now), rehearsal];
if (!(await runSteps(steps, (line) => console.log(line)))) process.exitCode = 1;
await rm(temporary, { recursive: true, force: true });
