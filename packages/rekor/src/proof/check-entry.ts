import { alarm } from '../note/check-checkpoint.ts';
import type { TrustedLog } from '../note/trusted-log.ts';
import type { EntryProvenance, RekorEntry } from '../entry/entry.ts';
import { searchUrl } from '../entry/entry-link.ts';
import { RekorError } from '../error.ts';
import type { AlarmCode } from '../alarm-code.ts';
import type { LogEvidence } from './log-evidence.ts';
import type { LogEntry } from '../entry/log-entry.ts';
import { proveEntry, readContents } from './prove-entry.ts';
import type { EntryTrust } from './prove-entry.ts';
import { toTransparencyLogEntry } from '../entry/transparency-log-entry.ts';

/** Where an entry came from, and the question that it answers. */
export interface EntryContext {
  readonly url: string;
  readonly version: 1 | 2;
  /** `logIndex 12`, `uuid …`. */
  readonly asked: string;
}

/**
 * Proves a served entry, or raises the alarm.
 *
 * @throws RekorError an alarm with evidence; `invalid-checkpoint`
 */
export function checkEntry(entry: LogEntry, trust: EntryTrust, { url, version, asked }: EntryContext): RekorEntry {
  const { checks, provenance, checkpoint, witnesses, log, alarm: failed } = proveEntry(entry, trust);
  if (failed?.code === 'invalid-checkpoint') throw new RekorError('invalid-checkpoint', failed.message);
  if (failed !== undefined) {
    throw alarm(failed.code as AlarmCode, failed.message, {
      ...entryEvidence(entry, trust, url, asked),
      ...(failed.expected === undefined ? {} : { expected: failed.expected }),
      ...(failed.actual === undefined ? {} : { actual: failed.actual }),
    });
  }
  const link = log === undefined ? undefined : linkOf(entry, provenance, log, url);
  const treeId = / - ([0-9]+)$/.exec(checkpoint?.origin ?? '')?.[1];
  return {
    ...entry,
    place: {
      url,
      version,
      ...(checkpoint === undefined ? {} : { origin: checkpoint.origin }),
      ...(treeId === undefined ? {} : { treeId }),
    },
    contents: readContents(entry.body),
    provenance,
    checks,
    witnesses,
    ...(link === undefined ? {} : { searchUrl: link }),
  };
}

/** A link needs a log that the search page knows, by its key, and an index that the log itself vouches for. A mirror answers for the log whose key it shows. */
function linkOf(
  { logIndex }: LogEntry,
  provenance: EntryProvenance,
  { publicKey, baseUrl }: TrustedLog,
  url: string,
): string | undefined {
  return provenance.logIndex === 'unproven' ? undefined : searchUrl({ publicKey, baseUrl: baseUrl ?? url }, logIndex);
}

/** An alarm for an entry that is not the requested one, or stands where it may not. */
export function entryAlarm(
  code: AlarmCode,
  message: string,
  entry: LogEntry,
  trust: EntryTrust,
  { url, asked }: EntryContext,
  details: { readonly expected?: string; readonly actual?: string } = {},
): RekorError {
  return alarm(code, message, { ...entryEvidence(entry, trust, url, asked), ...details });
}

function entryEvidence(
  entry: LogEntry,
  { shards }: EntryTrust,
  url: string,
  asked: string,
): Pick<LogEvidence, 'url' | 'asked' | 'checkpoints' | 'entry' | 'shards'> {
  const note = entry.inclusionProof?.checkpoint;
  return {
    url,
    asked,
    checkpoints: note === undefined ? [] : [note],
    entry: { uuid: entry.uuid, entry: toTransparencyLogEntry(entry) },
    ...(shards === undefined ? {} : { shards }),
  };
}
