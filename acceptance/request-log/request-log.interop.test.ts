import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { hasRecordings, runRequestLogs } from './request-log.ts';
import { requestLimits } from '../show/attached-artifacts.ts';

const localStack = join(fixturesIfPresent() ?? '', 'local-stack');

// `pnpm run show attached-artifacts` measures how much faster; here the machine may be busy.
it.skipIf(!hasRecordings(localStack))(
  'what cosign asked one after another is asked in fewer steps',
  { timeout: 120_000 },
  async () => {
    const logs = await runRequestLogs(localStack, { rounds: 1 });
    expect(logs.map(({ job, by }) => `${job} by ${by}`).toSorted()).toEqual(Object.keys(requestLimits).toSorted());
    for (const { job, by, requests, steps, wallMs, cosign } of logs) {
      const { requests: most = 0, steps: longest = 0 } = requestLimits[`${job} by ${by}`] ?? {};
      expect([job, by, requests <= most, steps <= longest]).toEqual([job, by, true, true]);
      if (cosign.requests > 30) expect(wallMs).toBeLessThan(cosign.replayMs);
    }
  },
);
