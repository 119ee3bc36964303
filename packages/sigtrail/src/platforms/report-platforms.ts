import type { ImageReport, VerifiedImageReport } from '../report/image-report.ts';
import type {
  IndeterminatePlatformsReport,
  PlatformReport,
  PlatformsReport,
  VerifiedPlatformReport,
} from '../report/platforms-report.ts';
import type { AcceptedSignature, Problem, RejectionReason, ReportBasis, ResolvedImage } from '../report/report.ts';

/** The results for the manifests of an index. */
export interface PlatformsFound {
  readonly platforms: readonly PlatformReport[];
  /** Why the list may not be whole. */
  readonly problems?: readonly Problem[];
  /** The index to deploy if every platform is verified. */
  readonly index?: string;
  readonly relaxations?: readonly string[];
}

/** The report about what a reference names, and about each manifest that a client could run from it. */
export function reportPlatforms(
  report: ImageReport & ResolvedImage,
  { platforms, problems: unlisted = [], index, relaxations = [] }: PlatformsFound,
): PlatformsReport {
  const basis = {
    ...basisOf(report),
    kind: 'platforms',
    ...imageOf(report),
    relaxations: [...report.relaxations, ...relaxations],
  } as const;
  const problems = [...problemsOf(report, platforms), ...unlisted];
  const [problem, ...moreProblems] = problems;
  const [platform, ...morePlatforms] = platforms;
  // An index that is truncated, or lacks a requested platform, is not the index that the question was about.
  const isOpen = unlisted.length > 0 || platform === undefined;
  const isRejected = platforms.some(({ verdict }) => verdict === 'rejected');
  if (!isOpen && isRejected)
    return {
      ...basis,
      verdict: 'rejected',
      reason: reasonOf(platforms),
      problems,
      signatures: [],
      platforms: [platform, ...morePlatforms],
    };
  if (!isOpen && isAccepted(platform) && morePlatforms.every(isAccepted))
    return {
      ...basis,
      verdict: 'verified',
      ...(index === undefined ? {} : { index }),
      problems,
      signatures: signaturesOf(report, [platform, ...morePlatforms]),
      platforms: [platform, ...morePlatforms],
    };
  if (problem === undefined) throw new Error('an open report without a problem');
  return {
    ...basis,
    verdict: 'indeterminate',
    problems: [problem, ...moreProblems],
    signatures: [],
    platforms,
  };
}

/** The report of a reference that could not be resolved. @throws Error for a report with a verdict */
export function reportUnresolved(report: ImageReport): IndeterminatePlatformsReport {
  if (report.verdict !== 'indeterminate') throw new Error('an image that was judged was resolved');
  return { ...report, kind: 'platforms', platforms: [] };
}

/** An image without an index: what every client gets, whatever platform it wants. */
export function soleImage(report: ImageReport & ResolvedImage): PlatformReport {
  return toPlatform('unknown', report.digest, report);
}

/** The result for a manifest by its own signatures. */
export function toPlatform(platform: string, digest: string, report: ImageReport): PlatformReport {
  switch (report.verdict) {
    case 'verified':
      return { platform, digest, verdict: report.verdict, by: 'own', report };
    case 'indeterminate':
      return { platform, digest, verdict: report.verdict, report };
    case 'rejected':
      return { platform, digest, verdict: report.verdict, report };
  }
}

/** The parts that every report of an image has. */
export function basisOf(report: ImageReport): ReportBasis {
  const { schemaVersion, requested, problems, callbacks, candidates, otherSignatures, locations, transcript } = report;
  const { trust, relaxations, evaluatedAt } = report;
  return {
    schemaVersion,
    requested,
    problems,
    ...(callbacks === undefined ? {} : { callbacks }),
    candidates,
    ...(otherSignatures === undefined ? {} : { otherSignatures }),
    locations,
    transcript,
    trust,
    relaxations,
    evaluatedAt,
  };
}

/** What a reference was resolved to. */
export function imageOf({ repository, digest, mediaType, policy }: ResolvedImage): ResolvedImage {
  return { repository, digest, mediaType, policy };
}

/** Whether the reference could be resolved. */
export function isResolved(report: ImageReport): report is ImageReport & ResolvedImage {
  const { repository, digest, mediaType, policy } = report;
  return repository !== undefined && digest !== undefined && mediaType !== undefined && policy !== undefined;
}

/** `repository@digest` */
export function pinnedReference({ repository, digest }: ResolvedImage): string {
  return `${repository}@${digest}`;
}

/** A single image's report is also the platform's report, so its problems are listed once. */
function problemsOf(report: ImageReport, platforms: readonly PlatformReport[]): readonly Problem[] {
  const others = platforms.filter((one) => one.report !== report);
  return [...report.problems, ...others.flatMap((one) => one.report.problems)];
}

function isAccepted(platform: PlatformReport): platform is VerifiedPlatformReport {
  return platform.verdict === 'verified';
}

/** Signatures of the index itself first; a signature that covers several manifests appears once. */
function signaturesOf(
  own: ImageReport,
  [first, ...more]: readonly [VerifiedPlatformReport, ...VerifiedPlatformReport[]],
): readonly [AcceptedSignature, ...AcceptedSignature[]] {
  const reports: readonly VerifiedImageReport[] = [
    ...(own.verdict === 'verified' ? [own] : []),
    ...[first, ...more].flatMap(({ by, report }) => (by === 'own' && report !== own ? [report] : [])),
  ];
  const [signature, ...signatures] = [...new Set(reports)].flatMap((report) => report.signatures);
  if (signature === undefined) throw new Error('platforms that are accepted without a signature');
  return [signature, ...signatures];
}

function reasonOf(platforms: readonly PlatformReport[]): RejectionReason {
  const reasons = platforms.flatMap((one) => (one.verdict === 'rejected' ? [one.report.reason] : []));
  return reasons.includes('no-match') ? 'no-match' : (reasons[0] ?? 'no-match');
}
