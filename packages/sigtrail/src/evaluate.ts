import type { KeyObject } from 'node:crypto';
import { isOciError, type OciClient } from 'oci-client-lite';
import { type Triangulated, triangulate } from '@sigtrail/triangulate';
import { reportCandidate, reportUnreadable } from './build-report.ts';
import type { ParsedDenyList } from './deny/deny-list.ts';
import { SigtrailError } from './error.ts';
import { establishSafely } from './establish/establish-safely.ts';
import { type Evidence, readEvidence } from './evidence/discover.ts';
import { lookUpEntries } from './evidence/look-up-entries.ts';
import type { CallOptions, LogLookup } from './options.ts';
import { createCallbackRunner } from './policy/callback.ts';
import { decide, type DecisionCandidate, type ImageDecision } from './policy/decide.ts';
import type { ParsedPolicy } from './policy/parse-policy.ts';
import { keysOf, resolveRules } from './policy/resolve-rules.ts';
import type { CandidateReport, ImageReport, Problem } from './report.ts';
import { openLogs } from './track/log-clients.ts';
import type { LoadedTrust } from './trust/load-trust.ts';

/** What an evaluation needs besides its inputs. */
export interface EvaluationContext {
  readonly client: OciClient;
  readonly trust: LoadedTrust;
  readonly deny?: ParsedDenyList;
  /** Present: signatures without a log entry are looked up. */
  readonly lookup?: LogLookup;
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
  const want = asked.needsAttestations ? (['signatures', 'attestations'] as const) : (['signatures'] as const);
  const [found, { policy, problems }] = await Promise.all([
    discover(reference, want, options, context),
    resolveRules(asked, deadlineOf(options, context)),
  ]);
  if ('problem' in found) return unresolved(reference, [found.problem, ...problems], policy, context);
  const judged = await judge(found, policy, options, context);
  const isSigned = judged.candidates.some(({ isAttestation }) => !isAttestation);
  // A key that can't be had takes no part where there is nothing that it could have signed.
  if (isSigned) return conclude(reference, found, judged, policy, context, problems);
  if (policy.needsAttestations)
    return conclude(reference, found, judged, policy, context, judged.candidates.length > 0 ? problems : []);
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
  /** What a lookup in a log could not find out. */
  readonly problems: readonly Problem[];
  readonly candidates: readonly CandidateReport[];
  readonly decision: ImageDecision;
}

async function judge(
  found: Triangulated,
  policy: ParsedPolicy,
  options: CallOptions,
  context: EvaluationContext,
): Promise<Judged> {
  const { evidence, problems } = await withLookup(readEvidence(found), keysOf(policy), options, context);
  const established = evidence.candidates.map((candidate) =>
    'unreadable' in candidate
      ? candidate
      : establishSafely(candidate, {
          subject: { kind: 'image', digest: evidence.image.digest, manifest: evidence.image.bytes },
          trust: context.trust.root,
          ...(context.deny === undefined ? {} : { deny: context.deny }),
          keys: keysOf(policy),
          now: context.now,
          legacyTimestamps: policy.legacyTimestamps,
          stockJudge: context.stockJudge,
        }),
  );
  const reference = found.graph.pinned;
  const decision = await decide(policy, {
    reference,
    digest: found.graph.digest,
    candidates: established satisfies readonly DecisionCandidate[],
    complete: completenessOf(found),
    now: context.now,
    callbacks: createCallbackRunner({ now: context.now, reference, signal: deadlineOf(options, context) }),
  });
  const candidates = established.map((one, index) => {
    const answer = decision.decisions[index];
    return 'unreadable' in one
      ? reportUnreadable(one)
      : reportCandidate(one, answer ?? { accepted: false, checks: one.checks });
  });
  return { problems, candidates, decision };
}

/** The one place of an evaluation that may ask a log, and only where the verifier was told to. */
async function withLookup(
  evidence: Evidence,
  keys: readonly KeyObject[],
  options: CallOptions,
  context: EvaluationContext,
): Promise<{ readonly evidence: Evidence; readonly problems: readonly Problem[] }> {
  if (context.lookup === undefined) return { evidence, problems: [] };
  const logs = openLogs(context.trust.root, context.lookup.logs, options.timeoutMs ?? context.timeoutMs);
  try {
    return await lookUpEntries(evidence, { logs, keys, signal: deadlineOf(options, context) });
  } finally {
    await Promise.all(logs.map(({ rekor }) => rekor.close()));
  }
}

/** A place that could not be read may hold what it is for. */
function completenessOf({ graph }: Triangulated): { readonly signatures: boolean; readonly attestations: boolean } {
  const unknown = graph.locations.filter(({ answer }) => answer === 'unknown').map(({ kind }) => kind);
  return {
    signatures: unknown.every((kind) => kind === 'attestation-tag' || kind === 'sbom-tag'),
    attestations: unknown.every((kind) => kind === 'signature-tag' || kind === 'sbom-tag'),
  };
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
    ...judged.problems,
    ...extra,
  ];
  const signed = judged.candidates.some(({ isAttestation }) => !isAttestation);
  const { outcome, signatures, callbacks } = judged.decision;
  // An operator may be certain that it doesn't hold; `rejected` is only said of an image when everything was read.
  const holds = outcome.verdict === 'verified' && signatures.length > 0;
  const verdict = holds ? 'verified' : problems.length > 0 ? 'indeterminate' : 'rejected';
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
    signatures: holds ? signatures : [],
    policy: outcome,
    ...(callbacks.length === 0 ? {} : { callbacks }),
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
  { relaxations }: ParsedPolicy,
  { trust, now }: EvaluationContext,
): Pick<ImageReport, 'trust' | 'relaxations' | 'evaluatedAt'> {
  return {
    trust: trust.source,
    relaxations: [...relaxations, ...relaxationsOf(trust.root)],
    evaluatedAt: now.toISOString(),
  };
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
