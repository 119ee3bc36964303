import type { KeyObject } from 'node:crypto';
import { sameBytes } from '@sigtrail/encoding';
import type { Candidate, CarriedEntry } from '../evidence/candidate.ts';
import type { Check } from '../report/report.ts';
import { checkEntry } from './check-entry.ts';
import type { EstablishContext } from './facts.ts';
import { checkLogWindow, findLogs, type ProvenEntry, proveEntry } from './prove-entry.ts';
import { createRecorder, type Recorder } from './recorder.ts';

/** The entries that passed so far. */
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
  const record = createRecorder(context.withoutChecks);
  refuseDuplicates(logEntries, context, record);
  return {
    entries: all.map(({ proven }) => proven).filter((proven) => proven !== undefined),
    checks: [...all.flatMap(({ checks }) => checks), ...record.checks],
  };
}

/**
 * A log records a body once: a second copy proves nothing new, and other verifiers refuse it. The index, promise and proof around the body may
 * differ from copy to copy, and a log of Rekor v2 has two ids: one from its key, one from its name and key.
 */
function refuseDuplicates(entries: readonly CarriedEntry[], { trust }: EstablishContext, record: Recorder): void {
  if (entries.length < 2) return;
  const keys = entries.map((entry) => findLogs(entry, trust).map(({ publicKey }) => publicKey));
  const isSameLog = (one: number, other: number): boolean =>
    entries[one]?.logId === entries[other]?.logId ||
    (keys[one] ?? []).some((key) => keys[other]?.some((named) => named.equals(key)));
  for (const [item, entry] of entries.entries()) {
    const first = entries.findIndex(
      (other, index) => index < item && sameBytes(other.body, entry.body) && isSameLog(index, item),
    );
    if (first >= 0)
      record.fail(
        'log-entry',
        'log-entry-duplicate',
        `log entries ${first} and ${item} are the same entry of one log`,
        {
          actual: entry.logId,
          item,
        },
      );
  }
}

/** Which of the proven entries record this signature, by this signer, over these bytes? */
export function checkEntries(
  proven: readonly ProvenEntry[],
  candidate: Candidate,
  signerKey: KeyObject | undefined,
  { subject, withoutChecks }: EstablishContext,
): EntriesChecked {
  const record = createRecorder(withoutChecks);
  const entries = proven.filter((entry) => checkEntry(entry, candidate, signerKey, subject, record));
  return { entries, checks: record.checks };
}

/** Which entries were made while their log's key was in use? `times` are for entries without a time of their own. */
export function checkLogWindows(
  bound: readonly ProvenEntry[],
  times: readonly Date[],
  { withoutChecks }: EstablishContext,
): EntriesChecked {
  const record = createRecorder(withoutChecks);
  const entries = bound.filter((entry) => checkLogWindow(entry, times, record));
  return { entries, checks: record.checks };
}
