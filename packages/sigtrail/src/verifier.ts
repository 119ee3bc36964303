import type { OciClient } from 'oci-client-lite';
import type { PredicateType } from './attestation/predicate-types.ts';
import { type AttestationRequest, parseAttestationRequest } from './attestation/request.ts';
import type { EvaluatedAttestations, VerifiedAttestations } from './attestation/verified-attestations.ts';
import type { EvaluationContext } from './evaluation-context.ts';
import { untilAborted } from './deadline.ts';
import { optionError, SigtrailError } from './error.ts';
import { parseDenyList } from './policy/deny-list.ts';
import type {
  BundleCallOptions,
  CallOptions,
  ImageCallOptions,
  LogLookup,
  NamedCallOptions,
  VerifierOptions,
} from './options.ts';
import {
  checkLogs,
  checkTimeout,
  parseBundleOptions,
  parseCallOptions,
  parseImageOptions,
  parseNamedOptions,
  parseRepositoryOptions,
  parseTrackOptions,
  parseWatchOptions,
} from './parse-call-options.ts';
import type { VerifiedPlatforms } from './platforms/verified-platforms.ts';
import { assertKeys } from './policy/parse-options.ts';
import { parsePolicy } from './policy/parse-policy.ts';
import type { ImagePolicy } from './policy/policy.ts';
import type { SignerOf } from './policy/signer-of.ts';
import type { Report } from './report/any-report.ts';
import type { AttestationsReport } from './report/attestations-report.ts';
import type { ImageReport, VerifiedImage } from './report/image-report.ts';
import type { PlatformsReport } from './report/platforms-report.ts';
import type { ImageInspection } from './report/report.ts';
import type { Capsule } from './replay/capsule.ts';
import type { ImageTrack } from './track/image-track.ts';
import type { TrackOptions } from './track/track-image.ts';
import type { RepositoryTrack, TrackRepositoryOptions } from './track/track-repository.ts';
import type { ImageWatchRun, WatchOptions } from './track/watch-images.ts';
import type { Services } from './establish/services.ts';
import { createTrustProvider, requireTrust } from './trust/load-trust.ts';
import {
  type BundlePolicy,
  type BundleSubject,
  loadServices,
  openSecondJudge,
  type VerifiedBundle,
  verifyBundleWith,
} from './verify-bundle.ts';

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
   * As `evaluate`, and records everything that the answer rests on: `replay` gives the same report from it, offline.
   *
   * @throws what `evaluate` throws
   */
  capture(
    reference: string,
    policy: ImagePolicy,
    options?: ImageCallOptions,
  ): Promise<Capsule<ImageReport | PlatformsReport>>;
  /** As `evaluateAttestations`, recorded. @throws what `evaluateAttestations` throws */
  captureAttestations<const T extends PredicateType>(
    reference: string,
    request: AttestationRequest<T>,
    options?: NamedCallOptions,
  ): Promise<Capsule<AttestationsReport>>;
  /** Who signed this? No policy, no verdict. @throws SigtrailError */
  inspect(reference: string, options?: CallOptions): Promise<ImageInspection>;
  /** Every log entry about the image, beside what the registry has. @throws SigtrailError `image-not-found`, `registry`, `invalid-reference` */
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
  /** Answers what was asked before, then closes its connections; whatever is asked from now on is `closed`. */
  close(): Promise<void>;
}

/** Seams of this package's own tests; not exported from the package. */
export interface InternalOptions {
  readonly secondJudge?: 'on' | 'off';
  /** What is kept between two verifications. */
  readonly services?: Services;
}

// Imported above is what is checked at once: options, policies, references. A policy is read in the call that gives it, before anything else
// is loaded, so that whoever changes it afterwards changes nothing. The rest of the code is imported where it is used.
/** The options of a verifier. */
export const VERIFIER_KEYS: readonly string[] = ['trust', 'registry', 'log', 'deny', 'now', 'timeoutMs', 'secondJudge'];

/**
 * Makes a verifier. Nothing is read or connected until it is asked something, and the code that answers is only loaded then.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * await using verifier = createVerifier({ trust: { file: 'trusted_root.json' } });
 * const image = await verifier.verify('ghcr.io/acme/app:1.4', { signedBy: { issuer, subject } });
 */
