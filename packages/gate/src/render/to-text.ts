import { explainCode, safeText } from 'sigtrail/report';
import type { GateRun } from '../gate/gate-files.ts';
import type { GateEntry, GateReport } from '../gate/gate-report.ts';
import type { NotPinned } from '../pin/pin-text.ts';
import { shownFile, withoutCommands } from '../text/place.ts';

/** The columns of {@link tableRows}. */
export const TABLE_COLUMNS: readonly string[] = ['place', 'image', 'verdict', 'why', 'rule'];

/** One row for each place, and for each file that could not be read. */
export function tableRows({ entries, problems }: GateReport): readonly (readonly string[])[] {
  return [
    ...problems.map(({ file, line, column, code, message }) => [
      placeOf({ file, line, column }),
      '',
      'UNREADABLE',
      `${message} [${code}]`,
      '',
    ]),
    ...entries.map((entry) => [
      placeOf(entry),
      entry.image ?? entry.text.trim(),
      wordFor(entry),
      `${entry.message}${entry.code === undefined ? '' : ` [${entry.code}]`}${notes(entry)}`,
      entry.rule === undefined ? '' : `${entry.rule.pattern} (${entry.rule.file}:${entry.rule.line})`,
    ]),
  ];
}

/** What a place comes to, in a word. */
export function wordFor({ verdict, passes }: GateEntry): string {
  const word = verdict.toUpperCase();
  return passes && verdict !== 'verified' && verdict !== 'excepted' && verdict !== 'built' ? `${word} (warn)` : word;
}

/** What else is to be said of a place: expired exceptions, and what differs from the lock. */
export function notes({ expired = [], lock = [], code }: GateEntry): string {
  return [
    ...expired.map(({ until, reason }) => `; an exception ended ${until} (${reason})`),
    ...lock.filter((one) => one.code !== code && one.code !== 'not-locked').map(({ message }) => `; ${message}`),
  ].join('');
}

/** `file:line:column` */
export function placeOf({
  file,
  line,
  column,
}: {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}): string {
  return line === undefined ? shownFile(file) : `${shownFile(file)}:${line}:${column ?? 1}`;
}

const MAX_WIDTH = 60;

/** One table of everything, and what was written. */
export function gateToText(run: GateRun): string {
  const { report } = run;
  const steps = [...report.problems.map(() => ''), ...report.entries.map(nextStep)];
  const rows = tableRows(report).map(([place = '', image = '', verdict = '', why = '', rule = ''], index) => ({
    place,
    image,
    verdict,
    why,
    rule,
    next: steps[index] ?? '',
  }));
  const width = (key: 'place' | 'image' | 'verdict'): number =>
    Math.min(MAX_WIDTH, Math.max(0, ...rows.map((row) => safeText(row[key]).length)));
  const [places, images, verdicts] = [width('place'), width('image'), width('verdict')];
  const lines = rows.flatMap(({ place, image, verdict, why, rule, next }) => [
    `${safeText(place).padEnd(places)}  ${verdict.padEnd(verdicts)}  ${safeText(image).padEnd(images)}`.trimEnd(),
    `  ${shownFile(safeText(why))}${rule === '' ? '' : `, by ${safeText(rule)}`}`,
    ...(next === '' ? [] : [`  next: ${safeText(next)}`]),
  ]);
  return [...lines, ...(lines.length === 0 ? [] : ['']), ...endLines(run).map(safeText)]
    .map((line) => `${withoutCommands(line)}\n`)
    .join('');
}

/** What a person can do about an image that may not run; empty where its reason says so, or there is nothing to do. */
function nextStep({ passes, verdict, code, image, file }: GateEntry): string {
  if (passes || image === undefined) return '';
  if (verdict === 'refused' && code === 'no-match')
    return `sigtrail inspect ${image} shows who signed it, sigtrail gate init ${file} proposes a rule`;
  if (code === 'signer-changed' || code === 'lost-provenance' || code === 'not-locked' || code === 'moved-tag')
    return `sigtrail inspect ${image} shows who signed it; where that is right, run without --check and with --update-lock`;
  if (verdict !== 'rejected' || code === 'unsigned') return '';
  const inspect = `sigtrail inspect ${image} shows all that it is signed with`;
  const next = code === undefined ? undefined : explainCode(code)?.next;
  return next === undefined ? inspect : `${inspect}; ${next}`;
}

/** How many of what, and what was written or would be. */
export function endLines({ report, pinned, notPinned, written, outdated, ignored }: GateRun): readonly string[] {
  const { entries, files, problems, verdict } = report;
  const count = (name: GateEntry['verdict']): number => entries.filter((one) => one.verdict === name).length;
  const counts = (['verified', 'rejected', 'indeterminate', 'refused', 'unresolved', 'excepted', 'built'] as const)
    .flatMap((name) => (count(name) === 0 ? [] : [`${count(name)} ${name}`]))
    .concat(problems.length === 0 ? [] : [`${problems.length} unreadable`]);
  const left =
    ignored === 0 ? '' : `; ${ignored} ${ignored === 1 ? 'folder' : 'folders'} skipped (third-party code, tools)`;
  return [
    `${verdict.toUpperCase()} ${countOf(files.length, 'file')} with images, ${countOf(entries.length, 'place')}${counts.length === 0 ? '' : `: ${counts.join(', ')}`}${left}`,
    ...(pinned.length === 0
      ? []
      : [`${outdated.length > 0 ? 'would pin' : 'pinned'} ${countOf(pinned.length, 'place')}`]),
    ...notPinned.map((one) => `not pinned: ${placeOf(one.image)} ${one.image.text}: ${whyNot(one)}`),
    ...written.map((file) => `written: ${file}`),
    ...outdated.map((file) => `outdated: ${file}`),
  ];
}

function countOf(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function whyNot({ code }: NotPinned): string {
  switch (code) {
    case 'not-verified':
      return 'it was not verified in this run';
    case 'other-platforms':
      return 'its index names other platforms as well; --platform each verifies all of them';
    case 'interpolated':
      return 'it is put together from variables; --compose-override pins it in a file of its own';
    case 'escaped':
      return 'it is written with escapes or quotes inside: write it out';
    case 'several-lines':
      return 'it is written over several lines: write it on one';
    case 'comes-from-elsewhere':
      return 'it stands in a file that was not given';
  }
}
