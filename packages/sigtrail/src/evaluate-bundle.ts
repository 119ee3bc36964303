import { type Deadline, withinDeadline } from './deadline.ts';
import { acceptedSignature, reportCandidate, reportUnreadable } from './report/build-report.ts';
import { splitJsonLines } from '@sigtrail/encoding/documents';
import { isSigtrailError, SigtrailError } from './error.ts';
import { establishSafely } from './establish/establish-safely.ts';
import { describeSubject } from './establish/subject.ts';
import type { EstablishContext } from './establish/facts.ts';
import type { Subject } from './establish/subject.ts';
import { bundleMessageJson, isBundleMessage } from './evidence/bundle-message.ts';
import { parseBundle } from './evidence/bundle.ts';
import type { Candidate } from './evidence/candidate.ts';
import { FormatError } from './evidence/format-error.ts';
import { decideOne } from './decide/decide-one.ts';
import type { ParsedPolicy } from './policy/parse-policy.ts';
import { keysOf, requirementsOf, resolveRules } from './policy/resolve-rules.ts';
import { requireTrust, withoutTrust } from './trust/load-trust.ts';
import { before, deadlineProblem } from './until.ts';
import type { BundleSettings } from './session.ts';
import type { VerifiedBundle } from './report/verified-bundle.ts';

/** What a call requires of a bundle, checked. */
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
  return withinDeadline(settings, settings, async ({ deadline }) => {
    const [first, ...others] = bundlesIn(bundle);
    if (others.length === 0) return evaluateWithin(first ?? bundle, question, settings, deadline);
    return evaluateLines([first ?? bundle, ...others], async (line) =>
      evaluateWithin(line, question, settings, deadline),
    );
  });
}

/** A download of one artifact's attestations has fewer. */
const MAX_LINES = 64;

/** The bundles of JSON lines, as `gh attestation download` writes them; anything else is one bundle. */
function bundlesIn(bundle: Uint8Array | string | object): readonly (Uint8Array | string | object)[] {
  if (typeof bundle !== 'string' && !(bundle instanceof Uint8Array)) return [bundle];
  const lines = splitJsonLines(typeof bundle === 'string' ? bundle : Buffer.from(bundle).toString('utf8'));
  if (lines.length === 1) return [bundle];
  if (lines.length <= MAX_LINES) return lines;
  throw new SigtrailError(
    'invalid-bundle',
    `it holds ${lines.length} bundles, one per line; at most ${MAX_LINES} are read`,
  );
}

/** One bundle that the policy accepts is enough. If there is none, an open question outweighs a refusal: that line might have been accepted. */
async function evaluateLines(
  lines: readonly (Uint8Array | string | object)[],
  evaluate: (line: Uint8Array | string | object) => Promise<VerifiedBundle>,
): Promise<VerifiedBundle> {
  const failures: { readonly line: number; readonly error: SigtrailError }[] = [];
  for (const [index, line] of lines.entries()) {
    try {
      return await evaluate(line);
    } catch (error) {
      if (!isSigtrailError(error)) throw error;
      if (!['no-match', 'invalid-bundle', 'indeterminate'].includes(error.code)) throw error;
      failures.push({ line: index + 1, error });
    }
  }
  const open = failures.find(({ error }) => error.code === 'indeterminate');
  const { line, error } =
    open ?? failures.find(({ error: { code } }) => code === 'no-match') ?? failures[0] ?? noLine();
  throw new SigtrailError(
    error.code,
    `none of the ${lines.length} bundles (one per line) is accepted; line ${line}: ${error.message}`,
    {
      cause: error,
      ...(error.candidate === undefined ? {} : { candidate: error.candidate }),
      ...(error.trust === undefined ? {} : { trust: error.trust }),
    },
  );
}

function noLine(): never {
  throw new SigtrailError('invalid-bundle', 'it holds no bundle');
}

async function evaluateWithin(
  bundle: Uint8Array | string | object,
  { subject, policy: parsed, now }: BundleQuestion,
  { trust: load, until, deny: openDenyList, secondJudge: openSecondJudge, services: openServices }: BundleSettings,
  deadline: Deadline,
): Promise<VerifiedBundle> {
  const [trust, { policy, problems }, { signatures, certificates }, secondJudge, deny] = await Promise.all([
    before(until, load(now), (late) => withoutTrust(deadlineProblem(late, 'the trusted root was loaded'))),
    resolveRules(parsed, deadline.signal),
    openServices(),
    openSecondJudge(),
    openDenyList(),
  ]);
  requireTrust(trust);
  const origin = { id: 'bundle', format: 'sigstore-bundle', carrier: 'given' } as const;
  let candidate: Candidate;
  try {
    // A copy: writing over the caller's bytes during verification changes nothing.
    const given = bundle instanceof Uint8Array ? Uint8Array.from(bundle) : bundle;
    const document = isBundleMessage(given) ? await bundleMessageJson(given) : given;
    candidate = { ...origin, ...parseBundle(document, certificates.read) };
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
    acceptTrustedRootInBundle: policy.acceptTrustedRootInBundle,
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

/** The caller chose this bundle, so its predicate type counts as a signature. */
function acceptingType(policy: ParsedPolicy, type: string | undefined): ParsedPolicy {
  const { root } = policy;
  return root.kind === 'signed-by' && type !== undefined
    ? { ...policy, root: { ...root, acceptTypes: [type] } }
    : policy;
}
