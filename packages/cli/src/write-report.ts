import { appendFile, access, constants, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Command } from 'commander';
import type { Report } from 'sigtrail';
import { safeText, toMarkdown } from 'sigtrail/report';
import { toJsonLine } from './json-line.ts';
import { optionGroup } from './option-group.ts';
import { type DetailFlags, reportText } from './report-text.ts';
import type { Streams } from './streams.ts';
import { UsageError } from './usage-error.ts';

/** Flags that say in which format the result is written, and where. */
export interface OutputFlags {
  readonly output: string;
  readonly outputFile?: string;
}

/** Formats that every report has. */
export const REPORT_FORMATS: readonly string[] = ['text', 'json', 'markdown', 'html'];
/** Those, and cosign’s own. */
export const VERIFY_FORMATS: readonly string[] = ['text', 'json', 'cosign', 'markdown', 'html'];

/** Adds the flags of {@link OutputFlags}. */
export function withOutputFlags(command: Command, formats: readonly string[]): Command {
  return optionGroup(command, 'Output', (grouped) =>
    grouped
      .option('-o, --output <format>', inWords(formats), 'text')
      .option('--output-file <file>', 'write the result to this file, and not to standard output'),
  );
}

/** Refuses another format, and a file that can't be made, before any work. */
export async function expectOutput({ output, outputFile }: OutputFlags, formats: readonly string[]): Promise<void> {
  if (!formats.includes(output))
    throw new UsageError(`--output must be ${inWords(formats)}, got ${JSON.stringify(output)}`);
  if (outputFile === undefined) return;
  try {
    await access(dirname(outputFile), constants.W_OK);
  } catch (error) {
    throw unwritable(outputFile, error);
  }
}

function inWords(formats: readonly string[]): string {
  return `${formats.slice(0, -1).join(', ')} or ${formats.at(-1) ?? ''}`;
}

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

/** Writes what was made to the file that the flags name, else to standard output. */
export async function writeResult(
  result: string,
  { outputFile }: OutputFlags,
  stdout: Streams['stdout'],
): Promise<void> {
  if (outputFile === undefined) {
    if (result !== '') stdout(result);
    return;
  }
  try {
    await writeFile(outputFile, result);
  } catch (error) {
    throw unwritable(outputFile, error);
  }
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

function unwritable(file: string, error: unknown): UsageError {
  return new UsageError(`--output-file ${file} can't be written (${codeOf(error)})`);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
}
