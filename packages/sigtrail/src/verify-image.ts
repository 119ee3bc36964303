import type { ImageLocator } from '@sigtrail/triangulate';
import type { AttestationManifests } from './discover/discover-image.ts';
import type { Evaluated } from './evaluated.ts';
import type { CallContext, EvaluationContext } from './evaluation-context.ts';
import type { ImageCallOptions, NamedCallOptions, VerifierOptions } from './options.ts';
import { IMAGE_CALL_KEYS, parseImageOptions } from './parse-call-options.ts';
import type { VerifiedPlatforms } from './platforms/verified-platforms.ts';
import { type ParsedPolicy, parsePolicy } from './policy/parse-policy.ts';
import type { ImagePolicy } from './policy/policy.ts';
import type { SignerOf } from './policy/signer-of.ts';
import { conclusionOf } from './report/conclusion.ts';
import type { ImageReport, VerifiedImage } from './report/image-report.ts';
import type { PlatformsReport } from './report/platforms-report.ts';
import type { Question, Session } from './session.ts';
import { withSession } from './with-session.ts';

/** Options of the free functions: those of a verifier and those of a call. */
export type VerifyImageOptions = VerifierOptions & ImageCallOptions;

/** With it, `verifyImage` resolves to `VerifiedPlatforms`: which manifests were verified, and whether the index may be deployed. */
export interface PlatformsOption {
  readonly platforms: NonNullable<ImageCallOptions['platforms']>;
}

/**
 * Verifies that an image is signed as the policy requires, or throws: a forgotten `if` can't let an image in.
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
  return withSession(options, IMAGE_CALL_KEYS, async (session, call: ImageCallOptions) =>
    // The types of the accepted signers, and whether there are platforms, follow from the question.
    verifyIn(session, reference, policy, call),
  ) as Promise<VerifiedImage<SignerOf<P>> | VerifiedPlatforms<SignerOf<P>>>;
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
  return withSession(options, IMAGE_CALL_KEYS, async (session, call: ImageCallOptions) =>
    evaluateIn(session, reference, policy, call),
  );
}

/** `verifyImage` in a session that is open already. @throws what `verifyImage` throws */
export async function verifyIn(
  session: Session,
  reference: string,
  policy: ImagePolicy,
  options: ImageCallOptions = {},
): Promise<VerifiedImage | VerifiedPlatforms> {
  const report = await evaluateIn(session, reference, policy, options);
  if (report.kind === 'image') return (await import('./report/verified-image.ts')).assertVerified(report);
  return (await import('./platforms/verified-platforms.ts')).assertVerifiedPlatforms(report);
}

/** `evaluateImage` in a session that is open already. @throws what `evaluateImage` throws */
export async function evaluateIn(
  session: Session,
  reference: string,
  policy: ImagePolicy,
  options: ImageCallOptions = {},
): Promise<ImageReport | PlatformsReport> {
  const parsed = parsePolicy(policy);
  const answer = async (question: Question<ImageCallOptions>): Promise<ImageReport | PlatformsReport> => {
    const { readReference } = await import('./read-reference.ts');
    const image = readReference(reference);
    const { call, context } = await question.prepare();
    return evaluateParsed(image, parsed, call, context);
  };
  return session.answer(parseImageOptions(options), answer, conclusionOf);
}

/** Evaluates a parsed question: about one image, or about everything that clients could run from an index. */
export async function evaluateParsed(
  reference: ImageLocator,
  policy: ParsedPolicy,
  options: ImageCallOptions,
  context: EvaluationContext,
): Promise<ImageReport | PlatformsReport> {
  const { evaluatePlatforms, withinDeadline, withSharedListings } = await import('./phases.ts');
  return withinDeadline(options, context, async (call) =>
    evaluatePlatforms(reference, options, async (image, attestationManifests, neighbours) =>
      withSharedListings(policy, neighbours === undefined ? call : { ...call, neighbours }, async (shared) =>
        evaluateOne(image, policy, options, shared, attestationManifests),
      ),
    ),
  );
}

/**
 *     reference ──▶ discover ──▶ establish ──▶ decide ──▶ verdict
 *                   (all I/O)    (crypto)      (policy)
 */
async function evaluateOne(
  reference: ImageLocator,
  parsed: ParsedPolicy,
  options: NamedCallOptions,
  context: CallContext,
  attestationManifests: AttestationManifests,
): Promise<Evaluated> {
  const phases = await import('./phases.ts');
  const want = parsed.needsAttestations ? (['signatures', 'attestations'] as const) : (['signatures'] as const);

  const discovered = await phases.discoverEvidence(reference, want, parsed, options, context, attestationManifests);
  const { policy } = discovered;
  if ('unresolved' in discovered)
    return { report: phases.unresolvedImage(reference.text, discovered.unresolved, { policy, context }) };
  const { found, evidence, name } = discovered;

  const established = await phases.establishAll(evidence, policy, context, name === undefined ? {} : { name });

  const { candidates, ...lastLook } = await phases.lookForAttestations(
    discovered,
    established,
    options,
    context,
    attestationManifests,
  );

  const decided = await phases.decideEvidence(discovered, candidates, context);

  return {
    image: found.image,
    report: phases.reportImage(reference.text, found, decided, { policy, context, ...lastLook }),
  };
}
