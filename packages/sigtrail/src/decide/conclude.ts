import type { Triangulated } from '@sigtrail/triangulate';
import { unreadPlaces } from '../discover/unread-places.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import type { ImageDecision } from './decide.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import type { CandidateReport, ImageReport, Problem } from '../report/report.ts';
import type { LoadedTrust } from '../trust/load-trust.ts';

/** What came of judging every candidate. */
export interface Judged {
  readonly candidates: readonly CandidateReport[];
  readonly decision: ImageDecision;
}

/** What a conclusion rests on besides the judgements. */
export interface Surroundings {
  readonly policy: ParsedPolicy;
  readonly context: EvaluationContext;
  /** What else went wrong. */
  readonly problems?: readonly Problem[];
  /** A second look at the same image. */
  readonly more?: Triangulated;
  readonly lookedFor?: 'attestations';
}

/** The verdict, in its precedence: verified, indeterminate when anything could not be read, else rejected with a reason. */
export function conclude(
  requested: string,
  found: Triangulated,
  judged: Judged,
  { policy, context, problems: extra = [], more, lookedFor }: Surroundings,
): ImageReport {
  const { graph } = found;
  const locations = [
    ...graph.locations,
    ...(more?.graph.locations ?? []).filter(
      ({ kind, name }) => !graph.locations.some((location) => location.kind === kind && location.name === name),
    ),
  ];
  const problems: readonly Problem[] = [
    ...unreadPlaces(locations),
    ...judged.candidates.flatMap(({ id, checks }) =>
      checks
        .filter(({ status }) => status === 'indeterminate')
        .map(({ code, message }) => ({ code, message: `candidate ${id}: ${message}` })),
    ),
    ...extra,
  ];
  const signed = judged.candidates.some(({ isAttestation }) => isAttestation === (lookedFor === 'attestations'));
  const { outcome, signatures, callbacks } = judged.decision;
  // An operator may be certain that it doesn't hold; `rejected` is only said of an image when everything was read.
  const holds = outcome.verdict === 'verified' && signatures.length > 0;
  const verdict = holds ? 'verified' : problems.length > 0 ? 'indeterminate' : 'rejected';
  const others = judged.candidates.length > 0 && lookedFor === undefined;
  const reason = signed ? 'no-match' : others ? 'only-attestations' : 'unsigned';
  return {
    schemaVersion: 1,
    ...(lookedFor === undefined ? {} : { lookedFor }),
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

/** The report of an image that could not even be resolved. */
export function unresolved(
  requested: string,
  problems: readonly Problem[],
  { policy, context, lookedFor }: Surroundings,
): ImageReport {
  return {
    schemaVersion: 1,
    ...(lookedFor === undefined ? {} : { lookedFor }),
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
  { trust, secondJudge, now }: EvaluationContext,
): Pick<ImageReport, 'trust' | 'relaxations' | 'evaluatedAt'> {
  return {
    trust: { ...trust.source },
    relaxations: [
      ...relaxations,
      ...relaxationsOf(trust.root),
      ...(secondJudge === 'off' ? [WITHOUT_SECOND_JUDGE] : []),
    ],
    evaluatedAt: now.toISOString(),
  };
}

const WITHOUT_SECOND_JUDGE = 'the second judge, @sigstore/verify, was switched off';

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
