import { checkOptions, counted, expecting, requireObject } from '@sigtrail/encoding';
import type { ImageTrack, TrackedEntry, TrackSource } from '../track/image-track.ts';
import type { Timeline } from '../track/timeline.ts';
import { ago } from './ago.ts';
import { safeText } from './safe-text.ts';
import { describeTrust } from './to-text.ts';
import { trackedSignerInWords } from './tracked-signer-in-words.ts';

/** A track as a page of text: who signed, in order of time; what only one side knows; and what can't be known. */
export function trackToText(track: ImageTrack): string {
  requireObject(track, 'trackToText', 'track', ['reconciliation']);
  const { reconciliation } = track;
  const mark = (id: string): string =>
    reconciliation.loggedNotInRegistry.includes(id)
      ? 'LOGGED, NOT IN THE REGISTRY'
      : reconciliation.inBoth.includes(id)
        ? 'in log and registry'
        : '';
  const lines = [
    `${safeText(track.reference)}: ${counted(track.entries.length, 'log entry', 'log entries')}, ${counted(track.signatures.length, 'signature or attestation', 'signatures and attestations')} in the registry`,
    `  trust ${describeTrust(track.trust)}`,
    ...track.entries.flatMap((entry) => entryLines(entry, mark(entry.id), track.evaluatedAt)),
    ...track.signatures
      .filter(({ logged }) => logged !== 'yes')
      .map(
        ({ id, format, logged, problem }) =>
          `  ${logged === 'no' ? 'IN THE REGISTRY, NOT LOGGED' : 'could not be told to be logged'}: ${format} ${safeText(id)}${problem === undefined ? '' : ` (${safeText(problem)})`}`,
      ),
    ...track.problems.map(({ code, message }) => `  problem ${code}: ${safeText(message)}`),
    '  asked',
    ...track.sources.map(sourceLine),
    ...limitLines(track.limits),
  ];
  return `${lines.map(safeText).join('\n')}\n`;
}

/**
 * A timeline as text: who, when, and what changed. With `now`, each time also says how long ago it was.
 *
 * @throws TypeError `invalid-option`
 */
export function timelineToText(timeline: Timeline, options: { readonly now?: Date } = {}): string {
  requireObject(timeline, 'timelineToText', 'timeline', ['signers', 'changes']);
  checkOptions(options, TIMELINE_OPTIONS, 'timelineToText');
  const now = options.now?.toISOString();
  const { signers, changes, trust, problems, sources, limits, leftOut } = timeline;
  const gaps = sources.filter(({ answer }) => answer !== 'answered');
  const lines = [
    ...(signers.length > 0 ? [] : [problems.length > 0 ? 'no signing in what could be read' : 'no signing was found']),
    ...signers.map(
      ({ signer, firstSeen, lastSeen, count, strength }) =>
        `${timeInWords(firstSeen, now)} … ${timeInWords(lastSeen, now)}  ${count}×  ${strength}  ${safeText(signer)}`,
    ),
    ...changes.map(
      ({ at, kind, from, to }) =>
        `${timeInWords(at, now)}  ${kind}${from === undefined ? '' : ` from ${safeText(from)}`} to ${safeText(to)}`,
    ),
    ...(problems.length === 0 ? [] : ['INCOMPLETE: something could not be read, so signings may be missing']),
    ...problems.map(({ code, message }) => `  problem ${code}: ${safeText(message)}`),
    ...trust.map((source) => `  trust ${describeTrust(source)}`),
    ...(gaps.length === 0 ? [] : ['  not read to the end']),
    ...gaps.map((source) => `${sourceLine(source)} (${safeText(source.reference)})`),
    ...(leftOut.length === 0
      ? []
      : [`  ${counted(leftOut.length, 'tag over the limit was', 'tags over the limit were')} not looked at`]),
    ...limitLines(limits),
  ];
  return `${lines.map(safeText).join('\n')}\n`;
}

const TIMELINE_OPTIONS = {
  now: expecting('a Date', (value) => value instanceof Date && !Number.isNaN(value.getTime())),
};

/** The time and, if a clock was given, how long ago it was. */
function timeInWords(time: string | undefined, now: string | undefined): string {
  if (time === undefined) return 'no time';
  return now === undefined ? time : `${time} (${ago(time, now)})`;
}

function sourceLine({ source, where, answer, covers, code }: TrackSource): string {
  return `    ${answer.padEnd(9)} ${source} ${safeText(where)}: ${safeText(covers)}${code === undefined ? '' : ` (${code})`}`;
}

function limitLines(limits: readonly string[]): readonly string[] {
  return limits.length === 0 ? [] : ['  not knowable from these', ...limits.map((limit) => `    ${safeText(limit)}`)];
}

function entryLines(entry: TrackedEntry, mark: string, now: string): readonly string[] {
  const { provenance } = entry;
  const time = entry.integratedTime ?? entry.timestamps[0];
  return [
    `  ${timeInWords(time, now)}  index ${entry.logIndex} of ${safeText(entry.log)}  ${safeText(entry.kind)} ${safeText(entry.apiVersion)}  ${entry.role}${mark === '' ? '' : `  ${mark}`}`,
    `    entry ${provenance.body}, index ${provenance.logIndex}, time ${provenance.integratedTime ?? 'none'}; seen in ${entry.seenIn}; UUID ${entry.uuid}`,
    ...(entry.predicateType === undefined ? [] : [`    type ${safeText(entry.predicateType)}`]),
    ...(entry.unread === undefined ? [] : [`    CAN’T BE READ: ${safeText(entry.unread)}`]),
    ...entry.signers.map((signer) => `    by ${safeText(trackedSignerInWords(signer))}`),
    `    found by ${safeText(entry.foundBy.join('; '))}`,
    ...(entry.searchUrl === undefined ? [] : [`    ${entry.searchUrl}`]),
  ];
}