export function createVerifier(options: VerifierOptions = {}, internal: InternalOptions = {}): Verifier {
  assertKeys(options, VERIFIER_KEYS, 'options');
  const { timeoutMs = 30_000, now = () => new Date() } = options;
  checkTimeout(timeoutMs, 'timeoutMs');
  if (typeof now !== 'function') throw optionError('invalid-option', '"now" must be a function that returns a Date');
  const lookup = parseLookup(options.log);
  const trust = createTrustProvider(options.trust);
  const deny = options.deny === undefined ? {} : { deny: parseDenyList(options.deny) };
  const secondJudge = openSecondJudge(internal.secondJudge ?? options.secondJudge);
  let services: Promise<Services> | undefined;
  const openServices = async (): Promise<Services> => {
    if (internal.services !== undefined) return internal.services;
    services ??= loadServices().catch((error: unknown) => {
      // Code that could not be loaded a moment ago is asked for again.
      services = undefined;
      throw error;
    });
    return services;
  };
  let client: OciClient | undefined;
  let closed = false;
  const context = async ({ signal }: Pick<CallOptions, 'signal'>): Promise<EvaluationContext> => {
    const [{ createOciClient }, { signatures }, second] = await Promise.all([
      import('oci-client-lite'),
      openServices(),
      secondJudge(),
    ]);
    client ??= createOciClient({ ...options.registry });
    const at = now();
    return {
      client,
      trust: await untilAborted(trust(at), signal),
      ...deny,
      ...lookup,
      now: at,
      timeoutMs,
      secondJudge: second,
      signatures,
    };
  };
  /** For answers without a verdict, which could not say that it is open. */
  const trusting = async (call: Pick<CallOptions, 'signal'>): Promise<EvaluationContext> => {
    const ready = await context(call);
    requireTrust(ready.trust);
    return ready;
  };
  const asked = new Set<Promise<unknown>>();
  /** What is asked of an open verifier is answered, though it be closed meanwhile. */
  const whileOpen = async <T>(answer: () => Promise<T>): Promise<T> => {
    if (closed) throw new SigtrailError('closed', 'the verifier was closed');
    const answering = answer();
    asked.add(answering);
    try {
      return await answering;
    } finally {
      asked.delete(answering);
    }
  };
  const close = async (): Promise<void> => {
    closed = true;
    await Promise.allSettled(asked);
    await client?.close();
  };
  const evaluateImage = async (
    reference: string,
    policy: ImagePolicy,
    given: ImageCallOptions = {},
  ): Promise<ImageReport | PlatformsReport> => {
    const parsed = parsePolicy(policy);
    const call = parseImageOptions(given);
    assertReference(reference);
    const [{ evaluateImage: evaluate }, ready] = await Promise.all([
      import('./platforms/evaluate-image.ts'),
      context(call),
    ]);
    return evaluate(reference, parsed, call, ready);
  };
  const verify = async (
    reference: string,
    policy: ImagePolicy,
    call: ImageCallOptions = {},
  ): Promise<VerifiedImage | VerifiedPlatforms> =>
    whileOpen(async () => {
      const report = await evaluateImage(reference, policy, call);
      if (report.kind === 'image') return (await import('./report/verified-image.ts')).assertVerified(report);
      return (await import('./platforms/verified-platforms.ts')).assertVerifiedPlatforms(report);
    });
  const evaluateAttested = async <T extends PredicateType>(
    reference: string,
    request: AttestationRequest<T>,
    given: NamedCallOptions = {},
  ): Promise<EvaluatedAttestations> => {
    const parsed = parseAttestationRequest(request);
    const call = parseNamedOptions(given);
    assertReference(reference);
    const [{ evaluateAttestations }, ready] = await Promise.all([
      import('./attestation/evaluate-attestations.ts'),
      context(call),
    ]);
    return evaluateAttestations(reference, parsed, call, ready);
  };
  const record = async <R extends Report>(
    asked: Pick<Capsule['asked'], 'what' | 'reference'>,
    policy: unknown,
    given: ImageCallOptions,
    run: (call: ImageCallOptions, taped: EvaluationContext) => Promise<R>,
  ): Promise<Capsule<R>> => {
    const [{ startRecording }, plain] = await Promise.all([import('./replay/record.ts'), context(given)]);
    const recording = startRecording({
      asked,
      options: given,
      now: plain.now,
      policy,
      deny: options.deny,
      trust: plain.trust,
      secondJudge: plain.secondJudge === 'off' ? 'off' : 'on',
    });
    return recording.finish(await run(recording.options, { ...plain, tape: recording.tape }));
  };
  return {
    // Whether there are platforms, and which signers an accepted signature can have, follows from what was asked.
    evaluate: (async (reference, policy, call) =>
      whileOpen(async () => evaluateImage(reference, policy, call))) as Verifier['evaluate'],
    verify: verify as Verifier['verify'],
    verifyAttestations: async (reference, request, call) =>
      whileOpen(async () => {
        const evaluated = await evaluateAttested(reference, request, call);
        const { assertAttested } = await import('./attestation/verified-attestations.ts');
        return assertAttested(evaluated);
      }),
    evaluateAttestations: async (reference, request, call) =>
      whileOpen(async () => (await evaluateAttested(reference, request, call)).report),
    capture: async (reference, policy, given = {}) =>
      whileOpen(async () => {
        const parsed = parsePolicy(policy);
        const call = parseImageOptions(given);
        const question = { what: 'image', reference: assertReference(reference) } as const;
        const { evaluateImage: evaluate } = await import('./platforms/evaluate-image.ts');
        return record(question, policy, call, async (asking, taped) => evaluate(reference, parsed, asking, taped));
      }),
    captureAttestations: async (reference, request, given = {}) =>
      whileOpen(async () => {
        const parsed = parseAttestationRequest(request);
        const call = parseNamedOptions(given);
        const question = { what: 'attestations', reference: assertReference(reference) } as const;
        const { evaluateAttestations } = await import('./attestation/evaluate-attestations.ts');
        return record(
          question,
          request,
          call,
          async (asking, taped) => (await evaluateAttestations(reference, parsed, asking, taped)).report,
        );
      }),
    inspect: async (reference, given = {}) =>
      whileOpen(async () => {
        const call = parseCallOptions(given);
        assertReference(reference);
        const [{ inspect }, ready] = await Promise.all([import('./inspect.ts'), trusting(call)]);
        return inspect(reference, call, ready);
      }),
    track: async (reference, given = {}) =>
      whileOpen(async () => {
        const call = parseTrackOptions(given);
        assertReference(reference);
        const [{ track }, ready] = await Promise.all([import('./track/track-image.ts'), trusting(call)]);
        return track(reference, call, ready);
      }),
    trackRepository: async (repository, given = {}) =>
      whileOpen(async () => {
        const call = parseRepositoryOptions(given);
        assertReference(repository);
        const [{ trackRepository }, ready] = await Promise.all([import('./track/track-repository.ts'), trusting(call)]);
        return trackRepository(repository, call, ready);
      }),
    watch: async (given) =>
      whileOpen(async () => {
        const call = parseWatchOptions(given);
        const [{ watchImagesOnce }, ready] = await Promise.all([import('./track/watch-images.ts'), trusting(call)]);
        return watchImagesOnce(call, ready);
      }),
    verifyBundle: async (bundle, bytesOrDigest, policy, given = {}) =>
      whileOpen(async () => {
        const call = parseBundleOptions(given);
        const settings = {
          trust,
          ...deny,
          now,
          timeoutMs,
          secondJudge,
          services: openServices,
          ...call,
        };
        return verifyBundleWith(bundle, bytesOrDigest, policy, settings);
      }),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** Only the loud word turns it on: a lookup tells a log which images are verified here. */
function parseLookup(log: VerifierOptions['log']): { readonly lookup?: LogLookup } {
  if (log === undefined) return {};
  assertKeys(log, ['lookup', 'logs'], 'log');
  if (log.lookup !== true)
    throw optionError('invalid-option', '"log.lookup" must be true; leave "log" out to contact no log');
  if (log.logs !== undefined) checkLogs(log.logs, 'log.logs');
  return { lookup: log };
}

function assertReference(reference: string): string {
  if (typeof reference !== 'string') throw optionError('invalid-option', '"reference" must be a string');
  return reference;
}
