import type { Report } from 'sigtrail';
import { toMarkdown } from 'sigtrail/report';
import { toJsonLine } from './json-line.ts';
import { addToJobSummary } from './job-summary.ts';
import { type OutputFlags, writeResult } from './output.ts';
import type { DetailFlags } from './detail-flags.ts';
import { reportText } from './report-text.ts';
import type { Streams } from './streams.ts';

/** Formats that every report has. */
export const REPORT_FORMATS: readonly [string, ...string[]] = ['text', 'json', 'markdown', 'html'];
/** Those, a line for each image as soon as it is known, and cosign’s own. */
export const VERIFY_FORMATS: readonly [string, ...string[]] = ['text', 'json', 'jsonl', 'cosign', 'markdown', 'html'];

/**
 * Writes a report: the format that was asked for to standard output or the file; beside another format than text, the text goes to standard error. In a job of
 * GitHub Actions, the summary of the job gets it as Markdown.
 */
export async function writeReport(
  report: Report,
  flags: OutputFlags & DetailFlags,
  streams: Streams,
  toCosign?: () => string,
): Promise<void> {
  const text = reportText(report, flags);
  if (flags.output !== 'text') streams.stderr(text);
  await writeResult(await formatted(report, flags, text, toCosign), flags, streams.stdout);
  await addToJobSummary(() => toMarkdown(report), streams);
}

async function formatted(
  report: Report,
  { output }: OutputFlags,
  text: string,
  toCosign: (() => string) | undefined,
): Promise<string> {
  switch (output) {
    case 'text':
      return text;
    case 'json':
    case 'jsonl':
      return toJsonLine(report);
    case 'markdown':
      return toMarkdown(report);
    case 'html':
      return (await import('sigtrail/report/html')).toHtml(report);
    default:
      // cosign prints nothing for what it refuses.
      return report.verdict === 'verified' ? (toCosign?.() ?? '') : '';
  }
}
