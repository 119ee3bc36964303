import { parsePolicy } from '../../../policy/parse-policy.ts';
import type { ImagePolicy } from '../../../policy/policy.ts';

/** One policy of several parts; nothing of none: a policy that asks nothing must not come of parts that were left out. */
export function toPolicy(
  operator: 'allOf' | 'anyOf',
  parts: readonly ImagePolicy[],
): { readonly policy?: ImagePolicy } {
  const [first, ...others] = parts;
  if (first === undefined) return {};
  const policy: ImagePolicy = others.length === 0 ? first : operator === 'allOf' ? { allOf: parts } : { anyOf: parts };
  parsePolicy(policy);
  return { policy };
}
