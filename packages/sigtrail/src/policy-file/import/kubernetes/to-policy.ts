import { parsePolicy } from '../../../policy/parse-policy.ts';
import type { ImagePolicy } from '../../../policy/policy.ts';

/** Combines several parts into a policy. Without parts there is no policy: leaving parts out must not result in a policy that requires nothing. */
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
