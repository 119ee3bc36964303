import { isOciError, type OciClient } from 'oci-client-lite';
import { type Triangulated, triangulate } from '@sigtrail/triangulate';
import { acceptedSignature, reportCandidate, reportUnreadable } from './build-report.ts';
import type { ParsedDenyList } from './deny/deny-list.ts';
import { SigtrailError } from './error.ts';
import { establishSafely } from './establish/establish-safely.ts';
import { readEvidence } from './evidence/discover.ts';
import type { CallOptions } from './options.ts';
import { decide } from './policy/decide.ts';
import type { ParsedPolicy } from './policy/parse-policy.ts';
import { keysOf, resolveRules } from './policy/resolve-rules.ts';
import type { AcceptedSignature, CandidateReport, ImageReport, Problem } from './report.ts';
import type { LoadedTrust } from './trust/load-trust.ts';

/** What an evaluation needs besides its inputs. */
export interface EvaluationContext {
  readonly client: OciClient;
  readonly trust: LoadedTrust;
  readonly deny?: ParsedDenyList;
  readonly now: Date;
  readonly timeoutMs: number;
  readonly stockJudge: 'on' | 'off';
}

/** discover → establish → decide → verdict, for one image. */
export async function evaluate(
  reference: string,
  asked: ParsedPolicy,
  options: CallOptions,
  context: EvaluationContext,
): Promise<ImageReport> {
  const [found, { policy, problems }] = await Promise.all([
    discover(reference, ['signatures'], options, context),
    resolveRules(asked, deadlineOf(options, context)),
  ]);
  if ('problem' in found) return unresolved(reference, [found.problem, ...problems], policy, context);
  const judged = judge(found, policy, context);
  // A key that can't be had takes no part where there is nothing that it could have signed.
  if (judged.candidates.some(({ isAttestation }) => !isAttestation) || judged.signatures.length > 0)
    return conclude(reference, found, judged, policy, context, problems);
  // Nothing that is a signature: look at the attestations too, to say "only attestations" rather than "unsigned".
  const more = await discover(found.graph.pinned, ['attestations'], options, context);
  if ('problem' in more) return conclude(reference, found, judged, policy, context, [more.problem]);
  const attestations = readEvidence(more).candidates.flatMap((candidate) =>
    'unreadable' in candidate ? [reportUnreadable(candidate)] : [],
  );
  const known = new Set(judged.candidates.map(({ id }) => id));
  const all = { ...judged, candidates: [...judged.candidates, ...attestations.filter(({ id }) => !known.has(id))] };
  return conclude(reference, found, all, policy, context, [], more);
}

interface Judged {
  readonly candidates: readonly CandidateReport[];
  readonly signatures: readonly AcceptedSignature[];
}

function judge(found: Triangulated, policy: ParsedPolicy, context: EvaluationContext): Judged {
  const evidence = readEvidence(found);
  const signatures: AcceptedSignature[] = [];
  const candidates = evidence.candidates.map((candidate) => {
    if ('unreadable' in candidate) return reportUnreadable(candidate);
    const facts = establishSafely(candidate, {
      subject: { kind: 'image', digest: evidence.image.digest, manifest: evidence.image.bytes },
      trust: context.trust.root,
      ...(context.deny === undefined ? {} : { deny: context.deny }),
      keys: keysOf(policy),
      now: context.now,
      legacyTimestamps: policy.legacyTimestamps,
      stockJudge: context.stockJudge,
    });
    if ('unreadable' in facts) return reportUnreadable(facts);
    const decision = decide(facts, policy);
    const accepted = decision.accepted ? acceptedSignature(facts) : undefined;
    if (accepted !== undefined) signatures.push(accepted);
    return reportCandidate(facts, decision);
  });
  return { candidates, signatures };
}

