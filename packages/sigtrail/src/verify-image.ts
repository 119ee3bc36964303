import type { ImageCallOptions, VerifierOptions } from './options.ts';
import type { ImagePolicy } from './policy/policy.ts';
import type { SignerOf } from './policy/signer-of.ts';
import type { Capsule } from './replay/capsule.ts';
import type { ImageInspection, ImageReport, VerifiedImage } from './report/report.ts';
import type { VerifiedPlatforms } from './platforms/verified-platforms.ts';
import { createVerifier, type Verifier } from './verifier.ts';

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
  return withVerifier(options, async ({ verify }, { platforms, ...call }) =>
    platforms === undefined ? verify(reference, policy, call) : verify(reference, policy, { ...call, platforms }),
  );
}

/** The same report for all three verdicts; never throws for the state of the world. */
export async function evaluateImage(
  reference: string,
  policy: ImagePolicy,
  options: VerifyImageOptions = {},
): Promise<ImageReport> {
  return withVerifier(options, (verifier, call) => verifier.evaluate(reference, policy, call));
}

/**
 * As `evaluateImage`, and records everything that the answer rests on in a plain JSON value: bytes, trust, policy, keys, the answers of
 * callbacks, the clock. `replay` gives the same report from it years later, without a network. No credentials are in it.
 *
 * @throws what `evaluateImage` throws
 * @example
 * const capsule = await captureEvidence('ghcr.io/acme/app:1.4', policy);
 * await writeFile('app.capsule.json', JSON.stringify(capsule));
 */
export async function captureEvidence(
  reference: string,
  policy: ImagePolicy,
  options: VerifyImageOptions = {},
): Promise<Capsule> {
  return withVerifier(options, (verifier, call) => verifier.capture(reference, policy, call));
}

/** Who signed this? Everything found, what is proven of it, no policy and no verdict. */
export async function inspectImage(reference: string, options: VerifyImageOptions = {}): Promise<ImageInspection> {
  return withVerifier(options, (verifier, call) => verifier.inspect(reference, call));
}

/** Asks a verifier of its own, and closes it. */
export async function withVerifier<T>(
  { signal, timeoutMs, repositories, tagPrefix, platforms, inherit, signedName, ...owned }: VerifyImageOptions,
  ask: (verifier: Verifier, call: ImageCallOptions) => Promise<T>,
): Promise<T> {
  const verifier = createVerifier(owned);
  try {
    return await ask(verifier, {
      ...(signal === undefined ? {} : { signal }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(repositories === undefined ? {} : { repositories }),
      ...(tagPrefix === undefined ? {} : { tagPrefix }),
      ...(platforms === undefined ? {} : { platforms }),
      ...(inherit === undefined ? {} : { inherit }),
      ...(signedName === undefined ? {} : { signedName }),
    });
  } finally {
    await verifier.close();
  }
}
