import type { Report } from 'sigtrail';
import { type TableRow, toMarkdown, toTable, toTableRow } from 'sigtrail/report';
import { toJsonLine } from './json-line.ts';
import { openResult, type OutputFlags } from './output.ts';
import type { DetailFlags } from './detail-flags.ts';
import { reportText } from './report-text.ts';
import type { Streams } from './streams.ts';
import { addToJobSummary, isJobSummaryWanted } from './job-summary.ts';

/** What came of one of several references. */
export type Answer = { readonly reference: string } & (
  | { readonly report: Report; readonly problem?: undefined }
  | { readonly problem: { readonly code: string; readonly message: string }; readonly report?: undefined }
);

/** Writes what comes of several references, in the format that the flags name. */
export interface ReportWriter {
  /** Takes an answer as it comes; `position` is that of its reference. */
  readonly add: (position: number, answer: Answer) => Promise<void>;
  /** Writes what needs all of them: the table, a page. */
  readonly end: () => Promise<void>;
  /** Gives up: a file that was begun goes away. */
  readonly drop: () => Promise<void>;
}

/**
 * Lines of JSON (`jsonl`) come as the answers do; all else is in the order of the references. The text shows what is not verified, and a table of all at the end;
 * beside another format it goes to standard error.
 */
export async function writeReports(
  flags: OutputFlags & DetailFlags,
  streams: Streams,
  toCosign: (report: Report) => string,
): Promise<ReportWriter> {
  const { output } = flags;
  const result = await openResult(flags, streams.stdout);
  const text = output === 'text' ? result : { write: async (part: string) => streams.stderr(part) };
  const keepsReports = output === 'html' || output === 'markdown' || isJobSummaryWanted();
  const rows: TableRow[] = [];
  const reports: Report[] = [];
  const inOrder = createQueue();

  const say = async (answer: Answer): Promise<void> => {
    await text.write(detailOf(answer, flags));
    if (output === 'json') await result.write(toJson(answer));
    // cosign prints nothing for what it refuses.
    if (output === 'cosign' && answer.report?.verdict === 'verified') await result.write(toCosign(answer.report));
  };
  return {
    add: async (position, answer) => {
      rows[position] = rowOf(answer);
      if (keepsReports && answer.report !== undefined) reports[position] = answer.report;
      if (output === 'jsonl') await result.write(toJson(answer));
      await inOrder(position, async () => say(answer));
    },
    end: async () => {
      const all = reports.filter((report) => report !== undefined);
      if (flags.quiet !== true) await text.write(toTable(rows, columnsOf(flags, streams)));
      if (output === 'markdown') await result.write(toMarkdown(all));
      if (output === 'html') await result.write((await import('sigtrail/report/html')).toHtml(all));
      await result.end();
      if (all.length > 0) await addToJobSummary(() => toMarkdown(all), streams);
    },
    drop: async () => result.drop(),
  };
}

function detailOf({ report }: Answer, flags: DetailFlags): string {
  if (report === undefined) return '';
  return report.verdict === 'verified' && flags.verbose !== true ? '' : reportText(report, flags);
}

function toJson({ reference, report, problem }: Answer): string {
  return toJsonLine(report ?? { requested: reference, problem });
}

function rowOf({ reference, report, problem }: Answer): TableRow {
  if (report !== undefined) return toTableRow(report);
  return { verdict: 'indeterminate', requested: reference, text: `${problem.message} [${problem.code}]` };
}

function columnsOf({ output }: OutputFlags, { terminal }: Streams): { readonly columns?: number } {
  const shown = output === 'text' ? terminal?.stdout : terminal?.stderr;
  return shown === undefined ? {} : { columns: shown.columns };
}

/** Does what is handed to it in the order of the positions, as soon as all before it are done. */
function createQueue(): (position: number, work: () => Promise<void>) => Promise<void> {
  const waiting = new Map<number, () => Promise<void>>();
  let next = 0;
  return async (position, work) => {
    waiting.set(position, work);
    for (let ready = waiting.get(next); ready !== undefined; ready = waiting.get(next)) {
      waiting.delete(next);
      next += 1;
      await ready();
    }
  };
}
