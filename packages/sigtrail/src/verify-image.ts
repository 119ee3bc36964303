import type { CallOptions, ImageCallOptions, VerifierOptions } from './options.ts';
import { CALL_KEYS, IMAGE_CALL_KEYS } from './parse-call-options.ts';
import type { ImagePolicy } from './policy/policy.ts';
import type { SignerOf } from './policy/signer-of.ts';
import type { ImageReport, VerifiedImage } from './report/image-report.ts';
import type { PlatformsReport } from './report/platforms-report.ts';
import type { ImageInspection } from './report/report.ts';
import type { VerifiedPlatforms } from './platforms/verified-platforms.ts';
import { withVerifier } from './with-verifier.ts';

/** Options of the free functions: those of a verifier and those of a call. */
export type VerifyImageOptions = VerifierOptions & ImageCallOptions;

/** With it, `verifyImage` resolves to `VerifiedPlatforms`: which manifests were verified, and whether the index may be deployed. */
export interface PlatformsOption {
  readonly platforms: NonNullable<ImageCallOptions['platforms']>;
}

/**
 * Verifies that an image is signed by whom the policy names, or throws: forgetting an `if` can't let an image in.
 *
 * discover (all I/O) → establish (crypto) → decide (policy) → verdict
 *
 * @throws SigtrailError with `code` and the whole `report`; TypeError for a mistake in the policy or options
 * @example
 * const image = await verifyImage('ghcr.io/acme/app:1.4', {
 *   signedBy: { issuer: 'https://token.actions.githubusercontent.com', subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1.4' },
 * });
 * deploy(image.reference); // the digest that was verified, never the tag
 */
export async function verifyImage<const P extends ImagePolicy>(
  reference: string,
  policy: P,
  options: VerifyImageOptions & PlatformsOption,
): Promise<VerifiedPlatforms<SignerOf<P>>>;
export async function verifyImage<const P extends ImagePolicy>(
  reference: string,
  policy: P,
  options?: Omit<VerifyImageOptions, 'platforms'>,
): Promise<VerifiedImage<SignerOf<P>>>;
export async function verifyImage<const P extends ImagePolicy>(
  reference: string,
  policy: P,
  options: VerifyImageOptions = {},
): Promise<VerifiedImage<SignerOf<P>> | VerifiedPlatforms<SignerOf<P>>> {
  return withVerifier(options, IMAGE_CALL_KEYS, async ({ verify }, { platforms, ...call }: ImageCallOptions) =>
    platforms === undefined ? verify(reference, policy, call) : verify(reference, policy, { ...call, platforms }),
  );
}

/**
 * The whole report, whatever the verdict; never throws for the state of the world. With `platforms` it is a `PlatformsReport`.
 *
 * @throws SigtrailError `invalid-reference`, `invalid-trusted-root`, `trust-unavailable`; TypeError for a mistake in the policy or options
 * @example
 * const report = await evaluateImage('ghcr.io/acme/app:1.4', policy);
 * if (report.verdict === 'verified') deploy(report.reference);
 */
export async function evaluateImage(
  reference: string,
  policy: ImagePolicy,
  options: VerifyImageOptions & PlatformsOption,
): Promise<PlatformsReport>;
export async function evaluateImage(
  reference: string,
  policy: ImagePolicy,
  options?: VerifyImageOptions & { readonly platforms?: never },
): Promise<ImageReport>;
export async function evaluateImage(
  reference: string,
  policy: ImagePolicy,
  options?: VerifyImageOptions,
): Promise<ImageReport | PlatformsReport>;
export async function evaluateImage(
  reference: string,
  policy: ImagePolicy,
  options: VerifyImageOptions = {},
): Promise<ImageReport | PlatformsReport> {
  return withVerifier(options, IMAGE_CALL_KEYS, (verifier, call: ImageCallOptions) =>
    verifier.evaluate(reference, policy, call),
  );
}

/** Options of `inspectImage`: those of a verifier and those of its `inspect`. */
export type InspectImageOptions = VerifierOptions & CallOptions;

/** Who signed this? Everything found, what is proven of it, no policy and no verdict. */
export async function inspectImage(reference: string, options: InspectImageOptions = {}): Promise<ImageInspection> {
  return withVerifier(options, CALL_KEYS, (verifier, call: CallOptions) => verifier.inspect(reference, call));
}