function conclude(
  requested: string,
  found: Triangulated,
  judged: Judged,
  policy: ParsedPolicy,
  context: EvaluationContext,
  extra: readonly Problem[] = [],
  more?: Triangulated,
): ImageReport {
  const { graph } = found;
  const locations = [
    ...graph.locations,
    ...(more?.graph.locations ?? []).filter(
      ({ kind, name }) => !graph.locations.some((location) => location.kind === kind && location.name === name),
    ),
  ];
  const problems: readonly Problem[] = [
    ...locations
      .filter(({ answer }) => answer === 'unknown')
      .map(({ kind, name, code, message, retryAfterMs }) => ({
        code: code ?? 'unknown',
        message: `${kind} ${name} could not be read: ${message ?? code ?? 'unknown'}`,
        ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
      })),
    ...judged.candidates.flatMap(({ id, checks }) =>
      checks
        .filter(({ status }) => status === 'indeterminate')
        .map(({ code, message }) => ({ code, message: `candidate ${id}: ${message}` })),
    ),
    ...extra,
  ];
  const signed = judged.candidates.some(({ isAttestation }) => !isAttestation);
  const verdict = judged.signatures.length > 0 ? 'verified' : problems.length > 0 ? 'indeterminate' : 'rejected';
  const reason = signed ? 'no-match' : judged.candidates.length > 0 ? 'only-attestations' : 'unsigned';
  return {
    schemaVersion: 1,
    requested,
    reference: graph.pinned,
    repository: graph.repository,
    digest: graph.digest,
    mediaType: graph.mediaType,
    verdict,
    ...(verdict === 'rejected' ? { reason } : {}),
    problems,
    signatures: judged.signatures,
    candidates: judged.candidates,
    locations,
    transcript: [...graph.transcript, ...(more?.graph.transcript ?? [])],
    ...circumstances(policy, context),
  };
}

function unresolved(
  requested: string,
  problems: readonly Problem[],
  policy: ParsedPolicy,
  context: EvaluationContext,
): ImageReport {
  return {
    schemaVersion: 1,
    requested,
    verdict: 'indeterminate',
    problems,
    signatures: [],
    candidates: [],
    locations: [],
    transcript: [],
    ...circumstances(policy, context),
  };
}

function circumstances(
  { require, legacyTimestamps, rules }: ParsedPolicy,
  { trust, now }: EvaluationContext,
): Pick<ImageReport, 'trust' | 'relaxations' | 'evaluatedAt'> {
  const relaxations = [
    ...Object.entries(require).flatMap(([name, count]) =>
      count === undefined ? [] : [`require.${name} = ${String(count)}`],
    ),
    ...(legacyTimestamps === 'ignore' ? ['timestamp annotations of .sig layers are left aside'] : []),
    ...(rules.some(({ kind }) => kind === 'any') ? ['any signer is accepted'] : []),
    ...relaxationsOf(trust.root),
  ];
  return { trust: trust.source, relaxations, evaluatedAt: now.toISOString() };
}

/** Ends with the call: by its caller, or by its deadline. */
export function deadlineOf(
  { signal, timeoutMs }: CallOptions,
  context: Pick<EvaluationContext, 'timeoutMs'>,
): AbortSignal {
  const deadline = AbortSignal.timeout(timeoutMs ?? context.timeoutMs);
  return signal === undefined ? deadline : AbortSignal.any([signal, deadline]);
}

/** Discovery; the state of the world becomes a problem, a malformed reference is thrown. */
export async function discover(
  reference: string,
  want: readonly ('signatures' | 'attestations')[],
  { signal, timeoutMs }: CallOptions,
  context: Pick<EvaluationContext, 'client' | 'timeoutMs'>,
): Promise<Triangulated | { readonly problem: Problem }> {
  try {
    return await triangulate(reference, {
      client: context.client,
      want,
      timeoutMs: timeoutMs ?? context.timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!isOciError(error)) throw error;
    switch (error.code) {
      case 'invalid-reference':
      case 'invalid-digest':
      case 'invalid-layout':
        throw new SigtrailError('invalid-reference', error.message, { cause: error });
      case 'not-found':
        return { problem: { code: 'image-not-found', message: `${reference} is not there: ${error.message}` } };
      default:
        return {
          problem: {
            code: error.code,
            message: `${reference} could not be resolved: ${error.message}`,
            ...(error.retryAfterMs === undefined ? {} : { retryAfterMs: error.retryAfterMs }),
          },
        };
    }
  }
}

/** What trust asks less of than the public-good instance gives: said in every report, whoever signed. */
function relaxationsOf({ certificateAuthorities }: LoadedTrust['root']): readonly string[] {
  const said = certificateAuthorities
    .filter(({ profile }) => profile !== 'fulcio')
    .map(
      ({ uri, profile, relax }) =>
        `authority ${uri}: profile ${profile}${relax.map((what) => `, no ${what}`).join('')}`,
    );
  return [...new Set(said)];
}
