import { createHash } from 'node:crypto';
import { acceptedSignature, reportCandidate, reportUnreadable } from './build-report.ts';
import { createMemo } from './crypto/memo.ts';
import { parseDenyList } from './deny/deny-list.ts';
import { optionError, SigtrailError } from './error.ts';
import { establishSafely } from './establish/establish-safely.ts';
import type { Subject } from './establish/facts.ts';
import { parseBundle } from './evidence/bundle.ts';
import type { Candidate } from './evidence/candidate.ts';
import { FormatError } from './evidence/format-error.ts';
import type { VerifierOptions } from './options.ts';
import { decideOne } from './policy/decide-one.ts';
import { assertKeys } from './policy/parse-options.ts';
import { type ParsedPolicy, parsePolicy } from './policy/parse-policy.ts';
import { keysOf, resolveRules } from './policy/resolve-rules.ts';
import type { AnySignerPolicy, AttestedPolicy, SignedByPolicy } from './policy/policy.ts';
import type { AcceptedSignature, CandidateReport } from './report.ts';
import { createTrustProvider, requireTrust } from './trust/load-trust.ts';
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
 * asks for could not be had; `report` is the candidate's report
 * @example
 * await verifyBundle(await readFile('app.sigstore.json'), await readFile('app.tgz'), { signedBy: { issuer, subject } });
 */
export async function verifyBundle(
  bundle: Uint8Array | string | object,
  bytesOrDigest: BundleSubject,
  policy: BundlePolicy,
  options: Pick<VerifierOptions, 'trust' | 'deny' | 'now' | 'timeoutMs'> = {},
  internal: InternalOptions = {},
): Promise<VerifiedBundle> {
  assertKeys(options, ['trust', 'deny', 'now', 'timeoutMs'], 'options');
  assertKeys(policy, ['signedBy', 'attested', 'dangerouslyAcceptAnySigner', 'require'], 'policy');
  // Any predicate type will do: which one it is, the policy is told below.
  const asked = parsePolicy(policy);
  const deny = options.deny === undefined ? {} : { deny: parseDenyList(options.deny) };
  const subject = subjectOf(bytesOrDigest);
  const now = (options.now ?? (() => new Date()))();
  const [trust, { policy: parsed, problems }] = await Promise.all([
    createTrustProvider(options.trust)(now),
    resolveRules(asked, AbortSignal.timeout(options.timeoutMs ?? 30_000)),
  ]);
  requireTrust(trust);
  const origin = { id: 'bundle', format: 'sigstore-bundle', carrier: 'given' } as const;
  let candidate: Candidate;
  try {
    candidate = { ...origin, ...parseBundle(bundle) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const report = reportUnreadable({
      ...origin,
      isAttestation: false,
      unreadable: { code: error.code, message: error.message, status: 'failed' },
    });
    throw new SigtrailError('invalid-bundle', error.message, { cause: error, report });
  }
  const type = candidate.content.kind === 'dsse' ? candidate.content.statement?.predicateType : undefined;
  const facts = establishSafely(candidate, {
    subject,
    trust: trust.root,
    ...deny,
    keys: keysOf(parsed),
    now,
    legacyTimestamps: 'use',
    stockJudge: internal.stockJudge ?? 'on',
    memo: internal.memo ?? createMemo(),
  });
  if ('unreadable' in facts)
    throw new SigtrailError('invalid-bundle', facts.unreadable.message, { report: reportUnreadable(facts) });
  const reference = describeBundleSubject(bytesOrDigest);
  const decision = await decideOne(facts, acceptingType(parsed, type), { now, reference });
  const report = reportCandidate(facts, decision);
  const signature = decision.accepted ? acceptedSignature(facts) : undefined;
  if (signature !== undefined) return { signature, report };
  if (problems.length > 0)
    throw new SigtrailError('indeterminate', problems.map(({ message }) => message).join('; '), { report });
  const failed = report.checks.find(({ status }) => status === 'failed');
  throw new SigtrailError(
    'no-match',
    `the bundle is refused: ${failed?.message ?? 'nothing in it could be proven'} (${report.refusedBecause})`,
    { report },
  );
}

/** The caller holds the bundle that it means, so its predicate type is the one that counts as signature. */
function acceptingType(policy: ParsedPolicy, type: string | undefined): ParsedPolicy {
  const { root } = policy;
  return root.kind === 'signed-by' && type !== undefined
    ? { ...policy, root: { ...root, acceptTypes: [type] } }
    : policy;
}

/** The artifact by its digest, as callbacks get it. */
function describeBundleSubject(bytesOrDigest: BundleSubject): string {
  return typeof bytesOrDigest === 'string'
    ? bytesOrDigest
    : `sha256:${createHash('sha256').update(bytesOrDigest).digest('hex')}`;
}

const LENGTHS = { sha256: 64, sha384: 96, sha512: 128 } as const;

function subjectOf(bytesOrDigest: BundleSubject): Subject {
  if (bytesOrDigest instanceof Uint8Array) return { kind: 'artifact', bytes: bytesOrDigest };
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
