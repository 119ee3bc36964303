import { counted, optionError, requireObject, requireText } from '@sigtrail/encoding';
import type { Report } from '../../report/any-report.ts';
import type { ImageInspection } from '../../report/inspection.ts';
import type { ImageTrack } from '../../track/image-track.ts';
import type { Timeline } from '../../track/timeline.ts';
import type { EntryView } from '../describe-entry.ts';
import type { BundleAnswer } from '../to-summary.ts';
import { bundleHeader, bundleSections } from './bundle-page.ts';
import { type HtmlOptions, tableIn } from './caller-table.ts';
import { entrySections, entryVerdict } from './entry-article.ts';
import { inspectionHeader, inspectionSections } from './inspection-article.ts';
import { html, type Markup, type Part } from './markup.ts';
import { type Page, toPage } from './page.ts';
import { timelineHeader, timelineSections, trackHeader, trackSections } from './track-article.ts';
import { type Detail, reportSections, verdictOf } from './report-article.ts';

/** No page is larger than this, whatever a report says. */
export const MAX_PAGE_BYTES: number = 300_000;

/**
 * A report as one page that stands alone: the verdict and who, why the times make it count, where it is on record with the path to the signed
 * root, the certificate, the policy, every check, and every request. For several reports, an index leads to each. Also for an inspection, a track, a
 * timeline, and one log entry as `describeEntry` of `sigtrail/report` gives it.
 *
 * The page has no script, loads nothing, and has at most 300 kB: what does not fit is left out, and the page says so. Text of strangers is
 * escaped, and can't become markup.
 *
 * @throws TypeError `invalid-option`
 * @example
 * await writeFile('report.html', toHtml(await evaluateImage('ghcr.io/acme/app:1.4', policy)));
 */
export function toHtml(subject: HtmlSubject, options: HtmlOptions = {}): string {
  requireSubject(subject);
  const table = tableIn(options);
  if (isList(subject)) return pageOfMany(subject, table);
  if ('kind' in subject) return pageOfOne(subject);
  if ('fields' in subject) return pageOfEntry(subject);
  if ('reconciliation' in subject) return pageOfTrack(subject);
  return 'changes' in subject ? pageOfTimeline(subject) : pageOfInspection(subject);
}

/** What a page can be about. */
export type HtmlSubject = Report | readonly Report[] | EntryView | ImageInspection | ImageTrack | Timeline;

/**
 * The page about an answer of `verifyBundle`: `name` is what the bundle was compared with, and times are relative to `now`.
 *
 * @throws TypeError `invalid-option`
 */
export function bundleToHtml(name: string, answer: BundleAnswer, now: Date): string {
  requireText(name, 'bundleToHtml', 'name');
  requireObject(answer, 'bundleToHtml', 'answer', ['verdict', 'report', 'trust']);
  if (!(now instanceof Date) || Number.isNaN(now.getTime()))
    throw optionError('invalid-option', 'bundleToHtml: "now" must be a Date');
  const page = {
    title: `${answer.verdict.toUpperCase()} ${name}`,
    header: [html`<p class="soft">Sigtrail report</p>`, bundleHeader(name, answer, now)],
    footer: footer(now.toISOString()),
  };
  return firstWithRoom(page, [(): Part => bundleSections(answer, now)]);
}

function requireSubject(subject: unknown): void {
  if (Array.isArray(subject)) {
    for (const one of subject) requireObject(one, 'toHtml', 'report', ['kind', 'verdict']);
    return;
  }
  requireObject(subject, 'toHtml', 'report');
  const isKnown = SUBJECTS.some((names) => names.every((name) => name in Object(subject)));
  if (!isKnown)
    throw optionError(
      'invalid-option',
      'toHtml: "report" must be a report, a list of reports, an inspection, a track, a timeline, or an entry of describeEntry',
    );
}

/** The members that identify what a page is about. */
const SUBJECTS: readonly (readonly string[])[] = [
  ['kind', 'verdict'],
  ['fields'],
  ['reconciliation', 'entries'],
  ['changes', 'events'],
  ['candidates', 'attachments'],
];

function isList(subject: HtmlSubject): subject is readonly Report[] {
  return Array.isArray(subject);
}

function pageOfInspection(inspection: ImageInspection): string {
  const page = {
    title: `Signatures of ${inspection.requested}`,
    header: [html`<p class="soft">Sigtrail inspection</p>`, inspectionHeader(inspection)],
    footer: footer(inspection.evaluatedAt),
  };
  const levels = [
    { candidates: 12, requests: 120 },
    { candidates: 4, requests: 20 },
    { candidates: 1, requests: 5 },
  ];
  return firstWithRoom(
    page,
    levels.map((most) => (): Part => inspectionSections(inspection, most)),
  );
}

function pageOfTrack(track: ImageTrack): string {
  const page = {
    title: `Log entries of ${track.requested}`,
    header: [html`<p class="soft">Sigtrail: a transparency log and a registry</p>`, trackHeader(track)],
    footer: footer(track.evaluatedAt),
  };
  return firstWithRoom(
    page,
    SHOWN.map((most) => (): Part => trackSections(track, most)),
  );
}

