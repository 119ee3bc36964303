import { optionError } from '@sigtrail/encoding';
import type { Subject } from './establish/subject.ts';
import type * as EvaluateBundle from './evaluate-bundle.ts';
import type { BundleCallOptions, VerifierOptions } from './options.ts';
import { parseBundleOptions } from './parse-call-options.ts';
import { assertKeys } from './policy/parse-options.ts';
import { parsePolicy } from './policy/parse-policy.ts';
import type { AnySignerPolicy, AttestedPolicy, SignedByPolicy } from './policy/policy.ts';
import type { VerifiedBundle } from './report/verified-bundle.ts';
import { openSession, type Session } from './session.ts';

/** What a bundle is about: the bytes, or `sha256:…` (also sha384, sha512) if you only have a digest. */
export type BundleSubject = Uint8Array | `sha256:${string}` | `sha384:${string}` | `sha512:${string}`;

/** The policy of `verifyBundle`; any predicate type is accepted, since the caller chose the bundle. */
export type BundlePolicy =
  | Omit<SignedByPolicy, ImageOnly>
  | Omit<AttestedPolicy, ImageOnly>
  | Omit<AnySignerPolicy, ImageOnly>;

/** Members that are about a set of signatures, or about formats that aren't bundles. */
type ImageOnly =
  | 'acceptAttestationsAsSignature'
  | 'acceptAttestationManifestsAsSignature'
  | 'legacyTimestamps'
  | 'acceptImage';

/** Options of `verifyBundle`: the verifier's options that concern a bundle, a signal and a deadline. */
export type VerifyBundleOptions = Pick<VerifierOptions, 'trust' | 'deny' | 'now' | 'timeoutMs' | 'secondJudge'> &
  Pick<BundleCallOptions, 'signal' | 'deadline'>;

/**
 * Verifies a Sigstore bundle v0.1–v0.3 against the artifact that it should be about. The bundle is JSON as text, bytes or an object, or a `Bundle` of
 * `@sigstore/bundle`.
 *
 * @throws SigtrailError `invalid-bundle` when it can't be read, `no-match` when it is refused, `indeterminate` when a key that the policy
 * asks for could not be loaded; `error.candidate` is the report of the bundle
 * @example
 * await verifyBundle(await readFile('app.sigstore.json'), await readFile('app.tgz'), { signedBy: { issuer, subject } });
 */
export async function verifyBundle(
  bundle: Uint8Array | string | object,
  bytesOrDigest: BundleSubject,
  policy: BundlePolicy,
  options: VerifyBundleOptions = {},
): Promise<VerifiedBundle> {
  assertKeys(options, ['trust', 'deny', 'now', 'timeoutMs', 'secondJudge', 'signal', 'deadline'], 'options');
  const { signal, deadline, ...own } = options;
  const call = { ...(signal === undefined ? {} : { signal }), ...(deadline === undefined ? {} : { deadline }) };
  return verifyBundleIn(openSession(own), bundle, bytesOrDigest, policy, call);
}

// Importing a module again takes a good part of the time of a verification.
let phase: typeof EvaluateBundle | undefined;

/** `verifyBundle` in a session that is open already. @throws what `verifyBundle` throws */
export async function verifyBundleIn(
  session: Session,
  bundle: Uint8Array | string | object,
  bytesOrDigest: BundleSubject,
  policy: BundlePolicy,
  options: BundleCallOptions = {},
): Promise<VerifiedBundle> {
  const call = parseBundleOptions(options);
  assertKeys(
    policy,
    ['signedBy', 'attested', 'dangerouslyAcceptAnySigner', 'require', 'acceptTrustedRootInBundle'],
    'policy',
  );
  // Any predicate type is accepted: the policy gets the actual type below.
  const parsed = parsePolicy(policy);
  const subject = subjectOf(bytesOrDigest);
  return session.answer(call, async (question) => {
    phase ??= await import('./evaluate-bundle.ts');
    const until = await question.enter();
    const settings = { ...session.bundles, ...call, ...(until === undefined ? {} : { until }) };
    return phase.evaluateBundle(bundle, { subject, policy: parsed, now: settings.now() }, settings);
  });
}

const LENGTHS = { sha256: 64, sha384: 96, sha512: 128 } as const;

function subjectOf(bytesOrDigest: BundleSubject): Subject {
  // A copy: writing over the caller's bytes during verification changes nothing.
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
