import { appendFile } from 'node:fs/promises';
import { codeOf } from './error-code.ts';
import type { Streams } from './streams.ts';
import { warnOn } from './warnings.ts';

/** Whether this is a job of GitHub Actions that has a summary. */
export function isJobSummaryWanted(): boolean {
  return summaryFile() !== undefined;
}

function summaryFile(): string | undefined {
  return process.env['GITHUB_STEP_SUMMARY'] || undefined;
}

/** Adds Markdown to the summary of the job, where there is one. */
export async function addToJobSummary(markdown: () => string, streams: Pick<Streams, 'stderr'>): Promise<void> {
  const file = summaryFile();
  if (file === undefined) return;
  try {
    await appendFile(file, markdown());
  } catch (error) {
    // The summary decides nothing: the verdict and its exit code stay.
    warnOn(streams)(`warning: GITHUB_STEP_SUMMARY can't be written (${codeOf(error)})`);
  }
}
