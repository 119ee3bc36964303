import type { PredicateType } from './attestation/predicate-types.ts';
import type { AttestationRequest } from './attestation/request.ts';
import type { VerifiedAttestations } from './attestation/verified-attestations.ts';
import { inspectIn } from './inspect-image.ts';
import type { BundleCallOptions, CallOptions, ImageCallOptions, NamedCallOptions, VerifierOptions } from './options.ts';
import type { VerifiedPlatforms } from './platforms/verified-platforms.ts';
import { assertKeys } from './policy/parse-options.ts';
import type { ImagePolicy } from './policy/policy.ts';
import type { SignerOf } from './policy/signer-of.ts';
import type { Capsule } from './replay/capsule.ts';
import { captureAttestationsIn, captureIn } from './replay/capture-evidence.ts';
import type { AttestationsReport } from './report/attestations-report.ts';
import type { ImageReport, VerifiedImage } from './report/image-report.ts';
import type { PlatformsReport } from './report/platforms-report.ts';
import type { ImageInspection } from './report/inspection.ts';
import type { ImageOutcome, ManyOptions, PolicyFor } from './many/image-outcome.ts';
import { verifyManyIn } from './many/verify-many.ts';
import { type CloseOptions, openSession, type Session } from './session.ts';
import type { ImageTrack } from './track/image-track.ts';
import type { TrackOptions } from './track/track-image.ts';
import { trackIn, trackRepositoryIn, watchIn } from './track/track-verbs.ts';
import type { RepositoryTrack, TrackRepositoryOptions } from './track/track-repository.ts';
import type { ImageWatchRun, WatchOptions } from './track/watch-images.ts';
import { evaluateAttestationsIn, verifyAttestationsIn } from './verify-attestations.ts';
import { type BundlePolicy, type BundleSubject, verifyBundleIn } from './verify-bundle.ts';
import type { VerifiedBundle } from './report/verified-bundle.ts';
import { evaluateIn, verifyIn } from './verify-image.ts';
import { VERIFIER_KEYS } from './with-session.ts';

/** Owns sockets, tokens and trust; make one per service and close it at the end. */
export interface Verifier extends AsyncDisposable {
  /** @throws SigtrailError when the image is not verified, with the whole `report` */
  verify<const P extends ImagePolicy>(
    reference: string,
    policy: P,
    options: ImageCallOptions & { readonly platforms: NonNullable<ImageCallOptions['platforms']> },
  ): Promise<VerifiedPlatforms<SignerOf<P>>>;
  /** @throws SigtrailError when the image is not verified, with the whole `report` */
  verify<const P extends ImagePolicy>(
    reference: string,
    policy: P,
    options?: Omit<ImageCallOptions, 'platforms'>,
  ): Promise<VerifiedImage<SignerOf<P>>>;
  /** The whole report, whatever the verdict. @throws SigtrailError `invalid-reference`, `invalid-trusted-root`, `trust-unavailable`, `closed` */
  evaluate(
    reference: string,
    policy: ImagePolicy,
    options: ImageCallOptions & { readonly platforms: NonNullable<ImageCallOptions['platforms']> },
  ): Promise<PlatformsReport>;
  /** The whole report, whatever the verdict. @throws SigtrailError `invalid-reference`, `invalid-trusted-root`, `trust-unavailable`, `closed` */
  evaluate(
    reference: string,
    policy: ImagePolicy,
    options?: ImageCallOptions & { readonly platforms?: never },
  ): Promise<ImageReport>;
  evaluate(reference: string, policy: ImagePolicy, options?: ImageCallOptions): Promise<ImageReport | PlatformsReport>;
  /**
   * Evaluates many references, each by its own policy, and yields each outcome as soon as it is known. Works on several at a time (`concurrency`), discovers once per
   * digest however many references name it, and needs no more memory for a long list than for a short one. A malformed reference, or one that `policyFor` has no policy for, is an
   * outcome like any other: every reference gets one.
   *
   * @throws TypeError at once, for a mistake in the arguments. From the loop: SigtrailError `closed`, `invalid-trusted-root`; the reason of `signal`, after the outcomes of what was
   *   begun; what the iterable throws
   * @example
   * for await (const { reference, report } of verifier.verifyMany(images, () => policy))
   *   console.log(reference, report?.verdict ?? 'not asked about');
   */
  verifyMany(
    references: Iterable<string> | AsyncIterable<string>,
    policyFor: PolicyFor,
    options: ManyOptions & { readonly platforms: NonNullable<ManyOptions['platforms']> },
  ): AsyncGenerator<ImageOutcome<PlatformsReport>, void, undefined>;
  /** The same about the images that the references name, without regard to platforms. */
  verifyMany(
    references: Iterable<string> | AsyncIterable<string>,
    policyFor: PolicyFor,
    options?: ManyOptions & { readonly platforms?: never },
  ): AsyncGenerator<ImageOutcome, void, undefined>;
  /** @throws SigtrailError when no attestation is accepted, with the whole `report` */
  verifyAttestations<const T extends PredicateType>(
    reference: string,
    request: AttestationRequest<T>,
    options?: NamedCallOptions,
  ): Promise<VerifiedAttestations<T>>;
  /** The whole report, whatever the verdict. */
  evaluateAttestations<const T extends PredicateType>(
    reference: string,
    request: AttestationRequest<T>,
    options?: NamedCallOptions,
  ): Promise<AttestationsReport>;
  /**
   * Like `evaluate`, and records everything that the answer rests on: `replay` gives the same report from the record, offline.
   *
   * @throws what `evaluate` throws
   */
  capture(
    reference: string,
    policy: ImagePolicy,
    options?: ImageCallOptions,
  ): Promise<Capsule<ImageReport | PlatformsReport>>;
  /** Like `evaluateAttestations`, recorded. @throws what `evaluateAttestations` throws */
  captureAttestations<const T extends PredicateType>(
    reference: string,
    request: AttestationRequest<T>,
    options?: NamedCallOptions,
  ): Promise<Capsule<AttestationsReport>>;
  /** Who signed this? No policy, no verdict. @throws SigtrailError */
  inspect(reference: string, options?: CallOptions): Promise<ImageInspection>;
  /** Every log entry about the image, next to what the registry has. @throws SigtrailError `image-not-found`, `registry`, `invalid-reference` */
  track(reference: string, options?: TrackOptions): Promise<ImageTrack>;
  /** The images of a repository (`registry/repository`), on one timeline. @throws SigtrailError `registry`, `invalid-reference` */
  trackRepository(repository: string, options?: TrackRepositoryOptions): Promise<RepositoryTrack>;
  /** One run of a watcher: what is new in the logs about these images. @throws RekorError `state-locked`, `invalid-state` */
  watch(options: WatchOptions): Promise<ImageWatchRun>;
  /** `verifyBundle` with this verifier's trust, deny-list, deadline and clock. @throws SigtrailError */
  verifyBundle(
    bundle: Uint8Array | string | object,
    bytesOrDigest: BundleSubject,
    policy: BundlePolicy,
    options?: BundleCallOptions,
  ): Promise<VerifiedBundle>;
  /**
   * Finishes earlier questions, then closes its connections. Every later question fails with `closed`, and so does an earlier one that does not finish within `options.timeoutMs` (default: the
   * verifier's).
   */
  close(options?: CloseOptions): Promise<void>;
}

