import { type Deadline, withinDeadline } from './deadline.ts';
import { acceptedSignature, reportCandidate, reportUnreadable } from './report/build-report.ts';
import { SigtrailError } from './error.ts';
import { establishSafely } from './establish/establish-safely.ts';
import { describeSubject } from './establish/subject.ts';
import type { EstablishContext } from './establish/facts.ts';
import type { Subject } from './establish/subject.ts';
import { parseBundle } from './evidence/bundle.ts';
import type { Candidate } from './evidence/candidate.ts';
import { FormatError } from './evidence/format-error.ts';
import { decideOne } from './decide/decide-one.ts';
import type { ParsedPolicy } from './policy/parse-policy.ts';
import { keysOf, requirementsOf, resolveRules } from './policy/resolve-rules.ts';
import { requireTrust } from './trust/load-trust.ts';
import type { BundleSettings } from './session.ts';
import type { VerifiedBundle } from './report/verified-bundle.ts';

/** What is asked of a bundle, all of it checked. */
export interface BundleQuestion {
  readonly subject: Subject;
  readonly policy: ParsedPolicy;
  readonly now: Date;
}

/**
 * establish → decide → verdict, for one bundle.
 *
 * @throws SigtrailError `invalid-bundle`, `no-match`, `indeterminate`, `trust-expired`, `trust-unavailable`
 */
export async function evaluateBundle(
  bundle: Uint8Array | string | object,
  question: BundleQuestion,
  settings: BundleSettings,
): Promise<VerifiedBundle> {
  return withinDeadline(settings, settings, async ({ deadline }) =>
    evaluateWithin(bundle, question, settings, deadline),
  );
}

async function evaluateWithin(
  bundle: Uint8Array | string | object,
  { subject, policy: asked, now }: BundleQuestion,
  { trust: load, deny, secondJudge: openSecondJudge, services: openServices }: BundleSettings,
  deadline: Deadline,
): Promise<VerifiedBundle> {
  const [trust, { policy, problems }, { signatures, certificates }, secondJudge] = await Promise.all([
    load(now),
    resolveRules(asked, deadline.signal),
    openServices(),
    openSecondJudge(),
  ]);
  requireTrust(trust);
  const origin = { id: 'bundle', format: 'sigstore-bundle', carrier: 'given' } as const;
  let candidate: Candidate;
  try {
    // A copy: what the caller writes over its bytes while they are verified changes nothing.
    const given = bundle instanceof Uint8Array ? Uint8Array.from(bundle) : bundle;
    candidate = { ...origin, ...parseBundle(given, certificates.read) };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const report = reportUnreadable({
      ...origin,
      isAttestation: false,
      unreadable: { code: error.code, message: error.message, status: 'failed' },
    });
    throw new SigtrailError('invalid-bundle', error.message, {
      cause: error,
      candidate: report,
      trust: { ...trust.source },
    });
  }
  const type = candidate.content.kind === 'dsse' ? candidate.content.statement?.predicateType : undefined;
  // The artifact by its digest, as callbacks get it.
  const reference = describeSubject(subject);
  const context: EstablishContext = {
    subject,
    trust: trust.root,
    ...(deny === undefined ? {} : { deny }),
    keys: keysOf(policy),
    now,
    legacyTimestamps: 'use',
    secondJudge,
    require: requirementsOf(policy),
    signatures,
    certificates,
    deadline,
  };
  const facts = await establishSafely(candidate, context);
  if ('unreadable' in facts) {
    const { status, message } = facts.unreadable;
    const code = status === 'indeterminate' ? 'indeterminate' : 'invalid-bundle';
    throw new SigtrailError(code, message, { candidate: reportUnreadable(facts), trust: { ...trust.source } });
  }
  const decision = await decideOne(facts, acceptingType(policy, type), { now, reference });
  const report = reportCandidate(facts, decision, trust.source);
  const signature = decision.accepted ? acceptedSignature(facts) : undefined;
  if (signature !== undefined) return { signature, report, trust: { ...trust.source } };
  const open = problems.length > 0 ? problems : decision.problems;
  if (open.length > 0)
    throw new SigtrailError('indeterminate', open.map(({ message }) => message).join('; '), {
      candidate: report,
      trust: { ...trust.source },
    });
  const { missingFromSnapshot: missing } = report;
  const hint = missing === undefined ? '' : `; ${missing.message}`;
  const failed = report.checks.find(({ status }) => status === 'failed');
  throw new SigtrailError(
    'no-match',
    `the bundle is refused: ${failed?.message ?? 'nothing in it could be proven'} (${report.refusedBecause})${hint}`,
    { candidate: report, trust: { ...trust.source } },
  );
}

/** The caller holds the bundle that it means, so its predicate type is the one that counts as signature. */
function acceptingType(policy: ParsedPolicy, type: string | undefined): ParsedPolicy {
  const { root } = policy;
  return root.kind === 'signed-by' && type !== undefined
    ? { ...policy, root: { ...root, acceptTypes: [type] } }
    : policy;
}
