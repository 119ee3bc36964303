import type { KeyObject } from 'node:crypto';
import type { Candidate } from '../evidence/candidate.ts';
import type { Check } from '../report/report.ts';
import { bindEntry } from './bind-entry.ts';
import type { EstablishContext } from './facts.ts';
import { checkLogWindow, type ProvenEntry, proveEntry } from './prove-entry.ts';
import { createRecorder } from './recorder.ts';

/** Entries for which the answer so far is yes. */
export interface EntriesChecked {
  readonly entries: readonly ProvenEntry[];
  readonly checks: readonly Check[];
}

/** Which entries are in a trusted log, by promise, inclusion proof or both? */
export async function proveEntries({ logEntries }: Candidate, context: EstablishContext): Promise<EntriesChecked> {
  const all = await Promise.all(
    logEntries.map(async (entry, item) => {
      const record = createRecorder(context.withoutChecks);
      return { proven: await proveEntry(entry, item, context, record), checks: record.checks };
    }),
  );
  return {
    entries: all.map(({ proven }) => proven).filter((proven) => proven !== undefined),
    checks: all.flatMap(({ checks }) => checks),
  };
}

/** Which of the proven entries record this signature, by this signer, over these bytes? */
export function bindEntries(
  proven: readonly ProvenEntry[],
  candidate: Candidate,
  signerKey: KeyObject | undefined,
  { subject, withoutChecks }: EstablishContext,
): EntriesChecked {
  const record = createRecorder(withoutChecks);
  const entries = proven.filter((entry) => bindEntry(entry, candidate, signerKey, subject, record));
  return { entries, checks: record.checks };
}

/** Which of them were made while their log's key was in use? `times` are for entries without a time of their own. */
export function checkLogWindows(
  bound: readonly ProvenEntry[],
  times: readonly Date[],
  { withoutChecks }: EstablishContext,
): EntriesChecked {
  const record = createRecorder(withoutChecks);
  const entries = bound.filter((entry) => checkLogWindow(entry, times, record));
  return { entries, checks: record.checks };
}
