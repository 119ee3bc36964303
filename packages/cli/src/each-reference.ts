import { counted } from '@sigtrail/encoding';
import { type ImageOutcome, type ImageReport, isSigtrailError, type PlatformsReport, type Report } from 'sigtrail';
import { isOciError } from 'oci-client-lite/names';
import { type ExitCode, exitCodeOf } from './exit-code.ts';
import { exitCodeOfCode } from './explain-error.ts';
import type { OutputFlags } from './output.ts';
import type { DetailFlags } from './detail-flags.ts';
import { type Answer, writeReports } from './report-writer.ts';
import type { Streams } from './streams.ts';
import { writeReport } from './write-report.ts';

/** What is asked about each image. */
export interface Question {
  readonly ask: (reference: string) => Promise<Report>;
  /** The same about all of them at once, where that reads less. */
  readonly askAll?: () => AsyncIterable<ImageOutcome<ImageReport | PlatformsReport>>;
  /** How many are asked about at a time. */
  readonly most: number;
  /** A verified report as cosign prints it. */
  readonly toCosign: (report: Report) => string;
}

/** Asks about each reference, and writes the answers. Goes on after one that is refused; the exit code is that of the worst. */
export async function askAboutEach(
  references: readonly string[],
  question: Question,
  flags: OutputFlags & DetailFlags,
  streams: Streams,
): Promise<ExitCode> {
  const [only, ...others] = references;
  if (only !== undefined && others.length === 0) {
    const report = await question.ask(only);
    await writeReport(report, flags, streams, () => question.toCosign(report));
    return exitCodeOf(report);
  }
  const positions = new Map(references.map((reference, at) => [reference, at]));
  const writer = await writeReports(flags, streams, question.toCosign);
  const codes = new Set<ExitCode>();
  let done = 0;
  try {
    for await (const answer of question.askAll?.() ?? answersTo(references, question)) {
      codes.add(answer.report === undefined ? exitCodeOfCode(answer.problem.code) : exitCodeOf(answer.report));
      done += 1;
      streams.progress?.(`${done} of ${counted(references.length, 'image')}`);
      await writer.add(positions.get(answer.reference) ?? 0, answer);
    }
    await writer.end();
  } finally {
    await writer.drop();
  }
  return WORST_FIRST.find((code) => codes.has(code)) ?? 0;
}

const WORST_FIRST: readonly ExitCode[] = [2, 12, 10, 14, 11];

/** Asks about each reference, so many at a time, and gives the answers as they come. */
async function* answersTo(
  references: readonly string[],
  { ask, most }: Question,
): AsyncGenerator<Answer, void, undefined> {
  const running = new Map<string, Promise<Answer>>();
  const waiting = [...references];
  while (waiting.length + running.size > 0) {
    for (const reference of waiting.splice(0, most - running.size)) running.set(reference, answered(reference, ask));
    const answer = await Promise.race(running.values());
    running.delete(answer.reference);
    yield answer;
  }
}

/** What the world is like for one image ends nothing for the others. */
async function answered(reference: string, ask: Question['ask']): Promise<Answer> {
  try {
    return { reference, report: await ask(reference) };
  } catch (error) {
    if (!isSigtrailError(error) && !isOciError(error)) throw error;
    return { reference, problem: { code: error.code, message: error.message } };
  }
}
