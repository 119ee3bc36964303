import { acceptedSignature } from '../report/build-report.ts';
import { COSIGN_SIGN_PREDICATE } from '../evidence/statement.ts';
import type { CandidateFacts } from '../establish/facts.ts';
import type { AcceptedSignature, CallbackAnswer, Check, PolicyOutcome, VerdictName } from '../report/report.ts';
import type { VerifiedAttestation } from '../policy/callback.ts';
import { judgeCandidate, type JudgeContext, type ParsedLeaf, type RuleAnswer, statementOf } from './judge-candidate.ts';
import { maximumMatching } from '../policy/matching.ts';
import { leavesOf, type ParsedNode, type ParsedPolicy } from '../policy/parse-policy.ts';
import { isUnresolved } from '../policy/resolve-rules.ts';
import { newestStatements } from '../policy/vex.ts';

/** One candidate as `decide` gets it: its facts, or that it couldn't be read and whether it still may be anything. */
export type DecisionCandidate =
  | CandidateFacts
  | { readonly unreadable: { readonly status: 'failed' | 'indeterminate' }; readonly isAttestation: boolean };

/** Everything that `decide` looks at. */
export interface DecisionInput extends JudgeContext {
  readonly reference: string;
  readonly digest: string;
  readonly candidates: readonly DecisionCandidate[];
  /** Whether every place was read where such a thing could be. */
  readonly complete: { readonly signatures: boolean; readonly attestations: boolean };
}

/** The policy's answer about one candidate: accepted when it fits a rule. */
export interface Decision {
  readonly accepted: boolean;
  readonly checks: readonly Check[];
}

/** The policy's answer about an image. */
export interface ImageDecision {
  readonly outcome: PolicyOutcome;
  /** One for each candidate, in their order; none for what couldn't be read. */
  readonly decisions: readonly (Decision | undefined)[];
  /** Those by which the policy holds; empty when it doesn't. */
  readonly signatures: readonly AcceptedSignature[];
  readonly callbacks: readonly CallbackAnswer[];
}

/** Applies a policy to everything established about an image. Pure but for callbacks, whose answers are recorded. */
export async function decide(policy: ParsedPolicy, input: DecisionInput): Promise<ImageDecision> {
  const leaves = new Map<ParsedLeaf, LeafAnswers>();
  for (const leaf of leavesOf(policy.root))
    leaves.set(
      leaf,
      await Promise.all(
        input.candidates.map(async (one) => ('unreadable' in one ? undefined : judgeCandidate(one, leaf, input))),
      ),
    );
  const asked: CallbackAnswer[] = [];
  const { outcome, witnesses } = await evaluateNode(policy.root, { input, leaves, asked });
  return {
    outcome,
    decisions: input.candidates.map((one, index) => ('unreadable' in one ? undefined : bestOf(one, index, leaves))),
    signatures: outcome.verdict === 'verified' ? signaturesOf(witnesses, input.candidates) : [],
    callbacks: [...[...leaves.values()].flat(2).flatMap((answer) => answer?.callbacks ?? []), ...asked],
  };
}

/** For each candidate the answers of each rule. */
type LeafAnswers = readonly (readonly RuleAnswer[] | undefined)[];

interface Evaluation {
  readonly input: DecisionInput;
  readonly leaves: ReadonlyMap<ParsedLeaf, LeafAnswers>;
  readonly asked: CallbackAnswer[];
}

interface NodeResult {
  readonly outcome: PolicyOutcome;
  /** Indexes of the candidates by which it holds. */
  readonly witnesses: ReadonlySet<number>;
}

/**
 * Three-valued logic (Kleene): `verified` and `rejected` only when nothing that is still unknown could change it, so that `not` can turn one
 * into the other, and `indeterminate` stays itself.
 */
async function evaluateNode(node: ParsedNode, evaluation: Evaluation): Promise<NodeResult> {
  switch (node.kind) {
    case 'signed-by':
    case 'attested':
      return evaluateLeaf(node, evaluation);
    case 'at-least':
      return evaluateThreshold(node, evaluation);
    case 'vex':
      return evaluateVex(node, evaluation);
    case 'all-of':
      return evaluateAll(node.of, evaluation);
    case 'any-of': {
      const results = await inOrder(node.of, async (one) => evaluateNode(one, evaluation));
      const verdict = best(results.map(({ outcome }) => outcome.verdict));
      return combine(
        'any-of',
        verdict,
        results,
        results.filter(({ outcome }) => outcome.verdict === 'verified'),
      );
    }
    case 'not': {
      const result = await evaluateNode(node.of[0], evaluation);
      return combine('not', NEGATED[result.outcome.verdict], [result], []);
    }
    case 'accept-image':
      return askAboutImage(node, new Set(), evaluation);
  }
}

