import { counted } from '@sigtrail/encoding';
import type { CandidateFacts } from '../establish/facts.ts';
import { keyMaterial } from '../keys/key-spellings.ts';
import { describeNode, describeRule } from '../policy/describe-rule.ts';
import { maximumMatching } from '../policy/matching.ts';
import type { ParsedNode } from '../policy/parse-policy.ts';
import { newestStatements, speaksOf } from '../policy/vex.ts';
import { joinMarks } from '../trust/party.ts';
import type { PolicyOutcome, PolicyReason, PolicyStatus } from '../report/report.ts';
import type { DecisionCandidate, Evaluation, LeafAnswers, NodeResult } from './evaluation.ts';
import { explainLeaf, type LeafView, openQuestion } from './explain-leaf.ts';
import type { ParsedLeaf, RuleAnswer } from './apply-rule.ts';
import { anyOf, atLeast } from './truth.ts';

/** Holds if any of the rules accepts a candidate. `isNegated`: below an odd number of `not`s, where unreadable content must not count as absent. */
export function evaluateLeaf(
  leaf: Extract<ParsedNode, { kind: 'signed-by' | 'attested' }>,
  evaluation: Evaluation,
  isNegated: boolean,
): NodeResult {
  const view = viewOf(leaf, evaluation);
  const witnesses = witnessesOf(view);
  const { status, why } = statusOf(view, evaluation, isNegated);
  const outcome = { ...leafOutcome(leaf, witnesses, evaluation), status, ...(why === undefined ? {} : { why }) };
  return { outcome: withRules(outcome, view, evaluation, isNegated), witnesses };
}

/** Holds if at least `count` of the rules are satisfied, each by a different signer. */
export function evaluateThreshold(
  leaf: Extract<ParsedNode, { kind: 'at-least' }>,
  evaluation: Evaluation,
  isNegated: boolean,
): NodeResult {
  const view = viewOf(leaf, evaluation);
  const { candidates } = evaluation.input;
  const count = (wanted: readonly RuleAnswer['answer'][]): number =>
    maximumMatching(fitsBySigner(view.answers, candidates, wanted));
  const reached = count(['accepted']);
  const reachable = count(['accepted', 'unasked']);
  const open = openQuestion(view, evaluation.input, { unasked: false, malformed: false });
  const status = atLeast(leaf.count, reached, open === undefined ? reachable : leaf.count);
  const unasked = openQuestion(view, evaluation.input, { unasked: true, malformed: false });
  const missing = explainLeaf(view, evaluation.input);
  const why: PolicyReason | undefined =
    status === 'satisfied'
      ? undefined
      : status === 'unknown'
        ? unasked
        : {
            ...missing,
            code: 'threshold-not-reached',
            message: `${reached} of ${counted(leaf.rules.length, 'rule')}, ${leaf.count} required; closest: ${missing.message}`,
          };
  const witnesses = witnessesOf(view);
  const outcome: PolicyOutcome = {
    ...leafOutcome(leaf, witnesses, evaluation),
    status,
    ...(why === undefined ? {} : { why }),
    expected: `at least ${leaf.count} of ${counted(leaf.rules.length, 'rule')}, each by a different signer`,
    actual: String(reached),
  };
  return { outcome: withRules(outcome, view, evaluation, isNegated), witnesses };
}

/** Holds if no statement by the signers that count is against the image. */
export function evaluateVex(leaf: Extract<ParsedNode, { kind: 'vex' }>, evaluation: Evaluation): NodeResult {
  const view = viewOf(leaf, evaluation);
  const { vulnerabilities = [] } = leaf;
  const answers = view.answers.flatMap((rules) => rules ?? []);
  const statements = newestStatements(
    view.answers.flatMap((rules) => rules?.find(({ answer }) => answer === 'accepted')?.statements ?? []),
    evaluation.input.now,
  ).filter((statement) => vulnerabilities.length === 0 || speaksOf(statement, vulnerabilities));
  const against = statements.find(({ status }) => leaf.refuse.includes(status));
  // A newer statement revokes an older one, so an unreadable statement may decide either way.
  const open = openQuestion(view, evaluation.input, { unasked: true, malformed: true });
  // A callback can refuse the image, but not make a statement go away: a statement that it refuses still counts.
  const isRefused = answers.some(({ callbacks }) => callbacks.some(({ answer }) => answer === 'refused'));
  const named = against?.vulnerability[0] ?? '';
  const why: PolicyReason | undefined =
    open ??
    (against !== undefined
      ? { code: 'vex-refused', message: `a statement says that ${named} is ${against.status}`, candidates: [] }
      : isRefused
        ? explainLeaf(view, evaluation.input)
        : undefined);
  return {
    outcome: {
      ...leafOutcome(leaf, witnessesOf(view), evaluation),
      status: open !== undefined ? 'unknown' : why === undefined ? 'satisfied' : 'failed',
      ...(why === undefined ? {} : { why }),
      expected: `no statement says ${leaf.refuse.join(' or ')}`,
      actual: against === undefined ? `${statements.length} statement(s), none` : `${named} ${against.status}`,
    },
    witnesses: new Set(),
  };
}

