import type { FetchedManifest } from 'oci-client-lite';
import type { Triangulated } from '@sigtrail/triangulate';
import { reportCandidate, reportUnreadable } from './report/build-report.ts';
import { concludeImage, type Judged, unresolvedImage } from './decide/conclude.ts';
import { discover, withLookup } from './discover/discover-image.ts';
import { establishAll } from './establish/establish-all.ts';
import { parseSignedName } from './establish/check-name.ts';
import type { CandidateFacts } from './establish/facts.ts';
import type { CallContext } from './evaluation-context.ts';
import type { UnreadableCandidate } from './evidence/candidate.ts';
import { nameAttestation, readEvidence } from './evidence/read-evidence.ts';
import type { NamedCallOptions } from './options.ts';
import { type CallbackRunner, createCallbackRunner } from './policy/callback.ts';
import { decide } from './decide/decide.ts';
import type { ParsedPolicy } from './policy/parse-policy.ts';
import { resolveRules } from './policy/resolve-rules.ts';
import type { ResolvedPolicy } from './replay/tape.ts';
import type { ImageReport } from './report/image-report.ts';

/** A report, with the manifest that it is about: bytes of exactly its digest. */
export interface Evaluated {
  readonly report: ImageReport;
  readonly image?: FetchedManifest;
}

/** discover → establish → decide → verdict, for one image. */
export async function evaluateFound(
  reference: string,
  asked: ParsedPolicy,
  options: NamedCallOptions,
  context: CallContext,
): Promise<Evaluated> {
  const name = parseSignedName(options.signedName, reference);
  const { problem } = context.trust;
  if (problem !== undefined) return { report: unresolvedImage(reference, [problem], { policy: asked, context }) };
  const want = asked.needsAttestations ? (['signatures', 'attestations'] as const) : (['signatures'] as const);
  const [found, { policy, problems }] = await Promise.all([
    discover(reference, want, options, context),
    resolvePolicy(asked, context),
  ]);
  if ('problem' in found)
    return { report: unresolvedImage(reference, [found.problem, ...problems], { policy, context }) };
  const { image } = found;
  const { evidence, problems: unanswered } = await withLookup(await readEvidence(found, context), policy, context);
  const established = await establishAll(evidence, policy, context, name === undefined ? {} : { name });
  const judged = await judge(found, established, policy, context);
  const isSigned = judged.candidates.some(({ isAttestation }) => !isAttestation);
  // A key that can't be had takes no part where there is nothing that it could have signed.
  const open = [...unanswered, ...(judged.candidates.length > 0 ? problems : [])];
  if (isSigned || policy.needsAttestations)
    return { image, report: concludeImage(reference, found, judged, { policy, context, problems: open }) };
  // Nothing that is a signature: look at the attestations too, to say "only attestations" rather than "unsigned".
  const more = await discover(found.graph.pinned, ['attestations'], options, context);
  if ('problem' in more)
    return { image, report: concludeImage(reference, found, judged, { policy, context, problems: [more.problem] }) };
  const { candidates } = await readEvidence(more, context);
  const attestations = candidates.map((candidate) => reportUnreadable(nameAttestation(candidate)));
  const known = new Set(judged.candidates.map(({ id }) => id));
  const all = { ...judged, candidates: [...judged.candidates, ...attestations.filter(({ id }) => !known.has(id))] };
  return { image, report: concludeImage(reference, found, all, { policy, context, more }) };
}

/** The policy's answer about everything that was established. */
export async function judge(
  found: Triangulated,
  established: readonly (CandidateFacts | UnreadableCandidate)[],
  policy: ParsedPolicy,
  context: CallContext,
): Promise<Judged> {
  const reference = found.graph.pinned;
  const decision = await decide(policy, {
    reference,
    digest: found.graph.digest,
    candidates: established,
    complete: completenessOf(found),
    now: context.now,
    callbacks: callbacksOf(reference, context),
  });
  const candidates = established.map((one, index) => {
    const answer = decision.decisions[index];
    return 'unreadable' in one
      ? reportUnreadable(one)
      : reportCandidate(one, answer ?? { accepted: false, checks: one.checks });
  });
  return { candidates, decision };
}

/** The policy with the keys that its resolvers bring. */
export async function resolvePolicy(asked: ParsedPolicy, context: CallContext): Promise<ResolvedPolicy> {
  const ask = (): Promise<ResolvedPolicy> => resolveRules(asked, context.deadline.signal);
  return context.tape === undefined ? ask() : context.tape.resolved(asked, ask);
}

function callbacksOf(reference: string, context: CallContext): CallbackRunner {
  const ask = (): CallbackRunner =>
    createCallbackRunner({ now: context.now, reference, signal: context.deadline.signal });
  return context.tape === undefined ? ask() : context.tape.callbacks(ask);
}

/** A place that could not be read may hold what it is for. */
function completenessOf({ graph }: Triangulated): { readonly signatures: boolean; readonly attestations: boolean } {
  const unknown = graph.locations.filter(({ answer }) => answer === 'unknown').map(({ kind }) => kind);
  return {
    signatures: unknown.every((kind) => kind === 'attestation-tag' || kind === 'sbom-tag'),
    attestations: unknown.every((kind) => kind === 'signature-tag' || kind === 'sbom-tag'),
  };
}
