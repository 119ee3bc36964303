import { requireObject } from '@sigtrail/encoding';
import type { GateReport } from './gate-report.ts';
import type { GateRun } from './gate-files.ts';

/**
 * The exit code of a run, as `sigtrail verify` has them: 0 everything may run, 12 an image that does not, or `check` found something outdated, 10 one that is
 * not signed, 14 one that can't be told or could not be read, 11 one that is not there. Of several the first in this order.
 */
export function gateExitCode(run: Pick<GateRun, 'report' | 'outdated'>): 0 | 10 | 11 | 12 | 14 {
  requireObject(run, 'gateExitCode', 'run', ['report', 'outdated']);
  const { report, outdated } = run;
  const codes = new Set([
    ...report.entries.flatMap(codeOf),
    ...(report.problems.length > 0 ? [14] : []),
    ...(outdated.length > 0 ? [12] : []),
  ]);
  return ([12, 10, 14, 11] as const).find((code) => codes.has(code)) ?? 0;
}

function codeOf({ passes, verdict, code }: GateReport['entries'][number]): readonly number[] {
  if (passes) return [];
  switch (verdict) {
    case 'rejected':
      return [code === 'unsigned' || code === 'no-attestation' ? 10 : 12];
    case 'indeterminate':
      return [code === 'image-not-found' ? 11 : 14];
    case 'unresolved':
      return [14];
    case 'refused':
    case 'verified':
    case 'excepted':
    case 'built':
      return [12];
  }
}