const NEGATED: Readonly<Record<VerdictName, VerdictName>> = {
  verified: 'rejected',
  rejected: 'verified',
  indeterminate: 'indeterminate',
};
const RANK: readonly VerdictName[] = ['verified', 'indeterminate', 'rejected'];
const best = (verdicts: readonly VerdictName[]): VerdictName =>
  RANK.find((one) => verdicts.includes(one)) ?? 'rejected';
const worst = (verdicts: readonly VerdictName[]): VerdictName =>
  RANK.findLast((one) => verdicts.includes(one)) ?? 'verified';

function evaluateLeaf(
  leaf: Extract<ParsedNode, { kind: 'signed-by' | 'attested' }>,
  evaluation: Evaluation,
): NodeResult {
  const answers = evaluation.leaves.get(leaf) ?? [];
  const witnesses = indexesOf(answers, 'accepted');
  const verdict = witnesses.size > 0 ? 'verified' : mayHaveMore(leaf, evaluation) ? 'indeterminate' : 'rejected';
  return { outcome: leafOutcome(leaf.kind, verdict, witnesses, evaluation), witnesses };
}

function evaluateThreshold(leaf: Extract<ParsedNode, { kind: 'at-least' }>, evaluation: Evaluation): NodeResult {
  const answers = evaluation.leaves.get(leaf) ?? [];
  const witnesses = indexesOf(answers, 'accepted');
  const reached = maximumMatching([...fitsBySigner(answers, evaluation.input.candidates).values()]);
  const verdict = reached >= leaf.count ? 'verified' : mayHaveMore(leaf, evaluation) ? 'indeterminate' : 'rejected';
  return {
    outcome: {
      ...leafOutcome('at-least', verdict, witnesses, evaluation),
      expected: `at least ${leaf.count} of ${leaf.rules.length} rules, each by another signer`,
      actual: String(reached),
    },
    witnesses,
  };
}

/** A signer who signs twice is still one: its entries are those of all its signatures together. */
function fitsBySigner(
  answers: LeafAnswers,
  candidates: readonly DecisionCandidate[],
): ReadonlyMap<string, readonly number[]> {
  const fits = new Map<string, readonly number[]>();
  for (const [index, rules] of answers.entries()) {
    const candidate = candidates[index];
    const entries = (rules ?? []).flatMap(({ answer }, entry) => (answer === 'accepted' ? [entry] : []));
    if (candidate === undefined || 'unreadable' in candidate || entries.length === 0) continue;
    const name = signerName(candidate);
    fits.set(name, [...new Set([...(fits.get(name) ?? []), ...entries])]);
  }
  return fits;
}

function signerName({ signer, candidate }: CandidateFacts): string {
  if (signer === undefined) return candidate.id;
  if (signer.kind === 'key') return signer.fingerprint;
  const names = signer.subjectAlternativeNames.map(({ kind, value }) => `${kind} ${value}`).toSorted();
  return JSON.stringify([signer.claims.issuer ?? null, ...names]);
}

function evaluateVex(leaf: Extract<ParsedNode, { kind: 'vex' }>, evaluation: Evaluation): NodeResult {
  const answers = evaluation.leaves.get(leaf) ?? [];
  const asked = new Set(leaf.vulnerabilities);
  const statements = newestStatements(
    answers.flatMap((rules) => rules?.find(({ answer }) => answer === 'accepted')?.statements ?? []),
  ).filter(({ vulnerability }) => asked.size === 0 || vulnerability.some((name) => asked.has(name)));
  const against = statements.find(({ status }) => leaf.refuse.includes(status));
  const verdict = mayHaveMore(leaf, evaluation) ? 'indeterminate' : against === undefined ? 'verified' : 'rejected';
  return {
    outcome: {
      ...leafOutcome('vex', verdict, indexesOf(answers, 'accepted'), evaluation),
      expected: `no statement says ${leaf.refuse.join(' or ')}`,
      actual:
        against === undefined
          ? `${statements.length} statement(s), none`
          : `${against.vulnerability[0] ?? ''} ${against.status}`,
    },
    witnesses: new Set(),
  };
}

/** Callbacks over the set are asked last, and only when the rest holds: they can't make up for it. */
async function evaluateAll(nodes: readonly ParsedNode[], evaluation: Evaluation): Promise<NodeResult> {
  const results = new Map<ParsedNode, NodeResult>();
  for (const node of nodes) if (node.kind !== 'accept-image') results.set(node, await evaluateNode(node, evaluation));
  const witnesses = new Set([...results.values()].flatMap((result) => [...result.witnesses]));
  for (const node of nodes) {
    if (node.kind !== 'accept-image') continue;
    const holds = worst([...results.values()].map(({ outcome }) => outcome.verdict)) === 'verified';
    results.set(
      node,
      holds
        ? await askAboutImage(node, witnesses, evaluation)
        : { outcome: { kind: 'accept-image', verdict: 'indeterminate', because: 'not-asked' }, witnesses: new Set() },
    );
  }
  const ordered = nodes.flatMap((node) => results.get(node) ?? []);
  return combine('all-of', worst(ordered.map(({ outcome }) => outcome.verdict)), ordered, ordered);
}

