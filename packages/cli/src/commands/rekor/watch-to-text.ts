import { counted } from '@sigtrail/encoding';
import type { AlarmEvent, GoneEvent, WatchedSigner, WatchEvent } from '@sigtrail/rekor';
import type { ImageWatchRun } from 'sigtrail';
import { ago, safeText } from 'sigtrail/report';

const OUTCOMES: Readonly<Record<ImageWatchRun['exitCode'], string>> = {
  0: 'nothing new',
  10: 'new entries, or a log that is seen for the first time',
  14: 'incomplete: something could not be read',
  20: 'an unexpected signer, or a signature gone from the registry',
  30: 'a log misbehaves',
};

/** One run of the watcher, for people. Text of strangers is escaped. */
export function watchToText(run: ImageWatchRun): string {
  const lines = [
    `${run.at}  ${OUTCOMES[run.exitCode]} (exit code ${run.exitCode})`,
    ...run.events.map((event) => eventToText(event, run.at)),
    ...[...run.problems, ...run.registryProblems].map(({ code, message }) => `  problem ${code}: ${safeText(message)}`),
    ...run.coverage.map(
      ({ log, how, size, alarms }) =>
        `  ${how.padEnd(8)} ${safeText(log)}${size === undefined ? '' : ` at ${counted(size, 'entry', 'entries')}`}${alarms === 0 ? '' : `, ${counted(alarms, 'alarm')}`}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function eventToText(event: WatchEvent, now: string): string {
  if (event.kind === 'gone') return goneToText(event, now);
  if (event.kind === 'alarm') return alarmToText(event);
  if (event.kind === 'unread') return `  UNREAD ${safeText(event.message)}`;
  if (event.kind === 'notice') return `  NOTICE ${event.code}: ${safeText(event.message)}`;
  const { entry, expected, baseline, matchedBy } = event;
  const who = entry.signers.map(signerToText).join('; ') || 'an unreadable signer';
  const mark = expected === 'no' ? 'UNEXPECTED' : baseline ? 'first seen' : 'new';
  const unread = entry.unread === undefined ? '' : `, can’t be read wholly: ${safeText(entry.unread)}`;
  return `  ${mark} entry ${entry.logIndex}: ${safeText(who)}, ${entry.integratedTime === undefined ? 'no time' : timeInWords(entry.integratedTime, now)}, for ${safeText(matchedBy.join(', '))}${unread}`;
}

/** A standing alarm says how to end it. */
function alarmToText({ id, code, message, evidenceFile, standing }: AlarmEvent): string {
  const evidence = evidenceFile === undefined ? '' : ` (evidence: ${safeText(evidenceFile)})`;
  const end =
    standing === true
      ? `\n    it stands until you say that it is right: sigtrail rekor acknowledge ${safeText(id)} --state DIR`
      : '';
  return `  ALARM ${code}: ${safeText(message)}${evidence}${end}`;
}

/** Gone from the registry; a log keeps its entries. */
function goneToText({ signature, place, since }: GoneEvent, now: string): string {
  const { id, signer, entries } = signature;
  const who = signer === undefined ? id : signerToText(signer);
  const logged = entries.length === 0 ? '' : `, in the log as ${entries.map(({ logIndex }) => logIndex).join(', ')}`;
  return `  GONE signature of ${safeText(who)} from ${safeText(place)}, there since ${timeInWords(since, now)}${logged}`;
}

function timeInWords(time: string, now: string): string {
  return `${time} (${ago(time, now)})`;
}

function signerToText({ subjects, fingerprint, issuer }: WatchedSigner): string {
  return `${subjects.join(', ') || fingerprint}${issuer === undefined ? '' : ` (${issuer})`}`;
}
