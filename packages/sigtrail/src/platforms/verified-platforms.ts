import { requireObject } from '@sigtrail/encoding';
import { SigtrailError } from '../error.ts';
import type { VerifiedImage } from '../report/image-report.ts';
import type { PlatformsReport, VerifiedPlatformReport, VerifiedPlatformsReport } from '../report/platforms-report.ts';
import type { Signer } from '../report/report.ts';
import { reportError } from '../report/report-error.ts';
import { assertVerified } from '../report/verified-image.ts';

/** One manifest of an index that a policy accepted. */
export interface VerifiedPlatform<S extends Signer = Signer> extends VerifiedImage<S> {
  /** Its platform according to the index: `linux/amd64`. `unknown` if the index does not say. */
  readonly platform: string;
}

/** What `verifyImage` with `platforms` resolves to: every manifest that a client could run for them was accepted. */
export interface VerifiedPlatforms<S extends Signer = Signer> {
  /**
   * `repository@digest` of the index. Only there if a signature covers the index itself, or if everything that any client could run
   * from it was verified: deploying by this reference runs what was verified.
   */
  readonly index?: string;
  /** The manifests; deploy these if there is no `index`. An image without an index is the only one. */
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
  const [first, ...others] = report.platforms;
  return {
    ...(report.index === undefined ? {} : { index: report.index }),
    images: [toImage(first), ...others.map(toImage)],
    report,
  };
}

function toImage({ platform, report }: VerifiedPlatformReport): VerifiedPlatform {
  return { ...assertVerified(report), platform };
}

/**
 * The only image that clients get for a platform.
 *
 * @throws SigtrailError `ambiguous-platform` if a client could run several, with their references: all of them were accepted, and the client chooses which one
 * runs; `no-match` if there is none for this platform
 * @example
 * const verified = await verifyImage('ghcr.io/acme/app:1.4', policy, { platforms: ['linux/amd64'] });
 * deploy(onlyImage(verified).reference);
 */
export function onlyImage<S extends Signer>(verified: VerifiedPlatforms<S>): VerifiedPlatform<S> {
  requireObject(verified, 'onlyImage', 'verified', ['images', 'report']);
  const { images, report } = verified;
  const [first, ...others] = images;
  if (others.length === 0) return first;
  const list = images.map(({ platform, reference }) => `${platform} ${reference}`).join(', ');
  throw new SigtrailError(
    'ambiguous-platform',
    `${report.requested} has ${images.length} manifests that a client could run for this platform: ${list}. Deploy the index if it is named, or name one of them`,
    { report },
  );
}
