import type { Report } from '../report/any-report.ts';
import type { CandidateReport } from '../report/report.ts';
import { TIMESTAMPS_IGNORED } from '../policy/relaxations.ts';
import type { Row } from './row.ts';

/** What the policy relaxes, if it can have changed the answer: a policy that ignores timestamps is mentioned only if a timestamp was there. */
export function relaxedRows({
  relaxations,
  candidates = [],
}: Pick<Report, 'relaxations'> & { readonly candidates?: readonly CandidateReport[] }): readonly Row[] {
  const isIgnored = candidates.some(({ checks }) => checks.some(({ code }) => code === 'timestamp-not-asked'));
  return relaxations
    .filter((one) => one !== TIMESTAMPS_IGNORED || isIgnored)
    .map((one, index) => [index === 0 ? 'relaxed' : '', one]);
}
