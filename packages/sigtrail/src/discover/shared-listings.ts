import type { CallContext } from '../evaluation-context.ts';
import { leavesOf, type ParsedNode, type ParsedPolicy } from '../policy/parse-policy.ts';
import type { ParsedRule } from '../policy/parse-rule.ts';
import type { Evaluated } from '../evaluated.ts';

/**
 * Answers from the listings that other processes got, if they are enough for `verified`, and asks anew in every other case. Such a listing may lack what was pushed since, or
 * name what was deleted, so "missing" and "does not fit" are only said after the registry itself was asked.
 */
export async function withSharedListings(
  policy: ParsedPolicy,
  context: CallContext,
  evaluate: (context: CallContext) => Promise<Evaluated>,
): Promise<Evaluated> {
  if (context.listings === undefined || context.tape !== undefined || !holdsByWhatIsThere(policy))
    return evaluate(context);
  const first = await evaluate({ ...context, listings: 'use' });
  // Don't go by the age of a place: a place that could not be read to its end has no age.
  const isShared = first.report.transcript.some(({ note }) => note === 'shared listing');
  return first.report.verdict === 'verified' || !isShared ? first : evaluate(context);
}

/**
 * Whether one more signature can never make the policy fail, so that it holds whatever else there is. A callback may count or remember what it saw, so it is asked once, about
 * everything.
 */
export function holdsByWhatIsThere({ root }: ParsedPolicy): boolean {
  return isMonotone(root) && leavesOf(root).every(({ rules }) => rules.every(isOfOneSignature));
}

function isMonotone(node: ParsedNode): boolean {
  switch (node.kind) {
    case 'signed-by':
    case 'at-least':
      return true;
    case 'attested':
      return node.predicate?.kind !== 'callback';
    case 'all-of':
    case 'any-of':
      return node.of.every(isMonotone);
    case 'not':
    case 'vex':
    case 'accept-image':
      return false;
  }
}

function isOfOneSignature({ accept, bounds }: ParsedRule): boolean {
  return accept === undefined && bounds.notOlderThan === undefined;
}
