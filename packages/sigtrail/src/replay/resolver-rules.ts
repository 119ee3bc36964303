import { leavesOf, type ParsedPolicy } from '../policy/parse-policy.ts';
import type { ParsedRule } from '../policy/parse-rule.ts';

/** A rule by key. */
export type KeyedRule = Extract<ParsedRule, { readonly kind: 'key' }>;

/** The rules whose keys a resolver loads, in the order of the policy. */
export function resolverRules({ root }: Pick<ParsedPolicy, 'root'>): readonly KeyedRule[] {
  return leavesOf(root)
    .flatMap(({ rules }) => rules)
    .flatMap((rule) => (rule.kind === 'key' && rule.source.kind === 'resolver' ? [rule] : []));
}
