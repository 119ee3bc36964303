import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { ImageOutcome, ManyProgress } from './image-outcome.ts';

/** Counts the outcomes of one run. */
export interface Tally {
  begin(): void;
  end(outcome: ImageOutcome<ImageReport | PlatformsReport>): void;
  progress(): ManyProgress;
}

/** Makes an empty tally. */
export function createTally(): Tally {
  let begun = 0;
  const counts = { verified: 0, rejected: 0, indeterminate: 0, problems: 0 };
  let resumed = 0;
  const done = (): number => counts.verified + counts.rejected + counts.indeterminate + counts.problems;
  return {
    begin: () => {
      begun += 1;
    },
    end: (outcome) => {
      counts[outcome.kind === 'report' ? outcome.report.verdict : 'problems'] += 1;
      if (outcome.kind === 'report' && outcome.resumed === true) resumed += 1;
    },
    progress: () => ({ running: begun - done(), done: done(), ...counts, resumed }),
  };
}
