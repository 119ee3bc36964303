import type { ImageLocator, Triangulated } from '@sigtrail/triangulate';
import { reportAttestations, type DecidedCandidates, unresolvedAttestations } from '../decide/report-verdict.ts';
import { decideEvidence } from '../decide/decide-evidence.ts';
import { discoverEvidence } from '../discover/discover-evidence.ts';
import { establishAll } from '../establish/establish-all.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import { withinDeadline } from '../deadline.ts';
import type { CallContext, EvaluationContext } from '../evaluation-context.ts';
import type { UnreadableCandidate } from '../evidence/candidate.ts';
import type { NamedCallOptions } from '../options.ts';
import type { AcceptedStatement } from '../report/attestations-report.ts';
import { allOf } from '../decide/truth.ts';
import type { PolicyReason } from '../report/report.ts';
import { readAttestation } from './read-attestation.ts';
import type { ParsedAttestationRequest } from './request.ts';
import type { EvaluatedAttestations, AcceptedAttestation } from './verified-attestations.ts';

/** discover → establish → decide → verdict, for the attestations of one image. */
export async function evaluateRequest(
  reference: ImageLocator,
  request: ParsedAttestationRequest,
  options: NamedCallOptions,
  context: EvaluationContext,
): Promise<EvaluatedAttestations> {
  return withinDeadline(options, context, async (call) => evaluateWithin(reference, request, options, call));
}

async function evaluateWithin(
  reference: ImageLocator,
  request: ParsedAttestationRequest,
  options: NamedCallOptions,
  context: CallContext,
): Promise<EvaluatedAttestations> {
  const discovered = await discoverEvidence(reference, ['attestations'], request.policy, options, context, 'signed');
  const { policy } = discovered;
  if ('unresolved' in discovered) {
    const report = unresolvedAttestations(reference.text, discovered.unresolved, { policy, context });
    return { report, attestations: [] };
  }
  const { found, evidence, name, problems } = discovered;
  const established = await establishAll(evidence, policy, context, name === undefined ? {} : { name });
  const decided = await decideEvidence(discovered, established, context);
  const answer = request.match === 'all' ? askAll(decided, found) : decided;
  const report = reportAttestations(reference.text, found, answer, { policy, context, problems });
  return { report, attestations: report.attestations.flatMap((statement) => readOne(statement, established)) };
}

/** "All" also requires that no attestation says otherwise and that none was overlooked: an attestation that could not be read may say otherwise. */
function askAll(decided: DecidedCandidates, { graph }: Triangulated): DecidedCandidates {
  const { decision, candidates } = decided;
  const signedAsAsked = candidates.filter((_, index) => isSignedAsAsked(decision.decisions[index]));
  const others = signedAsAsked.filter(({ accepted }) => !accepted);
  const against = others.filter(({ checks }) => checks.some(({ status }) => status === 'failed'));
  const isOpen = others.length > 0 || graph.locations.some(({ answer }) => answer === 'unknown');
  const status = allOf([decision.outcome.status, against.length > 0 ? 'failed' : isOpen ? 'unknown' : 'satisfied']);
  if (status === decision.outcome.status && against.length === 0 && !isOpen) return decided;
  const named = against.length > 0 ? against : others;
  const why: PolicyReason = {
    code: 'not-all',
    message:
      against.length > 0
        ? `${against.length} of these signers’ attestations do not satisfy the predicate`
        : 'it is not known whether all of these signers’ attestations satisfy the predicate',
    candidates: named.map(({ id, refusedBecause = 'not-all', checks }) => ({
      id,
      code: refusedBecause,
      message: checks.find(({ code }) => code === refusedBecause)?.message ?? refusedBecause,
    })),
  };
  // If there is no attestation at all, that is the better reason.
  const reason = decision.outcome.status === 'satisfied' || against.length > 0 ? { why } : {};
  return { ...decided, decision: { ...decision, outcome: { ...decision.outcome, status, ...reason }, signatures: [] } };
}

/** Whether an attestation is of the requested type and by a requested signer, as far as is known. Its content is a separate question. */
function isSignedAsAsked(decision: DecidedCandidates['decision']['decisions'][number]): boolean {
  if (decision === undefined) return false;
  return decision.checks.every(
    ({ status, check }) =>
      status === 'passed' ||
      status === 'skipped' ||
      check === 'predicate' ||
      (check === 'accept' && status === 'indeterminate'),
  );
}

function readOne(
  statement: AcceptedStatement,
  established: readonly (CandidateFacts | UnreadableCandidate)[],
): readonly AcceptedAttestation[] {
  const facts = established.find((one) => !('unreadable' in one) && one.candidate.id === statement.candidate);
  const content = facts === undefined || 'unreadable' in facts ? undefined : readAttestation(facts);
  return content === undefined || 'malformed' in content ? [] : [{ ...statement, ...content }];
}
