import { type FileProblem, type GateEntry, gateFiles, type GateReport } from '@sigtrail/gate';
import { createVerifier, type ImagePolicy } from 'sigtrail';
import { toTableRow } from 'sigtrail/report';
import type { ImageResult } from './image-result.ts';
import type { Inputs } from './inputs.ts';

/** Decides about every image that is given, and every one that a file names. */
export async function verifyAll(inputs: Inputs, now: Date): Promise<readonly ImageResult[]> {
  return [...(await verifyImages(inputs, now)), ...(await verifyFiles(inputs, now))];
}

/** The gate of `sigtrail gate`. */
async function verifyFiles({ files, mapFile, verifier }: Inputs, now: Date): Promise<readonly ImageResult[]> {
  if (files.length === 0 || mapFile === undefined) return [];
  const { report } = await gateFiles(files, {
    policyMap: mapFile,
    find: { environment: process.env },
    verifier: { ...verifier, now: () => now },
  });
  return [...report.problems.map(ofProblem), ...report.entries.map((entry) => ofEntry(entry, report.reports))];
}

function ofProblem({ file, message, line = 1, column = 1 }: FileProblem): ImageResult {
  const place = { file, line, column, endLine: line, endColumn: column };
  return { reference: file, decision: 'indeterminate', message, place };
}

function ofEntry(entry: GateEntry, reports: GateReport['reports']): ImageResult {
  const { found, file, line, column, endLine, endColumn, image } = entry;
  const report = image === undefined ? undefined : reports[image];
  const isPinned = entry.verdict === 'verified' && report !== undefined && 'reference' in report;
  return {
    reference: found.outcome === 'image' ? found.named : found.text,
    ...decisionOf(entry),
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
    else results.push({ reference, decision: 'rejected', message: answer?.message ?? 'there is no policy for it' });
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
    else if (asked.get(reference)?.warns === true)
      results.push({ reference, decision: 'warned', message: `${decision}: ${message}` });
    else results.push({ reference, decision, message });
  }
  return results;
}
