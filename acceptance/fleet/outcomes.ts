import type { ScanOutcome } from '@sigtrail/fleet';

/** All outcomes of a scan. */
export async function collect(outcomes: AsyncIterable<ScanOutcome>): Promise<readonly ScanOutcome[]> {
  const all: ScanOutcome[] = [];
  for await (const outcome of outcomes) all.push(outcome);
  return all;
}

/** The verdict, or the code of the problem. */
export function verdictOf(outcome: ScanOutcome | undefined): string {
  if (outcome === undefined) return 'nothing';
  return outcome.kind === 'report' ? outcome.report.verdict : outcome.problem.code;
}
