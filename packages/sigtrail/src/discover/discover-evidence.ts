import type { Triangulated } from '@sigtrail/triangulate';
import type { Judged } from '../decide/conclude.ts';
import { type NameCheck, parseSignedName } from '../establish/check-name.ts';
import type { CallContext } from '../evaluation-context.ts';
import { type Evidence, nameAttestation, readEvidence } from '../evidence/read-evidence.ts';
import type { NamedCallOptions } from '../options.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import { resolveRules } from '../policy/resolve-rules.ts';
import type { ResolvedPolicy } from '../replay/tape.ts';
import { reportUnreadable } from '../report/build-report.ts';
import type { Problem } from '../report/report.ts';
import { discover, withLookup } from './discover-image.ts';

type Wanted = readonly ('signatures' | 'attestations')[];

/** Everything that an answer rests on and that comes from outside. */
export interface DiscoveredEvidence {
  readonly found: Triangulated;
  readonly evidence: Evidence;
  /** With the keys that its resolvers brought. */
  readonly policy: ParsedPolicy;
  /** Which name a signer must have signed for. */
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
  reference: string,
  want: Wanted,
  asked: ParsedPolicy,
  options: NamedCallOptions,
  context: CallContext,
): Promise<DiscoveredEvidence | NothingDiscovered> {
  const name = parseSignedName(options.signedName, reference);
  const { problem } = context.trust;
  if (problem !== undefined) return { policy: asked, unresolved: [problem] };
  const [found, { policy, problems }] = await Promise.all([
    discover(reference, want, options, context),
    resolvePolicy(asked, context),
  ]);
  if ('problem' in found) return { policy, unresolved: [found.problem, ...problems] };
  const { evidence, problems: unanswered } = await withLookup(await readEvidence(found, context), policy, context);
  // A key that can't be had takes no part where there is nothing that it could have signed.
  const open = [...unanswered, ...(evidence.candidates.length > 0 ? problems : [])];
  return { found, evidence, policy, problems: open, ...(name === undefined ? {} : { name }) };
}

/** What was judged, after the last look at the registry. */
export interface LastLook {
  readonly judged: Judged;
  /** What a second look found. */
  readonly more?: Triangulated;
  readonly problems: readonly Problem[];
}

/** Where nothing is a signature, looks for attestations too, to say "only attestations" rather than "unsigned". */
export async function lookForAttestations(
  { found, policy, problems }: DiscoveredEvidence,
  judged: Judged,
  options: NamedCallOptions,
  context: CallContext,
): Promise<LastLook> {
  const { candidates } = judged;
  if (policy.needsAttestations || candidates.some(({ isAttestation }) => !isAttestation)) return { judged, problems };
  const more = await discover(found.graph.pinned, ['attestations'], options, context);
  if ('problem' in more) return { judged, problems: [more.problem] };
  const evidence = await readEvidence(more, context);
  const known = new Set(candidates.map(({ id }) => id));
  const attestations = evidence.candidates.map((candidate) => reportUnreadable(nameAttestation(candidate)));
  const all = [...candidates, ...attestations.filter(({ id }) => !known.has(id))];
  return { judged: { ...judged, candidates: all }, more, problems: [] };
}

async function resolvePolicy(asked: ParsedPolicy, context: CallContext): Promise<ResolvedPolicy> {
  const ask = (): Promise<ResolvedPolicy> => resolveRules(asked, context.deadline.signal);
  return context.tape === undefined ? ask() : context.tape.resolved(asked, ask);
}
