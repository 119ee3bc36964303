import { couldSelect } from 'oci-client-lite';
import { optionError } from '../error.ts';
import { evaluateFound, type Evaluated } from '../evaluate.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { ImageCallOptions } from '../options.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import type { ImageReport, PlatformReport, VerdictName } from '../report/report.ts';
import { entriesOf, type JudgedEntry } from './entries.ts';
import { parsePlatforms, platformOf } from './platform.ts';

/** One image, its platforms where they are asked for, and what an index's signature says of what it lists. */
export async function evaluateImage(
  reference: string,
  policy: ParsedPolicy,
  options: ImageCallOptions,
  context: EvaluationContext,
): Promise<ImageReport> {
  const { platforms, inherit } = checkOptions(options);
  const evaluated = await evaluateFound(reference, policy, options, context);
  if (platforms !== undefined) return withPlatforms(evaluated, platforms, inherit === true, policy, options, context);
  if (typeof inherit === 'object' && evaluated.report.verdict !== 'verified')
    return coveredByIndex(evaluated, inherit.index, policy, options, context);
  return evaluated.report;
}

function checkOptions({ platforms, inherit }: ImageCallOptions): Pick<ImageCallOptions, 'platforms' | 'inherit'> {
  if (platforms !== undefined) parsePlatforms(platforms);
  if (inherit === undefined) return platforms === undefined ? {} : { platforms };
  const isIndex = typeof inherit === 'object' && inherit !== null && typeof inherit.index === 'string';
  if (inherit !== true && !isIndex)
    throw optionError('invalid-option', '"inherit" must be true, or { index } with the reference of an index');
  if (inherit === true && platforms === undefined)
    throw optionError(
      'invalid-option',
      '"inherit: true" belongs to "platforms"; for one manifest, name its index: { index }',
    );
  return { inherit, ...(platforms === undefined ? {} : { platforms }) };
}

/**
 * Every entry of an index that a client could run for one of these platforms, judged by itself. The report names the index only when a
 * signature covers the index itself, or when everything that any client could run from it was judged: a signed manifest in a stranger's index says nothing
 * about what stands beside it.
 */
async function withPlatforms(
  evaluated: Evaluated,
  asked: NonNullable<ImageCallOptions['platforms']>,
  inherit: boolean,
  policy: ParsedPolicy,
  options: ImageCallOptions,
  context: EvaluationContext,
): Promise<ImageReport> {
  const { report, image } = evaluated;
  if (image === undefined || report.repository === undefined) return report;
  // An image that is no index is what every client gets, whatever platform it wants.
  if (image.manifest.kind !== 'index') return report;
  const { repository } = report;
  const judge = async (digest: string): Promise<Evaluated> =>
    evaluateFound(`${repository}@${digest}`, policy, options, context);
  const { entries, others, problems: unlisted } = await entriesOf(image.manifest, asked, judge);
  const index = inherit && report.verdict === 'verified' ? report : undefined;
  const reports = entries.map((entry) => coverage(entry, index));
  const missing =
    asked === 'each' ? [] : asked.filter((name) => !entries.some(({ entry }) => couldSelect(entry, name)));
  const problems = [
    ...unlisted,
    ...missing.map((name) => ({ code: 'platform-not-found', message: `the index lists no manifest for ${name}` })),
    ...(asked === 'each' && entries.length === 0 && unlisted.length === 0
      ? [{ code: 'no-platforms', message: 'the index lists no manifest that a client could run' }]
      : []),
  ];
  const verdict: VerdictName = problems.length > 0 ? 'indeterminate' : worst(reports.map((one) => one.verdict));
  const { reason: _, reference, digest, mediaType, ...rest } = report;
  const named = report.verdict === 'verified' || others === 0 ? { reference, digest, mediaType } : only(entries);
  return {
    ...rest,
    ...(verdict === 'verified' ? defined(named) : defined({ reference, digest, mediaType })),
    verdict,
    ...(verdict === 'rejected' ? { reason: reasonOf(reports) } : {}),
    problems: [...report.problems, ...reports.flatMap((one) => one.report.problems), ...problems],
    signatures:
      verdict === 'verified'
        ? [...report.signatures, ...reports.flatMap((one) => (one.by === 'own' ? one.report.signatures : []))]
        : [],
    platforms: reports,
    relaxations: inherit ? [...report.relaxations, INHERITED] : report.relaxations,
  };
}

const INHERITED = 'an index’s signature covers what it lists';

type Named = Pick<ImageReport, 'reference' | 'digest' | 'mediaType'>;

/** The one manifest that was judged, where a client can get no other. */
function only(entries: readonly JudgedEntry[]): Named {
  const [first, ...more] = entries;
  const isOne = more.every(({ entry }) => entry.digest === first?.entry.digest);
  return first === undefined || !isOne ? {} : first.evaluated.report;
}

function defined({ reference, digest, mediaType }: { readonly [Key in keyof Named]: Named[Key] | undefined }): Named {
  return {
    ...(reference === undefined ? {} : { reference }),
    ...(digest === undefined ? {} : { digest }),
    ...(mediaType === undefined ? {} : { mediaType }),
  };
}

/** An index covers its children by their hashes; what a child says of itself says nothing of its index. */
function coverage({ entry, evaluated: { report: own } }: JudgedEntry, index: ImageReport | undefined): PlatformReport {
  const { digest } = entry;
  const platform = platformOf(entry);
  if (own.verdict === 'verified') return { platform, digest, verdict: 'verified', by: 'own', report: own };
  if (index !== undefined)
    return { platform, digest, verdict: 'verified', by: 'index', report: inherited(own, index, index.requested) };
  return { platform, digest, verdict: own.verdict, report: own };
}

/** The report of a manifest that the signature of an index covers. */
function inherited(own: ImageReport, index: ImageReport, name: string): ImageReport {
  const { reason: _, ...rest } = own;
  return {
    ...rest,
    verdict: 'verified',
    problems: [],
    signatures: index.signatures,
    inheritedFrom: index.reference ?? name,
    relaxations: [...own.relaxations, INHERITED],
  };
}

async function coveredByIndex(
  { report, image }: Evaluated,
  index: string,
  policy: ParsedPolicy,
  options: ImageCallOptions,
  context: EvaluationContext,
): Promise<ImageReport> {
  if (image === undefined) return report;
  const parent = await evaluateFound(index, policy, options, context);
  const { manifest } = parent.image ?? {};
  const lists = manifest?.kind === 'index' && manifest.manifests.some(({ digest }) => digest === image.digest);
  if (parent.report.verdict !== 'verified' || !lists) {
    const message = lists
      ? `the index ${index} is not verified itself`
      : `the index ${index} does not list ${image.digest}`;
    return {
      ...report,
      problems: [...report.problems, { code: lists ? 'index-not-verified' : 'index-does-not-list', message }],
    };
  }
  return inherited(report, parent.report, index);
}

function worst(verdicts: readonly VerdictName[]): VerdictName {
  return verdicts.includes('rejected') ? 'rejected' : verdicts.includes('indeterminate') ? 'indeterminate' : 'verified';
}

function reasonOf(reports: readonly PlatformReport[]): NonNullable<ImageReport['reason']> {
  const reasons = reports.flatMap(({ verdict, report }) => (verdict === 'rejected' ? [report.reason] : []));
  return reasons.includes('no-match') ? 'no-match' : (reasons.find((reason) => reason !== undefined) ?? 'no-match');
}
