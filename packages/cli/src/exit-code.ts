import type { Report } from 'sigtrail';

/**
 * 0 verified · 10 nothing is there: positively unsigned, or no attestation · 11 image not found · 12 found, none accepted · 14 indeterminate · 2 wrong usage.
 * 15 a replay would be verified, but by trust or a policy that only its file vouches for, or otherwise than recorded; or what is given is not the file’s.
 * Of the log commands: 0 nothing to tell · 10 new entries · 20 an unexpected one, or one that the registry lacks · 30 the log misbehaves.
 */
export type ExitCode = 0 | 2 | 10 | 11 | 12 | 14 | 15 | 20 | 30;

/** The exit code of a report. */
export function exitCodeOf(report: Report): ExitCode {
  switch (report.verdict) {
    case 'verified':
      return 0;
    case 'rejected':
      return report.reason === 'unsigned' || report.reason === 'no-attestation' ? 10 : 12;
    case 'indeterminate':
      return report.problems.some(({ code }) => code === 'image-not-found') ? 11 : 14;
  }
}
