import { describeNode } from '../policy/describe-rule.ts';
import type { ParsedNode } from '../policy/parse-policy.ts';
import type { PolicyReason, PolicyStatus } from '../report/report.ts';
import { askAboutImage, leaveUnasked } from './ask-about-image.ts';
import { evaluateLeaf, evaluateThreshold, evaluateVex } from './evaluate-leaf.ts';
import type { Evaluation, NodeResult } from './evaluation.ts';
import { allOf, anyOf, not } from './truth.ts';

/** Evaluates a node of the policy and the nodes below it. `isNegated`: below an odd number of `not`s. */
export async function evaluateNode(node: ParsedNode, evaluation: Evaluation, isNegated = false): Promise<NodeResult> {
  switch (node.kind) {
    case 'signed-by':
    case 'attested':
      return evaluateLeaf(node, evaluation, isNegated);
    case 'at-least':
      return evaluateThreshold(node, evaluation, isNegated);
    case 'vex':
      return evaluateVex(node, evaluation);
    case 'all-of':
      return evaluateAll(node, evaluation, isNegated);
    case 'any-of': {
      const results: NodeResult[] = [];
      for (const child of node.of) results.push(await evaluateNode(child, evaluation, isNegated));
      const status = anyOf(results.map(({ outcome }) => outcome.status));
      const holding = results.filter(({ outcome }) => outcome.status === 'satisfied');
      return combine(node, status, results, holding);
    }
    case 'not': {
      const result = await evaluateNode(node.of[0], evaluation, !isNegated);
      return combine(node, not(result.outcome.status), [result], []);
    }
    case 'accept-image':
      return askAboutImage(node, new Set(), evaluation);
  }
}

type Combination = Extract<ParsedNode, { kind: 'all-of' | 'any-of' | 'not' }>;

/** Callbacks about the whole set are asked last, and only when the rest holds: they can't make up for it. */
async function evaluateAll(
  node: Extract<ParsedNode, { kind: 'all-of' | 'any-of' }>,
  evaluation: Evaluation,
  isNegated: boolean,
): Promise<NodeResult> {
  const results = new Map<ParsedNode, NodeResult>();
  for (const child of node.of)
    if (child.kind !== 'accept-image') results.set(child, await evaluateNode(child, evaluation, isNegated));
  const witnesses = new Set([...results.values()].flatMap((result) => [...result.witnesses]));
  for (const child of node.of) {
    if (child.kind !== 'accept-image') continue;
    const rest = allOf([...results.values()].map(({ outcome }) => outcome.status));
    results.set(child, rest === 'satisfied' ? await askAboutImage(child, witnesses, evaluation) : leaveUnasked(child));
  }
  const ordered = node.of.flatMap((child) => results.get(child) ?? []);
  return combine(node, allOf(ordered.map(({ outcome }) => outcome.status)), ordered, ordered);
}

function combine(
  node: Combination,
  status: PolicyStatus,
  results: readonly NodeResult[],
  counting: readonly NodeResult[],
): NodeResult {
  const of = results.map(({ outcome }) => outcome);
  return {
    outcome: {
      path: node.path,
      kind: node.kind,
      label: describeNode(node),
      status,
      ...(status === 'satisfied' ? {} : { why: explain(node.kind, status, of) }),
      of,
    },
    witnesses: new Set(counting.flatMap(({ witnesses }) => [...witnesses])),
  };
}

/** Names the operands that decide; each has its own reason. */
function explain(
  kind: Combination['kind'],
  status: PolicyStatus,
  of: readonly { readonly path: string; readonly status: PolicyStatus }[],
): PolicyReason {
  const named = (wanted: PolicyStatus): string =>
    of.flatMap((one) => (one.status === wanted ? [one.path] : [])).join(', ');
  if (status === 'unknown')
    return { code: 'operand-unknown', message: `undecided: ${named('unknown')}`, candidates: [] };
  if (kind === 'not')
    return { code: 'negated-holds', message: `must not hold, but does: ${named('satisfied')}`, candidates: [] };
  const what = kind === 'any-of' ? 'none holds' : 'does not hold';
  return { code: 'operand-failed', message: `${what}: ${named('failed')}`, candidates: [] };
}
