import type { Triangulated } from '@sigtrail/triangulate';
import { unreadPlaces } from '../discover/unread-places.ts';
import type { EvaluationContext } from '../evaluation-context.ts';
import { mayBeAttestation } from '../evidence/candidate.ts';
import { otherSignaturesOf } from '../report/other-signatures.ts';
import { openQuestions, unmetParts } from '../report/unmet-parts.ts';
import type { ImageDecision } from './decision.ts';
import { isRefusedForGood } from './explain-leaf.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import type {
  AcceptedStatement,
  AttestationsReport,
  IndeterminateAttestationsReport,
} from '../report/attestations-report.ts';
import type { ImageReport, IndeterminateImageReport } from '../report/image-report.ts';
import type {
  AcceptedSignature,
  CandidateReport,
  Problem,
  RejectionReason,
  ReportBasis,
  ResolvedImage,
} from '../report/report.ts';
import type { LoadedTrust } from '../trust/load-trust.ts';
import { SECOND_JUDGE_OFF } from '../second-judge/switched-off.ts';

/** What was decided about every candidate. */
export interface DecidedCandidates {
  readonly candidates: readonly CandidateReport[];
  readonly decision: ImageDecision;
}

/** What a verdict rests on besides the decisions. */
export interface Surroundings {
  readonly policy: ParsedPolicy;
  readonly context: EvaluationContext;
  /** Problems that no candidate and no place has. */
  readonly problems?: readonly Problem[];
  /** A second look at the same image. */
  readonly secondLook?: Triangulated;
}

/** Reports the verdict about an image. */
export function reportImage(
  requested: string,
  found: Triangulated,
  decided: DecidedCandidates,
  surroundings: Surroundings,
): ImageReport {
  const { verdict, basis, image } = assemble(found, decided, surroundings);
  const kind = { schemaVersion: 1, kind: 'image', requested } as const;
  const whole = { ...image, ...basis };
  switch (verdict.name) {
    case 'verified':
      return {
        ...kind,
        reference: found.graph.pinned,
        verdict: verdict.name,
        ...whole,
        signatures: verdict.signatures,
      };
    case 'indeterminate':
      return { ...kind, verdict: verdict.name, ...whole, problems: verdict.problems, signatures: [] };
    case 'rejected': {
      return { ...kind, verdict: verdict.name, reason: reasonOf(decided), ...whole, signatures: [] };
    }
  }
}

/** Reports the verdict about the attestations of an image. */
export function reportAttestations(
  requested: string,
  found: Triangulated,
  decided: DecidedCandidates,
  surroundings: Surroundings,
): AttestationsReport {
  const { verdict, basis, image } = assemble(found, decided, surroundings);
  const kind = { schemaVersion: 1, kind: 'attestations', requested } as const;
  const whole = { ...image, ...basis };
  switch (verdict.name) {
    case 'verified': {
      const [first, ...others] = verdict.signatures.map(toStatement);
      if (first === undefined) throw new Error('a verdict without attestations');
      return {
        ...kind,
        reference: found.graph.pinned,
        verdict: verdict.name,
        ...whole,
        attestations: [first, ...others],
      };
    }
    case 'indeterminate':
      return { ...kind, verdict: verdict.name, ...whole, problems: verdict.problems, attestations: [] };
    case 'rejected': {
      const attested = decided.candidates.some(
        (one) => one.isAttestation || (mayBeAttestation(one) && one.checks.some(({ check }) => check === 'format')),
      );
      return {
        ...kind,
        verdict: verdict.name,
        reason: attested ? 'no-match' : 'no-attestation',
        ...whole,
        attestations: [],
      };
    }
  }
}

/** The report of an image that could not even be resolved. */
export function unresolvedImage(
  requested: string,
  problems: readonly [Problem, ...Problem[]],
  surroundings: Surroundings,
): IndeterminateImageReport {
  return { ...unresolved(requested, surroundings), kind: 'image', problems, signatures: [] };
}

/** The report of the attestations of an image that could not even be resolved. */
export function unresolvedAttestations(
  requested: string,
  problems: readonly [Problem, ...Problem[]],
  surroundings: Surroundings,
): IndeterminateAttestationsReport {
  return { ...unresolved(requested, surroundings), kind: 'attestations', problems, attestations: [] };
}

function unresolved(
  requested: string,
  { policy, context }: Surroundings,
): Omit<ReportBasis, 'problems'> & { readonly verdict: 'indeterminate' } {
  return {
    schemaVersion: 1,
    requested,
    verdict: 'indeterminate',
    candidates: [],
    locations: [],
    transcript: [],
    ...circumstances(policy, context),
  };
}

/** A verdict, with its own fields. */
type Verdict =
  | { readonly name: 'verified'; readonly signatures: readonly [AcceptedSignature, ...AcceptedSignature[]] }
  | { readonly name: 'indeterminate'; readonly problems: readonly [Problem, ...Problem[]] }
  | { readonly name: 'rejected' };