// The imports above check options, policies and references at once. A policy is read in the call that gives it, before anything else
// is loaded, so that changing the object afterwards changes nothing. The rest of the code is imported where it is used.

/**
 * Makes a verifier. Nothing is read or connected until the first question, which also loads the code that answers.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * await using verifier = createVerifier({ trust: { file: 'trusted_root.json' } });
 * const image = await verifier.verify('ghcr.io/acme/app:1.4', { signedBy: { issuer, subject } });
 */
export function createVerifier(options: VerifierOptions = {}): Verifier {
  assertKeys(options, VERIFIER_KEYS, 'options');
  return verifierOf(openSession(options));
}

/** The verbs of a session. */
export function verifierOf(session: Session): Verifier {
  return {
    // The types of the accepted signers, and whether there are platforms, follow from the question.
    verify: (async (reference, policy, options) => verifyIn(session, reference, policy, options)) as Verifier['verify'],
    evaluate: (async (reference, policy, options) =>
      evaluateIn(session, reference, policy, options)) as Verifier['evaluate'],
    verifyMany: ((references, policyFor, options) =>
      verifyManyIn(session, references, policyFor, options)) as Verifier['verifyMany'],
    verifyAttestations: async (reference, request, options) =>
      verifyAttestationsIn(session, reference, request, options),
    evaluateAttestations: async (reference, request, options) =>
      evaluateAttestationsIn(session, reference, request, options),
    capture: async (reference, policy, options) => captureIn(session, reference, policy, options),
    captureAttestations: async (reference, request, options) =>
      captureAttestationsIn(session, reference, request, options),
    inspect: async (reference, options) => inspectIn(session, reference, options),
    track: async (reference, options) => trackIn(session, reference, options),
    trackRepository: async (repository, options) => trackRepositoryIn(session, repository, options),
    watch: async (options) => watchIn(session, options),
    verifyBundle: async (bundle, bytesOrDigest, policy, options) =>
      verifyBundleIn(session, bundle, bytesOrDigest, policy, options),
    close: async (options) => session.close(options),
    [Symbol.asyncDispose]: async () => session.close(),
  };
}
