import type { KeyObject } from 'node:crypto';
import { resolveKeys } from '../keys/resolve-keys.ts';
import type { Problem } from '../report.ts';
import type { ParsedPolicy } from './parse-policy.ts';

/** Asks the resolvers of a policy for their keys: the one thing about a policy that needs I/O before anything is verified. */
export async function resolveRules(
  policy: ParsedPolicy,
  signal: AbortSignal,
): Promise<{ readonly policy: ParsedPolicy; readonly problems: readonly Problem[] }> {
  const sources = policy.rules.map((rule) => (rule.kind === 'key' ? rule.source : NONE));
  if (!sources.some(({ kind }) => kind === 'resolver')) return { policy, problems: [] };
  const { keys, problems } = await resolveKeys(sources, signal);
  const rules = policy.rules.map((rule, index) => (rule.kind === 'key' ? { ...rule, keys: keys[index] ?? [] } : rule));
  return { policy: { ...policy, rules }, problems };
}

/** Every key that the policy names: those under which a signature may be checked. */
export function keysOf({ rules }: ParsedPolicy): readonly KeyObject[] {
  return rules.flatMap((rule) => (rule.kind === 'key' ? rule.keys.map(({ key }) => key) : []));
}

const NONE = { kind: 'given', keys: [] } as const;
