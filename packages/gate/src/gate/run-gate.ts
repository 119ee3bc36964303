import { resolve } from 'node:path';
import type { Problem } from 'sigtrail';
import type { ImageReport, ImagePolicy, PlatformsReport } from 'sigtrail';
import { formatReference } from 'oci-client-lite/names';
import { type GateError, isGateError } from '../error.ts';
import type { GateFile } from '../files/gate-file.ts';
import type { FindOptions } from '../find/find-context.ts';
import { findImages } from '../find/find-images.ts';
import { kindOf } from '../find/kind-of.ts';
import { type FoundImage, type NamedImage, normalName, withServicesOf } from '../find/found-image.ts';
import type { PolicyAnswer, PolicyMap } from '../policy-map/policy-map.ts';
import { digestIn, sayReport } from './say-report.ts';
import type { FileProblem, GateEntry, GateReport } from './gate-report.ts';

/** What came of asking about one image. */
export type Answer =
  | { readonly reference: string; readonly report: ImageReport | PlatformsReport; readonly problem?: undefined }
  | { readonly reference: string; readonly problem: Problem; readonly report?: undefined };

/** Asks about many images, each by its own policy: `verifyMany` of a verifier does. */
export type AskMany = (
  references: readonly string[],
  policyFor: (reference: string) => ImagePolicy,
) => AsyncIterable<Answer>;

/** What {@link runGate} goes by. */
export interface GateOptions {
  readonly map: PolicyMap;
  readonly ask: AskMany;
  readonly now: Date;
  /** How files are read; name and text come from each file. */
  readonly find?: Omit<FindOptions, 'file'>;
  /** Files that could not be read. */
  readonly unreadable?: readonly GateError[];
}

/**
 * Finds the images of files, asks about each once, and says of each place whether its image may run. An image that no policy was applied to
 * passes only by an exception of the map.
 */
export async function runGate(files: readonly GateFile[], options: GateOptions): Promise<GateReport> {
  const { map, now, ask, unreadable = [] } = options;
  const read = files.map((file) => readFile(file, options));
  const found = onceEach(read.flatMap(({ images }) => images));
  const asked = new Map<string, ImagePolicy>();
  const decisions = found.map((image): readonly [FoundImage, PolicyAnswer | undefined] => {
    const decision = image.outcome === 'image' ? map.policyFor(image.reference, now) : undefined;
    if (image.outcome === 'image' && decision?.decision === 'policy')
      asked.set(formatReference(image.reference), decision.policy);
    return [image, decision];
  });
  const answers = await answersOf(asked, ask);
  const entries = decisions.map(([image, decision]) => entryOf(image, decision, answers));
  const problems = [...unreadable.map(toFileProblem), ...read.flatMap(({ problems: own }) => own)];
  return {
    schemaVersion: 1,
    kind: 'gate',
    verdict: problems.length === 0 && entries.every(({ passes }) => passes) ? 'passed' : 'failed',
    evaluatedAt: now.toISOString(),
    files: read.flatMap(({ file, kind }) => (kind === undefined ? [] : [{ file, kind }])),
    entries,
    problems,
    reports: reportsOf(entries, answers),
  };
}

/** A given file that another one leads to is read twice: each of its places counts once, as the given file has it. */
function onceEach(found: readonly FoundImage[]): readonly FoundImage[] {
  const places = new Map<string, FoundImage>();
  for (const one of found) {
    const what = one.outcome === 'image' ? one.named : one.message;
    const key = JSON.stringify([resolve(one.file), one.offsets, one.outcome, what]);
    const known = places.get(key);
    const [kept, dropped] = known === undefined || isElsewhere(known) ? [one, known] : [known, one];
    places.set(key, dropped === undefined ? kept : withServicesOf(kept, dropped));
  }
  return [...places.values()];
}

function isElsewhere(image: FoundImage): boolean {
  return image.outcome === 'image' && image.unpinnable === 'comes-from-elsewhere';
}

interface ReadFile {
  readonly file: string;
  readonly kind?: GateReport['files'][number]['kind'];
  readonly images: readonly FoundImage[];
  readonly problems: readonly FileProblem[];
}

