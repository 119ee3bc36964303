import { type FileProblem, type GateEntry, gateFiles, type GateReport, type GateRun, renderGate } from '@sigtrail/gate';
import { createVerifier, type ImagePolicy, type ImageReport, type PlatformsReport } from 'sigtrail';
import { toTableRow } from 'sigtrail/report';
import type { ImageResult } from './image-result.ts';
import type { Inputs } from './inputs.ts';

/** What all of it came to. */
export interface Verified {
  readonly results: readonly ImageResult[];
  /** Files that were written, or would be. */
  readonly written: readonly string[];
  /** What was found in files, as SARIF. */
  readonly sarif?: string;
}

/** Decides about every image that is given, and every one that a file names. */
export async function verifyAll(inputs: Inputs, now: Date): Promise<Verified> {
  const images = await verifyImages(inputs, now);
  const { files, mapFile, verifier, variables, gate } = inputs;
  if (files.length === 0 || mapFile === undefined) return { results: images, written: [] };
  const run = await gateFiles(files, {
    ...gate,
    policyMap: mapFile,
    // The variables of a job can be secrets, and who writes a Compose file must not read them in an annotation.
    find: { environment: variables, withheld: Object.keys(process.env) },
    verifier: { ...verifier, now: () => now },
  });
  return {
    results: [...images, ...resultsOf(run)],
    written: [...run.written, ...run.outdated],
    sarif: renderGate(run, 'sarif'),
  };
}

function resultsOf({ report, outdated }: GateRun): readonly ImageResult[] {
  return [
    ...report.problems.map(ofProblem),
    ...report.entries.map((entry) => ofEntry(entry, report.reports)),
    ...outdated.map(ofOutdated),
  ];
}

function ofOutdated(file: string): ImageResult {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const message = 'is not what this run would write: run it without "check", and commit what it writes';
  return { reference: file, decision: 'rejected', code: 'outdated', message, place };
}

function ofProblem({ file, code, message, line = 1, column = 1 }: FileProblem): ImageResult {
  const place = { file, line, column, endLine: line, endColumn: column };
  return { reference: file, decision: 'indeterminate', code, message, place };
}

function ofEntry(entry: GateEntry, reports: GateReport['reports']): ImageResult {
  const { found, file, line, column, endLine, endColumn, image, code } = entry;
  const report = image === undefined ? undefined : reports[image];
  const isPinned = entry.verdict === 'verified' && report !== undefined && 'reference' in report;
  return {
    reference: found.outcome === 'image' ? found.named : found.text,
    ...decisionOf(entry),
    ...(code === undefined ? {} : { code }),
    ...(isPinned ? { verified: report.reference } : {}),
    place: { file, line, column, endLine, endColumn },
  };
}

function decisionOf({ verdict, passes, message }: GateEntry): Pick<ImageResult, 'decision' | 'message'> {
  switch (verdict) {
    case 'verified':
    case 'excepted':
    case 'built':
      return passes ? { decision: verdict, message } : { decision: 'rejected', message };
    case 'rejected':
    case 'indeterminate':
      return passes ? { decision: 'warned', message: `${verdict}: ${message}` } : { decision: verdict, message };
    case 'refused':
      return { decision: 'rejected', message };
    case 'unresolved':
      return { decision: 'indeterminate', message };
  }
}

/** The images that are given by name: each once. */
async function verifyImages({ images, policy, map, verifier: options }: Inputs, now: Date): Promise<ImageResult[]> {
  const asked = new Map<string, { readonly policy: ImagePolicy; readonly warns: boolean }>();
  const results: ImageResult[] = [];
  for (const reference of images) {
    const answer = policy === undefined ? map?.policyFor(reference, now) : undefined;
    if (policy !== undefined) asked.set(reference, { policy, warns: false });
    else if (answer?.decision === 'policy')
      asked.set(reference, { policy: answer.policy, warns: answer.mode === 'warn' });
    else if (answer?.decision === 'exception')
      results.push({
        reference,
        decision: 'excepted',
        message: `not verified, until ${answer.until}: ${answer.reason}`,
      });
    else
      results.push({
        reference,
        decision: 'rejected',
        code: answer?.code ?? 'no-match',
        message: answer?.message ?? 'there is no policy for it',
      });
  }
  await using verifier = createVerifier(options);
  const policyFor = ({ text }: { readonly text: string }): ImagePolicy => {
    const of = asked.get(text);
    if (of === undefined) throw new Error(`no policy for ${text}`);
    return of.policy;
  };
  for await (const { reference, report, problem } of verifier.verifyMany(asked.keys(), policyFor)) {
    const decision = report?.verdict ?? 'indeterminate';
    const message = report === undefined ? problem.message : (toTableRow(report).text ?? decision);
    if (report?.verdict === 'verified') results.push({ reference, decision, message, verified: report.reference });
    else {
      const code = report === undefined ? problem.code : codeOf(report);
      if (asked.get(reference)?.warns === true)
        results.push({ reference, decision: 'warned', code, message: `${decision}: ${message}` });
      else results.push({ reference, decision, code, message });
    }
  }
  return results;
}

function codeOf(report: Exclude<ImageReport | PlatformsReport, { verdict: 'verified' }>): string {
  return report.verdict === 'rejected' ? report.reason : report.problems[0].code;
}