async function askAboutImage(
  { callback }: Extract<ParsedNode, { kind: 'accept-image' }>,
  witnesses: ReadonlySet<number>,
  { input, asked }: Evaluation,
): Promise<NodeResult> {
  const facts = {
    reference: input.reference,
    digest: input.digest,
    signatures: signaturesOf(witnesses, input.candidates),
    attestations: attestationsOf(witnesses, input.candidates),
    isComplete: input.complete.signatures && input.complete.attestations,
  };
  const answer = await input.callbacks.ask(callback, { scope: 'acceptImage' }, facts, {});
  asked.push(answer);
  const because = {
    refused: 'callback-refused',
    threw: 'callback-threw',
    'timed-out': 'callback-timeout',
    accepted: undefined,
  };
  const code = because[answer.answer];
  return {
    outcome: {
      kind: 'accept-image',
      verdict: answer.answer === 'accepted' ? 'verified' : 'rejected',
      ...(code === undefined ? {} : { because: code }),
      actual: answer.reason === undefined ? answer.name : `${answer.name}: ${answer.reason}`,
    },
    witnesses: new Set(),
  };
}

/** Whether something not read, or not answered by its callback, could still fit this leaf. */
function mayHaveMore(leaf: ParsedLeaf, { input, leaves }: Evaluation): boolean {
  const wantsAttestations = 'types' in leaf || leaf.acceptTypes.length > 0;
  const wantsSignatures = !('types' in leaf);
  return (
    (wantsSignatures && !input.complete.signatures) ||
    (wantsAttestations && !input.complete.attestations) ||
    input.candidates.some((one) =>
      'unreadable' in one
        ? one.unreadable.status === 'indeterminate' && (wantsAttestations || !one.isAttestation)
        : one.checks.some(({ status }) => status === 'indeterminate'),
    ) ||
    (input.candidates.length > 0 && leaf.rules.some(isUnresolved)) ||
    (leaves.get(leaf) ?? []).some((rules) => rules?.some(({ answer }) => answer === 'unsure') === true)
  );
}

function indexesOf(answers: LeafAnswers, wanted: RuleAnswer['answer']): ReadonlySet<number> {
  return new Set(
    [...answers.entries()].flatMap(([index, rules]) =>
      rules?.some(({ answer }) => answer === wanted) === true ? [index] : [],
    ),
  );
}

function leafOutcome(
  kind: PolicyOutcome['kind'],
  verdict: VerdictName,
  witnesses: ReadonlySet<number>,
  { input }: Evaluation,
): PolicyOutcome {
  return {
    kind,
    verdict,
    candidates: [...witnesses].flatMap((index) => {
      const one = input.candidates[index];
      return one === undefined || 'unreadable' in one ? [] : [one.candidate.id];
    }),
  };
}

function combine(
  kind: PolicyOutcome['kind'],
  verdict: VerdictName,
  results: readonly NodeResult[],
  counting: readonly NodeResult[],
): NodeResult {
  return {
    outcome: { kind, verdict, of: results.map(({ outcome }) => outcome) },
    witnesses: new Set(counting.flatMap(({ witnesses }) => [...witnesses])),
  };
}

/** The answer that says most: accepted, else the one with the fewest failures, which is the rule that was probably meant. */
function bestOf(facts: CandidateFacts, index: number, leaves: ReadonlyMap<ParsedLeaf, LeafAnswers>): Decision {
  const answers = [...leaves.values()].flatMap((leaf) => leaf[index] ?? []);
  const failures = ({ checks }: RuleAnswer): number => checks.filter(({ status }) => status === 'failed').length;
  const [first] = answers.toSorted(
    (a, b) => Number(b.answer === 'accepted') - Number(a.answer === 'accepted') || failures(a) - failures(b),
  );
  return { accepted: first?.answer === 'accepted', checks: first?.checks ?? facts.checks };
}

function signaturesOf(
  witnesses: ReadonlySet<number>,
  candidates: readonly DecisionCandidate[],
): readonly AcceptedSignature[] {
  return candidates.flatMap((one, index) =>
    'unreadable' in one || !witnesses.has(index) ? [] : (acceptedSignature(one) ?? []),
  );
}

function attestationsOf(
  witnesses: ReadonlySet<number>,
  candidates: readonly DecisionCandidate[],
): readonly VerifiedAttestation[] {
  return candidates.flatMap((one, index) => {
    if ('unreadable' in one || !witnesses.has(index)) return [];
    const signature = acceptedSignature(one);
    const statement = statementOf(one);
    // cosign's own statement says nothing but that it is signed.
    return signature === undefined || statement === undefined || statement.predicateType === COSIGN_SIGN_PREDICATE
      ? []
      : [{ signature, predicateType: statement.predicateType, predicate: statement.predicate }];
  });
}

async function inOrder<T, R>(items: readonly T[], ask: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const item of items) results.push(await ask(item));
  return results;
}
