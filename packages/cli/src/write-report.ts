import { appendFile } from 'node:fs/promises';
import type { Report } from 'sigtrail';
import { safeText, toMarkdown } from 'sigtrail/report';
import { toJsonLine } from './json-line.ts';
import { codeOf } from './error-code.ts';
import { type OutputFlags, writeResult } from './output.ts';
import { type DetailFlags, reportText } from './report-text.ts';
import type { Streams } from './streams.ts';

/** Formats that every report has. */
export const REPORT_FORMATS: readonly [string, ...string[]] = ['text', 'json', 'markdown', 'html'];
/** Those, and cosign’s own. */
export const VERIFY_FORMATS: readonly [string, ...string[]] = ['text', 'json', 'cosign', 'markdown', 'html'];

/**
 * Writes a report: the format that was asked for to standard output or the file; beside another format than text, the text goes to standard error. In a job of
 * GitHub Actions, the summary of the job gets it as Markdown.
 */
export async function writeReport(
  report: Report,
  flags: OutputFlags & DetailFlags,
  { stdout, stderr }: Streams,
  toCosign?: () => string,
): Promise<void> {
  const text = reportText(report, flags);
  if (flags.output !== 'text') stderr(text);
  await writeResult(await formatted(report, flags, text, toCosign), flags, stdout);
  await writeJobSummary(report, stderr);
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

async function writeJobSummary(report: Report, stderr: Streams['stderr']): Promise<void> {
  const file = process.env['GITHUB_STEP_SUMMARY'];
  if (file === undefined || file === '') return;
  try {
    await appendFile(file, toMarkdown(report));
  } catch (error) {
    // The summary decides nothing: the verdict and its exit code stay.
    stderr(`${safeText(`warning: GITHUB_STEP_SUMMARY can't be written (${codeOf(error)})`)}\n`);
  }
}
