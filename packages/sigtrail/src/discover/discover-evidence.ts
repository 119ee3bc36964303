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

/** Everything from outside that an answer rests on. */
export interface DiscoveredEvidence {
  readonly found: Triangulated;
  readonly evidence: Evidence;
  /** With the keys that its resolvers brought. */
  readonly policy: ParsedPolicy;
  /** The name that a signer must have signed for. */
  readonly name?: NameCheck;
  /** What a log or a key resolver did not answer. */
  readonly problems: readonly Problem[];
}

/** Why nothing was discovered, and the policy as far as it is known. */
export interface NothingDiscovered {
  readonly policy: ParsedPolicy;
  readonly unresolved: readonly [Problem, ...Problem[]];
}

/** All that is read from outside for one image: what is attached to it, log entries where they are looked up, and the keys of a policy. */
export async function discoverEvidence(
  reference: ImageLocator,
  want: Wanted,
  asked: ParsedPolicy,
  options: NamedCallOptions,
  context: CallContext,
  attestationManifests?: AttestationManifests,
): Promise<DiscoveredEvidence | NothingDiscovered> {
  const name = parseSignedName(options.signedName, reference);
  const { problem } = context.trust;
  if (problem !== undefined) return { policy: asked, unresolved: [problem] };
  const [found, { policy, problems }] = await Promise.all([
    discover(reference, want, options, context, attestationManifests),
    resolvePolicy(asked, context),
  ]);
  if ('problem' in found) return { policy, unresolved: [found.problem, ...problems] };
  const { evidence, problems: unanswered } = await withLookup(await readEvidence(found, context), policy, context);
  // A key that couldn't be resolved doesn't matter where there is nothing to verify with it.
  const open = [...unanswered, ...(evidence.candidates.length > 0 ? problems : [])];
  return { found, evidence, policy, problems: open, ...(name === undefined ? {} : { name }) };
}

/** What there is to decide about, after the last look at the registry. */
export interface LastLook {
  readonly candidates: readonly (CandidateFacts | UnreadableCandidate)[];
  /** What a second look found. */
  readonly more?: Triangulated;
  readonly problems: readonly Problem[];
}

/** Where nothing is a signature, looks for attestations too, to say "only attestations" rather than "unsigned". */
export async function lookForAttestations(
  { found, policy, problems }: DiscoveredEvidence,
  established: LastLook['candidates'],
  options: NamedCallOptions,
  context: CallContext,
  attestationManifests?: AttestationManifests,
): Promise<LastLook> {
  const isSigned = established.some((one) => !('unreadable' in one ? one : one.candidate).isAttestation);
  if (policy.needsAttestations || isSigned) return { candidates: established, problems };
  // What is said here is what there is instead of a signature: the places themselves say so.
  const anew = context.listings === undefined ? context : { ...context, listings: 'renew' as const };
  const more = await discover(locatorOf(found.graph), ['attestations'], options, anew, attestationManifests);
  if ('problem' in more) return { candidates: established, problems: [more.problem] };
  const known = new Set(established.map((one) => ('unreadable' in one ? one.id : one.candidate.id)));
  const attestations = (await readEvidence(more, context)).candidates.map(nameAttestation);
  return {
    candidates: [...established, ...attestations.filter(({ id }) => !known.has(id))],
    more,
    problems: [],
  };
}

async function resolvePolicy(asked: ParsedPolicy, context: CallContext): Promise<ResolvedPolicy> {
  const ask = (): Promise<ResolvedPolicy> => resolveRules(asked, context.deadline.signal);
  return context.tape === undefined ? ask() : context.tape.resolved(asked, ask);
}