interface Conclusion {
  readonly verdict: Verdict;
  readonly image: ResolvedImage;
  readonly basis: Omit<ReportBasis, 'schemaVersion' | 'requested'>;
}

/** The verdict, in order of precedence: verified; indeterminate when anything could not be read; else rejected. */
function assemble(
  { graph }: Triangulated,
  decided: DecidedCandidates,
  { policy, context, problems: extra = [], secondLook }: Surroundings,
): Conclusion {
  const locations = [
    ...graph.locations,
    ...(secondLook?.graph.locations ?? []).filter(
      ({ kind, name }) => !graph.locations.some((location) => location.kind === kind && location.name === name),
    ),
  ];
  const unread: readonly Problem[] = [
    ...unreadPlaces(locations),
    // The checks of a candidate are those of its closest rule: if one of them failed, no rule can accept it.
    ...decided.candidates
      .filter(({ checks }) => !isRefusedForGood(checks))
      .flatMap(({ id, checks }) =>
        checks
          .filter(({ check, status }) => status === 'indeterminate' && !OF_THE_POLICY.has(check))
          .map(({ code, message }) => ({ code, message: `candidate ${id}: ${message}` })),
      ),
    ...extra,
  ];
  const { outcome, callbacks } = decided.decision;
  // Code that could not be asked only matters if the answer depends on it.
  const open = openQuestions(outcome).filter(
    ({ code }) => !unread.some((one) => one.code === code) && !(code === 'place-unread' && unread.length > 0),
  );
  const problems = [...unread, ...open];
  return {
    verdict: verdictOf(decided.decision, problems),
    image: { repository: graph.repository, digest: graph.digest, mediaType: graph.mediaType, policy: outcome },
    basis: {
      problems,
      ...(callbacks.length === 0 ? {} : { callbacks }),
      candidates: decided.candidates,
      ...otherSignaturesOf(graph.finds),
      locations,
      transcript: [...graph.transcript, ...(secondLook?.graph.transcript ?? [])],
      ...circumstances(policy, context),
    },
  };
}

function verdictOf({ outcome, signatures }: ImageDecision, problems: readonly Problem[]): Verdict {
  const [signature, ...signaturesLeft] = signatures;
  if (outcome.status === 'satisfied' && signature !== undefined)
    return { name: 'verified', signatures: [signature, ...signaturesLeft] };
  // Part of a policy may be sure to fail; an image is `rejected` only when everything was read.
  const [problem, ...problemsLeft] = problems;
  return problem === undefined ? { name: 'rejected' } : { name: 'indeterminate', problems: [problem, ...problemsLeft] };
}

/** Checks of the policy itself: if they are undecided, the part of the policy that they belong to says so. */
const OF_THE_POLICY: ReadonlySet<string> = new Set(['accept', 'predicate', 'key']);

/** Why an image is rejected: nothing is there, only other kinds of things are there, or what is there doesn't fit. */
function reasonOf({ candidates, decision }: DecidedCandidates): RejectionReason {
  if (candidates.length === 0) return 'unsigned';
  const unmet = unmetParts(decision.outcome);
  return unmet.length > 0 && unmet.every(({ why }) => ONLY_ATTESTATIONS.has(why?.code ?? ''))
    ? 'only-attestations'
    : 'no-match';
}

/** There are attestations, but of the image although a signature is asked for, or of manifests of an index that the call did not ask about. */
const ONLY_ATTESTATIONS: ReadonlySet<string> = new Set(['only-attestations', 'attestation-of-platform']);

/** An attestation is only accepted by the type of its statement, so all three members are there. */
function toStatement(signature: AcceptedSignature): AcceptedStatement {
  const { predicateType, payload, payloadType } = signature;
  if (predicateType === undefined || payload === undefined || payloadType === undefined)
    throw new Error('an attestation without a statement');
  return { ...signature, predicateType, payload, payloadType };
}

function circumstances(
  { relaxations }: ParsedPolicy,
  { trust, secondJudge, now }: EvaluationContext,
): Pick<ReportBasis, 'trust' | 'relaxations' | 'evaluatedAt'> {
  return {
    trust: { ...trust.source },
    relaxations: [...relaxations, ...relaxationsOf(trust.root), ...(secondJudge === 'off' ? [SECOND_JUDGE_OFF] : [])],
    evaluatedAt: now.toISOString(),
  };
}

/** How this trust requires less than the public-good instance provides: in every report, for every signer. */
function relaxationsOf({ certificateAuthorities }: LoadedTrust['root']): readonly string[] {
  const relaxations = certificateAuthorities
    .filter(({ profile }) => profile !== 'fulcio')
    .map(
      ({ uri, profile, relax }) =>
        `authority ${uri}: profile ${profile}${relax.map((what) => `, no ${what}`).join('')}`,
    );
  return [...new Set(relaxations)];
}
