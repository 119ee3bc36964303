import type { Triangulated } from '@sigtrail/triangulate';
import { concludeAttestations, type Judged, unresolvedAttestations } from '../decide/conclude.ts';
import { decideEvidence } from '../decide/decide-evidence.ts';
import { discoverEvidence } from '../discover/discover-evidence.ts';
import { establishAll } from '../establish/establish-all.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import { withinDeadline } from '../deadline.ts';
import type { CallContext, EvaluationContext } from '../evaluation-context.ts';
import type { UnreadableCandidate } from '../evidence/candidate.ts';
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
  const discovered = await discoverEvidence(reference, ['attestations'], request.policy, options, context);
  const { policy } = discovered;
  if ('unresolved' in discovered) {
    const report = unresolvedAttestations(reference, discovered.unresolved, { policy, context });
    return { report, attestations: [] };
  }
  const { found, evidence, name, problems } = discovered;
  const established = await establishAll(evidence, policy, context, name === undefined ? {} : { name });
  const judged = await decideEvidence(discovered, established, context);
  const answer = request.match === 'all' && !areAll(judged, found) ? withoutAny(judged) : judged;
  const report = concludeAttestations(reference, found, answer, { policy, context, problems });
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
