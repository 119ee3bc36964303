import { requireObject } from '@sigtrail/encoding';
import { SigtrailError } from '../error.ts';
import type { VerifiedImage } from '../report/image-report.ts';
import type { PlatformsReport, VerifiedPlatformReport, VerifiedPlatformsReport } from '../report/platforms-report.ts';
import type { Signer } from '../report/report.ts';
import { reportError } from '../report/report-error.ts';
import { assertVerified } from '../report/verified-image.ts';

/** One manifest of an index that a policy accepted. */
export interface VerifiedPlatform<S extends Signer = Signer> extends VerifiedImage<S> {
  /** What the index says it is for: `linux/amd64`. `unknown` where it says nothing. */
  readonly platform: string;
}

/** What `verifyImage` with `platforms` resolves to: every manifest that a client could run for them was accepted. */
export interface VerifiedPlatforms<S extends Signer = Signer> {
  /**
   * `repository@digest` of the index. Only there when a signature covers the index itself, or when everything that any client could run
   * from it was judged: deploying an index by this reference runs what was verified.
   */
  readonly index?: string;
  /** Each manifest; deploy these where there is no `index`. An image without an index is its own and only one. */
  readonly images: readonly [VerifiedPlatform<S>, ...VerifiedPlatform<S>[]];
  readonly report: VerifiedPlatformsReport;
}

/**
 * The only way from a report to `VerifiedPlatforms`.
 *
 * @throws SigtrailError what `assertVerified` throws
 */
export function assertVerifiedPlatforms(report: PlatformsReport): VerifiedPlatforms {
  if (report.verdict !== 'verified') throw reportError(report);
  const [first, ...more] = report.platforms;
  return {
    ...(report.index === undefined ? {} : { index: report.index }),
    images: [toImage(first), ...more.map(toImage)],
    report,
  };
}

function toImage({ platform, report }: VerifiedPlatformReport): VerifiedPlatform {
  return { ...assertVerified(report), platform };
}

/**
 * The one image that clients get for a platform.
 *
 * @throws SigtrailError `ambiguous-platform` when a client could run several, with their references: they were all accepted, and which of them runs is the
 * client's choice; `no-match` when none is for this platform
 * @example
 * const verified = await verifyImage('ghcr.io/acme/app:1.4', policy, { platforms: ['linux/amd64'] });
 * deploy(onlyImage(verified).reference);
 */
export function onlyImage<S extends Signer>(verified: VerifiedPlatforms<S>): VerifiedPlatform<S> {
  requireObject(verified, 'onlyImage', 'verified', ['images', 'report']);
  const { images, report } = verified;
  const [first, ...more] = images;
  if (more.length === 0) return first;
  const list = images.map(({ platform, reference }) => `${platform} ${reference}`).join(', ');
  throw new SigtrailError(
    'ambiguous-platform',
    `${report.requested} has ${images.length} manifests that a client could run for this platform: ${list}. Deploy the index if it is named, or name one of them`,
    { report },
  );
}