function viewOf(leaf: ParsedLeaf, { leaves }: Evaluation): LeafView {
  return { leaf, answers: leaves.get(leaf) ?? [] };
}

function statusOf(
  view: LeafView,
  { input }: Evaluation,
  isNegated: boolean,
): { readonly status: PolicyStatus; readonly why?: PolicyReason } {
  const open = openQuestion(view, input, { unasked: true, malformed: isNegated });
  const found = witnessesOf(view).size > 0 ? 'satisfied' : 'failed';
  const status = anyOf([found, open === undefined ? 'failed' : 'unknown']);
  if (status === 'satisfied') return { status };
  return { status, why: open ?? explainLeaf(view, input) };
}

/** If there are several rules, each reports its own result. */
function withRules(
  outcome: PolicyOutcome,
  { leaf, answers }: LeafView,
  evaluation: Evaluation,
  isNegated: boolean,
): PolicyOutcome {
  if (leaf.rules.length < 2) return outcome;
  const of = leaf.rules.map((rule, at): PolicyOutcome => {
    const single = {
      leaf: { ...leaf, rules: [rule] },
      answers: answers.map((rules) => rules?.filter((_, index) => index === at)),
    };
    const { status, why } = statusOf(single, evaluation, isNegated);
    return {
      path: rule.path,
      kind: 'rule',
      label: describeRule(rule),
      status,
      ...(why === undefined ? {} : { why }),
      candidates: idsOf(witnessesOf(single), evaluation.input.candidates),
    };
  });
  return { ...outcome, of };
}

function leafOutcome(
  leaf: ParsedLeaf,
  witnesses: ReadonlySet<number>,
  { input }: Evaluation,
): Pick<PolicyOutcome, 'path' | 'kind' | 'label' | 'candidates'> {
  return {
    path: leaf.path,
    kind: leaf.kind,
    label: describeNode(leaf),
    candidates: idsOf(witnesses, input.candidates),
  };
}

function idsOf(indexes: ReadonlySet<number>, candidates: readonly DecisionCandidate[]): readonly string[] {
  return [...indexes].flatMap((index) => {
    const one = candidates[index];
    return one === undefined || 'unreadable' in one ? [] : [one.candidate.id];
  });
}

function witnessesOf({ answers }: LeafView): ReadonlySet<number> {
  return new Set(
    [...answers.entries()].flatMap(([index, rules]) =>
      rules?.some(({ answer }) => answer === 'accepted') === true ? [index] : [],
    ),
  );
}

/**
 * A signer who signs twice is still one signer, who satisfies the rules of all its signatures together. Signatures by the same key, or under certificates that share a
 * name, are by one signer: a further name in a certificate doesn't make a second signer.
 */
function fitsBySigner(
  answers: LeafAnswers,
  candidates: readonly DecisionCandidate[],
  wanted: readonly RuleAnswer['answer'][],
): readonly (readonly number[])[] {
  const fitting = [...answers.entries()].flatMap(([index, rules]) => {
    const candidate = candidates[index];
    const entries = (rules ?? []).flatMap(({ answer }, entry) => (wanted.includes(answer) ? [entry] : []));
    return candidate === undefined || 'unreadable' in candidate || entries.length === 0
      ? []
      : [{ marks: signerMarks(candidate), entries }];
  });
  const signers = joinMarks(fitting.map(({ marks }) => marks));
  const fits = new Map<ReadonlySet<string>, readonly number[]>();
  for (const { marks, entries } of fitting) {
    const signer = signers.get(marks[0] ?? '') ?? new Set();
    fits.set(signer, [...new Set([...(fits.get(signer) ?? []), ...entries])]);
  }
  return [...fits.values()];
}

/** What distinguishes signers: the key, and each name together with who vouched for it. */
function signerMarks({ signer, signerKey, candidate, byKey }: CandidateFacts): readonly string[] {
  const keys = [signerKey, byKey?.signerKey].flatMap((key) => (key === undefined ? [] : [`key ${keyMaterial(key)}`]));
  if (signer === undefined) return [...keys, `candidate ${candidate.id}`];
  if (signer.kind === 'key') return keys.length > 0 ? keys : [`key ${signer.fingerprint}`];
  const issuer = signer.claims.issuer ?? null;
  const names = signer.subjectAlternativeNames.map(({ kind, value }) => JSON.stringify([issuer, kind, value]));
  return [...keys, ...(names.length === 0 ? [JSON.stringify([issuer])] : names)];
}
