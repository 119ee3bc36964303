import type * as JudgeBundle from './judge-bundle.ts';
import type { Services } from './establish/services.ts';
import { type ParsedDenyList, parseDenyList } from './policy/deny-list.ts';
import { optionError } from './error.ts';
import type { Subject } from './establish/facts.ts';
import type { CallOptions, VerifierOptions } from './options.ts';
import { checkTimeout, parseBundleOptions } from './parse-call-options.ts';
import { assertKeys } from './policy/parse-options.ts';
import { parsePolicy } from './policy/parse-policy.ts';
import type { AnySignerPolicy, AttestedPolicy, SignedByPolicy } from './policy/policy.ts';
import type { AcceptedSignature, CandidateReport } from './report/report.ts';
import type { SecondJudge } from './second-judge/second-judge.ts';
import { createTrustProvider, type TrustProvider } from './trust/load-trust.ts';
import type { InternalOptions } from './verifier.ts';

/** What a bundle is of: the bytes, or `sha256:…` (also sha384, sha512) when only a digest is at hand. */
export type BundleSubject = Uint8Array | `sha256:${string}` | `sha384:${string}` | `sha512:${string}`;

/** The policy of `verifyBundle`; any predicate type is accepted, since the caller holds the bundle that it means. */
export type BundlePolicy =
  | Omit<SignedByPolicy, ImageOnly>
  | Omit<AttestedPolicy, ImageOnly>
  | Omit<AnySignerPolicy, ImageOnly>;

/** Speaks of a set of signatures, or of formats that aren't bundles. */
type ImageOnly = 'acceptAttestationsAsSignature' | 'legacyTimestamps' | 'acceptImage';

/** A bundle that the policy accepted. */
export interface VerifiedBundle {
  readonly signature: AcceptedSignature;
  readonly report: CandidateReport;
}

/**
 * Verifies a Sigstore bundle v0.1–v0.3 that you hold against what it should be of.
 *
 * @throws SigtrailError `invalid-bundle` when it can't be read, `no-match` when it is refused, `indeterminate` when a key that the policy
 * asks for could not be had; `error.candidate` is the report of the bundle
 * @example
 * await verifyBundle(await readFile('app.sigstore.json'), await readFile('app.tgz'), { signedBy: { issuer, subject } });
 */
export async function verifyBundle(
  bundle: Uint8Array | string | object,
  bytesOrDigest: BundleSubject,
  policy: BundlePolicy,
  options: Pick<VerifierOptions, 'trust' | 'deny' | 'now' | 'timeoutMs' | 'secondJudge'> &
    Pick<CallOptions, 'signal'> = {},
  internal: InternalOptions = {},
): Promise<VerifiedBundle> {
  assertKeys(options, ['trust', 'deny', 'now', 'timeoutMs', 'secondJudge', 'signal'], 'options');
  const call = options.signal === undefined ? {} : parseBundleOptions({ signal: options.signal });
  const { now = () => new Date(), timeoutMs = 30_000 } = options;
  checkTimeout(timeoutMs, 'timeoutMs');
  if (typeof now !== 'function') throw optionError('invalid-option', '"now" must be a function that returns a Date');
  return verifyBundleWith(bundle, bytesOrDigest, policy, {
    trust: createTrustProvider(options.trust),
    ...(options.deny === undefined ? {} : { deny: parseDenyList(options.deny) }),
    now,
    timeoutMs,
    secondJudge: openSecondJudge(internal.secondJudge ?? options.secondJudge),
    services: async () => internal.services ?? loadServices(),
    ...call,
  });
}

/** What a verifier judges every bundle by; its options, checked. */
export interface BundleSettings {
  readonly trust: TrustProvider;
  readonly deny?: ParsedDenyList;
  readonly now: () => Date;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  readonly secondJudge: () => Promise<SecondJudge | 'off'>;
  readonly services: () => Promise<Services>;
}

/** The services of one verification or verifier; their code is loaded with the first. */
export async function loadServices(): Promise<Services> {
  const { createServices } = await import('./establish/services.ts');
  return createServices();
}

/** The second judge of one verification or verifier, made when it is first asked for. @throws TypeError `invalid-option` */
export function openSecondJudge(option: VerifierOptions['secondJudge']): () => Promise<SecondJudge | 'off'> {
  if (option !== undefined && option !== 'on' && option !== 'off')
    throw optionError('invalid-option', '"secondJudge" must be "on" or "off"');
  let opening: Promise<SecondJudge> | undefined;
  return async () => {
    if (option === 'off') return 'off';
    opening ??= import('./second-judge/second-judge.ts').then(
      ({ createSecondJudge }) => createSecondJudge(),
      (error: unknown) => {
        // Code that could not be loaded a moment ago is asked for again.
        opening = undefined;
        throw error;
      },
    );
    return opening;
  };
}

// Asking for a module anew costs as much as a good part of a verification.
let judge: typeof JudgeBundle | undefined;

/** `verifyBundle` under the settings of a verifier. @throws what `verifyBundle` throws */
export async function verifyBundleWith(
  bundle: Uint8Array | string | object,
  bytesOrDigest: BundleSubject,
  policy: BundlePolicy,
  settings: BundleSettings,
): Promise<VerifiedBundle> {
  assertKeys(policy, ['signedBy', 'attested', 'dangerouslyAcceptAnySigner', 'require'], 'policy');
  // Any predicate type will do: which one it is, the policy is told below.
  const parsed = parsePolicy(policy);
  const subject = subjectOf(bytesOrDigest);
  const now = settings.now();
  judge ??= await import('./judge-bundle.ts');
  return judge.judgeBundle(bundle, { subject, policy: parsed, now }, settings);
}

const LENGTHS = { sha256: 64, sha384: 96, sha512: 128 } as const;

function subjectOf(bytesOrDigest: BundleSubject): Subject {
  // A copy: what the caller writes over its bytes while they are verified changes nothing.
  if (bytesOrDigest instanceof Uint8Array) return { kind: 'artifact', bytes: Uint8Array.from(bytesOrDigest) };
  const match = typeof bytesOrDigest === 'string' ? /^(sha256|sha384|sha512):([0-9a-f]+)$/.exec(bytesOrDigest) : null;
  const algorithm = match?.[1] as keyof typeof LENGTHS | undefined;
  const hex = match?.[2];
  if (algorithm === undefined || hex === undefined || hex.length !== LENGTHS[algorithm])
    throw optionError(
      'invalid-option',
      '"bytesOrDigest" must be a Uint8Array or a digest like "sha256:" and 64 hexadecimal digits',
    );
  return { kind: 'digest', algorithm, digest: Buffer.from(hex, 'hex') };
}
