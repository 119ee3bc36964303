import type { Descriptor, FetchedManifest } from 'oci-client-lite';
import { optionError } from '../error.ts';
import { evaluateFound, type Evaluated } from '../evaluate.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { ImageCallOptions } from '../options.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import type { ImageReport, PlatformReport, VerdictName } from '../report/report.ts';
import { isPlatform, parsePlatform, platformName } from './platform.ts';

// Honest indexes have some twenty; each costs a whole evaluation.
const MAX_CHILDREN = 100;

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
  if (platforms !== undefined && platforms !== 'each') {
    if (!Array.isArray(platforms) || platforms.length === 0)
      throw optionError('invalid-option', '"platforms" must be "each" or a list like ["linux/amd64"]');
    for (const name of platforms as readonly unknown[]) parsePlatform(name);
  }
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

async function withPlatforms(
  { report, image }: Evaluated,
  asked: NonNullable<ImageCallOptions['platforms']>,
  inherit: boolean,
  policy: ParsedPolicy,
  options: ImageCallOptions,
  context: EvaluationContext,
): Promise<ImageReport> {
  if (image === undefined || report.repository === undefined) return report;
  // An image that is no index has one manifest: itself.
  if (asked === 'each' && image.manifest.kind !== 'index') return report;
  const children = childrenOf(image);
  const chosen =
    asked === 'each'
      ? children
      : asked.map((name) => children.find(({ platform }) => isPlatform(platform, parsePlatform(name))));
  const missing = asked === 'each' ? [] : asked.filter((_, index) => chosen[index] === undefined);
  const reports: PlatformReport[] = [];
  for (const child of chosen) {
    if (child === undefined) continue;
    const name = child.platform === undefined ? 'unknown' : platformName(child.platform);
    const own = await evaluateFound(`${report.repository}@${child.digest}`, policy, options, context);
    reports.push(coverage(name, child, own.report, inherit ? report : undefined));
  }
  // An image that is no index, asked for its platforms, has none to show.
  const none = reports.length === 0;
  const verdict: VerdictName = none || missing.length > 0 ? 'indeterminate' : worst(reports.map((one) => one.verdict));
  const signatures = [
    ...report.signatures,
    ...reports.flatMap((one) => (one.by === 'own' ? one.report.signatures : [])),
  ];
  const problems = [
    ...report.problems,
    ...reports.flatMap((one) => (one.by === 'index' ? [] : one.report.problems)),
    ...missing.map((name) => ({ code: 'platform-not-found', message: `the index lists no manifest for ${name}` })),
    ...(none && missing.length === 0
      ? [{ code: 'no-platforms', message: 'it is no index, so it has no platforms' }]
      : []),
  ];
  const { reason: _, ...rest } = report;
  return {
    ...rest,
    verdict,
    ...(verdict === 'rejected' ? { reason: reasonOf(reports) } : {}),
    problems,
    signatures: verdict === 'verified' ? signatures : [],
    platforms: reports,
    relaxations: inherit ? [...report.relaxations, 'an index’s signature covers what it lists'] : report.relaxations,
  };
}

/** An index covers its children by their hashes; what a child says of itself says nothing of its index. */
function coverage(
  platform: string,
  { digest }: Descriptor,
  own: ImageReport,
  index: ImageReport | undefined,
): PlatformReport {
  if (own.verdict === 'verified') return { platform, digest, verdict: 'verified', by: 'own', report: own };
  if (index?.verdict === 'verified') return { platform, digest, verdict: 'verified', by: 'index', report: own };
  return { platform, digest, verdict: own.verdict, report: own };
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
  const lists = parent.image !== undefined && childrenOf(parent.image).some(({ digest }) => digest === image.digest);
  if (parent.report.verdict !== 'verified' || !lists) {
    const message = lists
      ? `the index ${index} is not verified itself`
      : `the index ${index} does not list ${image.digest}`;
    return {
      ...report,
      problems: [...report.problems, { code: lists ? 'index-not-verified' : 'index-does-not-list', message }],
    };
  }
  const { reason: _, ...rest } = report;
  return {
    ...rest,
    verdict: 'verified',
    signatures: parent.report.signatures,
    inheritedFrom: parent.report.reference ?? index,
    relaxations: [...report.relaxations, 'an index’s signature covers what it lists'],
  };
}

/** The images that an index lists, as its checked bytes say; BuildKit's attestation manifests are none. */
function childrenOf({ manifest }: FetchedManifest): readonly Descriptor[] {
  if (manifest.kind !== 'index') return [];
  return manifest.manifests
    .filter(({ annotations }) => annotations?.['vnd.docker.reference.type'] !== 'attestation-manifest')
    .slice(0, MAX_CHILDREN);
}

function worst(verdicts: readonly VerdictName[]): VerdictName {
  return verdicts.includes('rejected') ? 'rejected' : verdicts.includes('indeterminate') ? 'indeterminate' : 'verified';
}

function reasonOf(reports: readonly PlatformReport[]): NonNullable<ImageReport['reason']> {
  const reasons = reports.flatMap(({ verdict, report }) => (verdict === 'rejected' ? [report.reason] : []));
  return reasons.includes('no-match') ? 'no-match' : (reasons.find((reason) => reason !== undefined) ?? 'no-match');
}
