import type { ImageLocator, Triangulated } from '@sigtrail/triangulate';
import { type NameCheck, parseSignedName } from '../establish/signed-name.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import type { CallContext } from '../evaluation-context.ts';
import type { UnreadableCandidate } from '../evidence/candidate.ts';
import { type Evidence, nameAttestation, readEvidence } from '../evidence/read-evidence.ts';
import type { NamedCallOptions } from '../options.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { resolveRules } from '../policy/resolve-rules.ts';
import type { ResolvedPolicy } from '../replay/tape.ts';
import type { Problem } from '../report/report.ts';
import { type AttestationManifests, discover, withLookup } from './discover-image.ts';
import { locatorOf } from '../read-reference.ts';

type Wanted = readonly ('signatures' | 'attestations')[];

/** Everything that an answer rests on and that came from outside. */
export interface DiscoveredEvidence {
  readonly found: Triangulated;
  readonly evidence: Evidence;
  /** The policy with the keys that its resolvers loaded. */
  readonly policy: ParsedPolicy;
  /** The name that a signer must have signed for. */
  readonly name?: NameCheck;
  /** What a log or a key resolver did not answer. */
  readonly problems: readonly Problem[];
}

/** Why nothing was discovered, and the policy as far as it could be resolved. */
export interface NothingDiscovered {
  readonly policy: ParsedPolicy;
  readonly unresolved: readonly [Problem, ...Problem[]];
}

/** Reads everything that comes from outside for one image: what is attached to it, log entries if they are looked up, and the keys of the policy. */
export async function discoverEvidence(
  reference: ImageLocator,
  want: Wanted,
  parsed: ParsedPolicy,
  options: NamedCallOptions,
  context: CallContext,
  attestationManifests?: AttestationManifests,
): Promise<DiscoveredEvidence | NothingDiscovered> {
  const name = parseSignedName(options.signedName, reference);
  const { problem } = context.trust;
  if (problem !== undefined) return { policy: parsed, unresolved: [problem] };
  const [found, { policy, problems }] = await Promise.all([
    discover(reference, want, options, context, attestationManifests),
    resolvePolicy(parsed, context),
  ]);
  if ('problem' in found) return { policy, unresolved: [found.problem, ...problems] };
  const { evidence, problems: unanswered } = await withLookup(await readEvidence(found, context), policy, context);
  // A key that couldn't be resolved doesn't matter if there is nothing to verify with it.
  const open = [...unanswered, ...(evidence.candidates.length > 0 ? problems : [])];
  return { found, evidence, policy, problems: open, ...(name === undefined ? {} : { name }) };
}

/** What there is to decide about, after the last look at the registry. */
export interface LastLook {
  readonly candidates: readonly (CandidateFacts | UnreadableCandidate)[];
  /** What the second look found. */
  readonly secondLook?: Triangulated;
  readonly problems: readonly Problem[];
}

/** If there is no signature, looks for attestations too, to say "only attestations" rather than "unsigned". */
export async function lookForAttestations(
  { found, policy, problems }: DiscoveredEvidence,
  established: LastLook['candidates'],
  options: NamedCallOptions,
  context: CallContext,
  attestationManifests?: AttestationManifests,
): Promise<LastLook> {
  const isSigned = established.some((one) => !('unreadable' in one ? one : one.candidate).isAttestation);
  if (policy.needsAttestations || isSigned) return { candidates: established, problems };
  // The answer says what there is instead of a signature, so it comes from the registry, not from shared listings.
  const anew = context.listings === undefined ? context : { ...context, listings: 'renew' as const };
  const secondLook = await discover(locatorOf(found.graph), ['attestations'], options, anew, attestationManifests);
  if ('problem' in secondLook) return { candidates: established, problems: [secondLook.problem] };
  const knownIds = new Set(established.map((one) => ('unreadable' in one ? one.id : one.candidate.id)));
  const attestations = (await readEvidence(secondLook, context)).candidates.map(nameAttestation);
  return {
    candidates: [...established, ...attestations.filter(({ id }) => !knownIds.has(id))],
    secondLook,
    problems: [],
  };
}

async function resolvePolicy(parsed: ParsedPolicy, context: CallContext): Promise<ResolvedPolicy> {
  const ask = (): Promise<ResolvedPolicy> => resolveRules(parsed, context.deadline.signal);
  return context.tape === undefined ? ask() : context.tape.resolved(parsed, ask);
}