function pageOfTimeline(line: Timeline): string {
  const page = {
    title: 'Who signed, over time',
    header: [html`<p class="soft">Sigtrail timeline</p>`, timelineHeader(line)],
    footer: footer(undefined),
  };
  return firstWithRoom(
    page,
    SHOWN.map((most) => (): Part => timelineSections(line, most)),
  );
}

/** How many rows of each kind a page tries to have room for. */
const SHOWN: readonly number[] = [200, 60, 15, 3];

const LEVELS: readonly Detail[] = ['whole', 'some', 'summary'];

function pageOfOne(report: Report): string {
  const pages = LEVELS.map(
    (detail) => (): string =>
      toPage({
        title: titleOf(report),
        header: [html`<p class="soft">Sigtrail report</p>`, verdictOf(report, 1)],
        main: reportSections(report, detail, 2),
        footer: footer(report.evaluatedAt),
      }),
  );
  return firstThatFits(pages);
}

function pageOfEntry(view: EntryView): string {
  const page = {
    title: `Log entry of ${view.url}`,
    header: [html`<p class="soft">Sigtrail: an entry of a transparency log</p>`, entryVerdict(view)],
    footer: footer(view.describedAt),
  };
  return firstWithRoom(page, [(): Part => entrySections(view)]);
}

/** Everything about each report, as long as there is room; then less, with the least about accepted reports; finally only the index. */
function pageOfMany(reports: readonly Report[], table: Markup | undefined): string {
  const levels: readonly (readonly [verified: Detail | undefined, others: Detail | undefined])[] = [
    ['whole', 'whole'],
    ['some', 'whole'],
    ['summary', 'some'],
    ['summary', 'summary'],
    [undefined, 'summary'],
    [undefined, undefined],
  ];
  return firstThatFits([
    ...levels.map(
      ([verified, others]) =>
        (): string =>
          manyWith(reports, table, ({ verdict }) => (verdict === 'verified' ? verified : others)),
    ),
    (): string => manyWith(reports, table, () => undefined, 500),
    (): string => manyWith(reports, table, () => undefined, 0),
  ]);
}

function manyWith(
  reports: readonly Report[],
  table: Markup | undefined,
  detailOf: (report: Report) => Detail | undefined,
  most: number = reports.length,
): string {
  const count = (name: string): number => reports.filter(({ verdict }) => verdict === name).length;
  const counts = (['verified', 'rejected', 'indeterminate'] as const).map(
    (name) => html`<span class="verdict ${name}">${count(name)} ${name}</span> `,
  );
  const images = counted(reports.length, 'image');
  const shown = reports.slice(0, most);
  return toPage({
    title: `Sigtrail: ${images}`,
    header: [html`<p class="soft">Sigtrail report</p><h1>${images}</h1><p>${counts}</p>`],
    main: [
      table,
      index(shown, detailOf, reports.length - shown.length),
      ...shown.map((report, at) => article(report, at, detailOf(report))),
    ],
    footer: footer(reports[0]?.evaluatedAt),
  });
}

function index(reports: readonly Report[], detailOf: (report: Report) => Detail | undefined, left: number): Markup {
  return html`<nav class="card" aria-label="Images"><table><caption>Images and verdicts</caption><thead><tr><th scope="col">Image</th><th scope="col">Verdict</th></tr></thead><tbody>${reports.map(
    (report, at) =>
      html`<tr><th scope="row">${detailOf(report) === undefined ? report.requested : html`<a href="#image-${at + 1}">${report.requested}</a>`}</th><td><span class="${report.verdict}">${report.verdict}</span></td></tr>`,
  )}</tbody></table>${left > 0 ? html`<p class="soft">${left} more have no room here: the JSON reports have them.</p>` : undefined}</nav>`;
}

function article(report: Report, at: number, detail: Detail | undefined): Part {
  if (detail === undefined) return undefined;
  return html`<article id="image-${at + 1}" class="image">${verdictOf(report, 2)}<details${report.verdict === 'verified' ? undefined : html` open`}><summary>Details of ${report.requested}</summary>${reportSections(report, detail, 3)}</details></article>`;
}

function titleOf({ verdict, requested }: Report): string {
  return `${verdict.toUpperCase()} ${requested}`;
}

function footer(time: string | undefined): Markup {
  return html`<p>${time === undefined ? undefined : `Checked at ${time}. `}Made by Sigtrail. The page is a picture of a report: it loads nothing, runs nothing, and anyone who can write the file can change it.</p>`;
}

/** The first of several contents that fits on a page; if none fits, the page has only its header. */
function firstWithRoom(page: Omit<Page, 'main'>, contents: readonly (() => Part)[]): string {
  const none = html`<section class="card"><h2>Not shown</h2><p>It is too large for a page: the JSON has it.</p></section>`;
  return firstThatFits([...contents, (): Part => none].map((main) => (): string => toPage({ ...page, main: main() })));
}

function firstThatFits(pages: readonly (() => string)[]): string {
  let page = '';
  for (const make of pages) {
    page = make();
    if (Buffer.byteLength(page) <= MAX_PAGE_BYTES) return page;
  }
  return page;
}
