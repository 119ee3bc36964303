import type { KeyObject } from 'node:crypto';
import { resolveKeys } from '../keys/resolve-keys.ts';
import type { NamedKey } from '../keys/resolve-keys.ts';
import type { Problem } from '../report/report.ts';
import { leavesOf, type ParsedNode, type ParsedPolicy } from './parse-policy.ts';
import type { ParsedRule } from './parse-rule.ts';
import type { RequiredEvidence } from './policy.ts';

/** Asks the resolvers of a policy for their keys: the only part of a policy that needs I/O before anything is verified. */
export async function resolveRules(
  policy: ParsedPolicy,
  signal: AbortSignal,
): Promise<{ readonly policy: ParsedPolicy; readonly problems: readonly Problem[] }> {
  const rules = rulesOf(policy).filter((rule) => rule.kind === 'key' && rule.source.kind === 'resolver');
  if (rules.length === 0) return { policy, problems: [] };
  const { keys, problems } = await resolveKeys(
    rules.map((rule) => (rule.kind === 'key' ? rule.source : NONE)),
    signal,
  );
  const resolved = new Map(rules.map((rule, index) => [rule, keys[index] ?? []]));
  return { policy: withResolvedKeys(policy, resolved), problems };
}

/** The policy with these keys in place of its resolvers' keys. */
export function withResolvedKeys(
  policy: ParsedPolicy,
  keys: ReadonlyMap<ParsedRule, readonly NamedKey[]>,
): ParsedPolicy {
  return { ...policy, root: withKeys(policy.root, keys) };
}

/** Every key that the policy names. Signatures are checked under these keys only. */
export function keysOf(policy: Pick<ParsedPolicy, 'root'>): readonly KeyObject[] {
  return rulesOf(policy).flatMap((rule) => (rule.kind === 'key' ? rule.keys.map(({ key }) => key) : []));
}

/** The evidence that each part of the policy requires of a signature. */
export function requirementsOf({ root }: Pick<ParsedPolicy, 'root'>): readonly RequiredEvidence[] {
  return leavesOf(root).map(({ require }) => require);
}

/** Whether the keys of a rule could not be resolved: any signature may be by one of them. */
export function isUnresolved(rule: ParsedRule): boolean {
  return rule.kind === 'key' && rule.keys.length === 0;
}

function rulesOf({ root }: Pick<ParsedPolicy, 'root'>): readonly ParsedRule[] {
  return leavesOf(root).flatMap(({ rules }) => rules);
}

function withKeys(node: ParsedNode, keys: ReadonlyMap<ParsedRule, readonly NamedKey[]>): ParsedNode {
  switch (node.kind) {
    case 'accept-image':
      return node;
    case 'not':
      return { ...node, of: [withKeys(node.of[0], keys)] };
    case 'all-of':
    case 'any-of':
      return { ...node, of: node.of.map((child) => withKeys(child, keys)) };
    default:
      return {
        ...node,
        rules: node.rules.map((rule) => (rule.kind === 'key' ? { ...rule, keys: keys.get(rule) ?? rule.keys } : rule)),
      };
  }
}

const NONE = { kind: 'given', keys: [] } as const;