function readFile({ file, text, isNamed }: GateFile, { find = {} }: GateOptions): ReadFile {
  try {
    // A folder may hold unrelated files too.
    if (!isNamed && find.kind === undefined && kindOf(text, file) === undefined)
      return { file, images: [], problems: [] };
    const { kind, images } = findImages(text, { ...find, file });
    return { file, kind, images, problems: [] };
  } catch (error) {
    if (!isGateError(error)) throw error;
    return { file, images: [], problems: [toFileProblem(error)] };
  }
}

/** A broken file of a folder counts, too: it may be the one that names the image. */
function toFileProblem({ file = '', code, message, position }: GateError): FileProblem {
  return { file, code, message, ...position };
}

async function answersOf(asked: ReadonlyMap<string, ImagePolicy>, ask: AskMany): Promise<ReadonlyMap<string, Answer>> {
  const answers = new Map<string, Answer>();
  const policyFor = (reference: string): ImagePolicy => {
    const policy = asked.get(reference);
    if (policy === undefined) throw new TypeError(`${reference} was not asked about`);
    return policy;
  };
  if (asked.size === 0) return answers;
  for await (const answer of ask([...asked.keys()], policyFor)) answers.set(answer.reference, answer);
  return answers;
}

function entryOf(
  image: FoundImage,
  decision: PolicyAnswer | undefined,
  answers: ReadonlyMap<string, Answer>,
): GateEntry {
  const { outcome: _, ...place } = placeIn(image);
  const base = { ...place, found: image };
  if (image.outcome === 'problem')
    return { ...base, verdict: 'unresolved', passes: false, code: image.problem, message: image.message };
  if (image.outcome === 'built') return { ...base, verdict: 'built', passes: true, message: image.message };
  const named = { ...base, image: normalName(image.reference) };
  const expired = decision === undefined || decision.expired.length === 0 ? {} : { expired: decision.expired };
  if (decision === undefined || decision.decision === 'refused')
    return {
      ...named,
      ...expired,
      verdict: 'refused',
      passes: false,
      code: decision?.code ?? 'no-match',
      message: decision?.message ?? '',
    };
  if (decision.decision === 'exception') {
    const { reason, until, rule } = decision;
    return {
      ...named,
      verdict: 'excepted',
      passes: true,
      code: 'excepted',
      message: `not verified, until ${until}: ${reason}`,
      rule,
      reason,
      until,
      ...expired,
    };
  }
  const { rule, policyName, mode } = decision;
  const decided = { ...named, ...expired, rule, policyName, mode };
  return { ...decided, ...answered(answers.get(formatReference(image.reference)), mode) };
}

function answered(
  answer: Answer | undefined,
  mode: 'enforce' | 'warn',
): Pick<GateEntry, 'verdict' | 'passes' | 'code' | 'message' | 'digest'> {
  const passes = mode === 'warn';
  if (answer?.report === undefined)
    return {
      verdict: 'indeterminate',
      passes,
      code: answer?.problem.code ?? 'not-answered',
      message: answer?.problem.message ?? 'no answer came',
    };
  const { report } = answer;
  const { code, message } = sayReport(report);
  if (report.verdict !== 'verified')
    return { verdict: report.verdict, passes, ...(code === undefined ? {} : { code }), message };
  const digest = digestIn(report);
  return { verdict: 'verified', passes: true, message, ...(digest === undefined ? {} : { digest }) };
}

function placeIn(image: FoundImage): Omit<NamedImage, 'reference' | 'named'> {
  const { file, kind, path, line, column, endLine, endColumn, offsets, text } = image;
  return { outcome: 'image', file, kind, path, line, column, endLine, endColumn, offsets, text };
}

function reportsOf(entries: readonly GateEntry[], answers: ReadonlyMap<string, Answer>): GateReport['reports'] {
  return Object.fromEntries(
    entries.flatMap(({ found, image }) => {
      const report = found.outcome === 'image' ? answers.get(formatReference(found.reference))?.report : undefined;
      return report === undefined || image === undefined ? [] : [[image, report] as const];
    }),
  );
}
