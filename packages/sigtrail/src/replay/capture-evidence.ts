import type { ImageCallOptions } from '../options.ts';
import { IMAGE_CALL_KEYS } from '../parse-call-options.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { VerifyImageOptions } from '../verify-image.ts';
import { withVerifier } from '../with-verifier.ts';
import type { Capsule } from './capsule.ts';

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
): Promise<Capsule<ImageReport | PlatformsReport>> {
  return withVerifier(options, IMAGE_CALL_KEYS, (verifier, call: ImageCallOptions) =>
    verifier.capture(reference, policy, call),
  );
}
