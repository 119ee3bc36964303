import type { Triangulated } from '@sigtrail/triangulate';
import { concludeAttestations, type Judged, unresolvedAttestations } from '../decide/conclude.ts';
import { discover, withLookup } from '../discover/discover-image.ts';
import { establishAll } from '../establish/establish-all.ts';
import { parseSignedName } from '../establish/check-name.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import { judge, resolvePolicy } from '../evaluate.ts';
import { withinDeadline } from '../deadline.ts';
import type { CallContext, EvaluationContext } from '../evaluation-context.ts';
import type { UnreadableCandidate } from '../evidence/candidate.ts';
import { readEvidence } from '../evidence/read-evidence.ts';
import type { NamedCallOptions } from '../options.ts';
import type { AcceptedStatement } from '../report/attestations-report.ts';
import { readAttestation } from './read-attestation.ts';
import type { ParsedAttestationRequest } from './request.ts';
import type { EvaluatedAttestations, AcceptedAttestation } from './verified-attestations.ts';

/** discover → establish → decide → verdict, for the attestations of one image. */
export async function evaluateRequest(
  reference: string,
  request: ParsedAttestationRequest,
  options: NamedCallOptions,
  context: EvaluationContext,
): Promise<EvaluatedAttestations> {
  return withinDeadline(options, context, async (call) => evaluateWithin(reference, request, options, call));
}

async function evaluateWithin(
  reference: string,
  request: ParsedAttestationRequest,
  options: NamedCallOptions,
  context: CallContext,
): Promise<EvaluatedAttestations> {
  const name = parseSignedName(options.signedName, reference);
  const { problem } = context.trust;
  if (problem !== undefined) {
    const asked = { policy: request.policy, context };
    return { report: unresolvedAttestations(reference, [problem], asked), attestations: [] };
  }
  const [found, { policy, problems }] = await Promise.all([
    discover(reference, ['attestations'], options, context),
    resolvePolicy(request.policy, context),
  ]);
  const surroundings = { policy, context };
  if ('problem' in found)
    return { report: unresolvedAttestations(reference, [found.problem, ...problems], surroundings), attestations: [] };
  const { evidence, problems: unanswered } = await withLookup(await readEvidence(found, context), policy, context);
  const established = await establishAll(evidence, policy, context, name === undefined ? {} : { name });
  const judged = await judge(found, established, policy, context);
  const answer = request.match === 'all' && !areAll(judged, found) ? withoutAny(judged) : judged;
  const open = [...unanswered, ...(judged.candidates.length > 0 ? problems : [])];
  const report = concludeAttestations(reference, found, answer, { ...surroundings, problems: open });
  return { report, attestations: report.attestations.flatMap((statement) => readOne(statement, established)) };
}

/** "All" also needs that nothing was overlooked: what could not be read may say otherwise. */
function areAll({ decision }: Judged, { graph }: Triangulated): boolean {
  return (
    graph.locations.every(({ answer }) => answer !== 'unknown') &&
    decision.decisions.every((one) => one === undefined || one.accepted || !isOtherwiseGood(one))
  );
}

/** Of the type asked for and signed as asked, and it doesn't say what it must. */
function isOtherwiseGood({ checks }: NonNullable<Judged['decision']['decisions'][number]>): boolean {
  return checks.every(({ status, check }) => status === 'passed' || status === 'skipped' || check === 'predicate');
}

function withoutAny(judged: Judged): Judged {
  const { decision } = judged;
  const outcome = { ...decision.outcome, verdict: 'rejected', because: 'not-all' } as const;
  return { ...judged, decision: { ...decision, outcome, signatures: [] } };
}

function readOne(
  statement: AcceptedStatement,
  established: readonly (CandidateFacts | UnreadableCandidate)[],
): readonly AcceptedAttestation[] {
  const facts = established.find((one) => !('unreadable' in one) && one.candidate.id === statement.candidate);
  const content = facts === undefined || 'unreadable' in facts ? undefined : readAttestation(facts);
  return content === undefined || 'malformed' in content ? [] : [{ ...statement, ...content }];
}
