import type { Triangulated } from '@sigtrail/triangulate';
import type { DiscoveredEvidence } from '../discover/discover-evidence.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import type { CallContext } from '../evaluation-context.ts';
import type { UnreadableCandidate } from '../evidence/candidate.ts';
import { observed } from '../observe-stages.ts';
import { type CallbackRunner, createCallbackRunner } from '../policy/callback.ts';
import { reportCandidate, reportUnreadable } from '../report/build-report.ts';
import type { DecidedCandidates } from './report-verdict.ts';
import { decide } from './decide.ts';

/** Decides the policy about everything that was established. */
export async function decideEvidence(
  { found, policy }: DiscoveredEvidence,
  established: readonly (CandidateFacts | UnreadableCandidate)[],
  context: CallContext,
): Promise<DecidedCandidates> {
  const reference = found.graph.pinned;
  const { digest } = found.graph;
  const decision = await observed(
    context.observer,
    'decide',
    digest,
    async () =>
      decide(policy, {
        reference,
        digest,
        candidates: established,
        complete: completenessOf(found),
        now: context.now,
        callbacks: callbacksOf(reference, context),
      }),
    ({ signatures, outcome }) => ({ accepted: signatures.length, outcome: outcome.status }),
  );
  const candidates = established.map((one, index) => {
    const answer = decision.decisions[index];
    return 'unreadable' in one
      ? reportUnreadable(one)
      : reportCandidate(one, answer ?? { accepted: false, checks: one.checks, facts: one }, context.trust.source);
  });
  return { candidates, decision };
}

function callbacksOf(reference: string, context: CallContext): CallbackRunner {
  const ask = (): CallbackRunner =>
    createCallbackRunner({
      now: context.now,
      reference,
      signal: context.deadline.signal,
      isOver: context.deadline.isOver,
    });
  return context.tape === undefined ? ask() : context.tape.callbacks(ask);
}

/** A place that could not be read may hold something, and so may a registry that a mirror answered for: a mirror must not make anything absent. */
function completenessOf({ graph }: Triangulated): { readonly signatures: boolean; readonly attestations: boolean } {
  const unknown = graph.locations
    .filter(({ answer, mirror }) => answer === 'unknown' || mirror !== undefined)
    .map(({ kind }) => kind);
  return {
    signatures: unknown.every(
      (kind) => kind === 'attestation-tag' || kind === 'attestation-manifests' || kind === 'sbom-tag',
    ),
    attestations: unknown.every((kind) => kind === 'signature-tag' || kind === 'sbom-tag'),
  };
}
