import { optionError } from '@sigtrail/encoding';
import { isOciError, parseReference, type Reference } from 'oci-client-lite/names';
import { normalName } from '../find/found-image.ts';
import { comparePatterns, type ImagePattern, matchesName, nameOf } from './image-pattern.ts';
import type { ExpiredException, MapException, MapRule, PolicyAnswer } from './policy-map.ts';

/** Says which policy an image must meet. */
export function policyFor(
  { rules, exceptions }: { readonly rules: readonly MapRule[]; readonly exceptions: readonly MapException[] },
  asked: string | Reference,
  now: Date,
): PolicyAnswer {
  if (!(now instanceof Date) || Number.isNaN(now.getTime()))
    throw optionError('invalid-option', '"now" must be a Date');
  const reference = typeof asked === 'string' ? readReference(asked) : asked;
  if ('message' in reference)
    return { decision: 'refused', code: 'invalid-reference', ...reference, rules: [], expired: [] };
  const name = nameOf(reference);
  const matching = exceptions.filter(({ pattern }) => matchesName(pattern, name));
  const expired = matching.filter(({ endsAt }) => endsAt <= now).map(toExpired);
  const [exception] = bestOf(matching.filter(({ endsAt }) => endsAt > now));
  if (exception !== undefined) {
    const { reason, until, name: rule } = exception;
    return { decision: 'exception', reason, until, rule, expired };
  }
  return {
    ...decide(
      rules.filter(({ pattern }) => matchesName(pattern, name)),
      normalName(reference),
    ),
    expired,
  };
}

function readReference(text: string): Reference | { readonly message: string } {
  try {
    return parseReference(text);
  } catch (error) {
    if (!isOciError(error)) throw error;
    return { message: error.message };
  }
}

function decide(
  matching: readonly MapRule[],
  name: string,
):
  | Omit<Extract<PolicyAnswer, { decision: 'policy' }>, 'expired'>
  | Omit<Extract<PolicyAnswer, { decision: 'refused' }>, 'expired'> {
  const best = bestOf(matching);
  const [first] = best;
  if (first === undefined)
    return { decision: 'refused', code: 'no-match', message: `no rule of the policy map matches ${name}`, rules: [] };
  if (best.some(({ asks }) => asks !== first.asks)) {
    const tied = best.map((rule) => `${rule.name.pattern} (line ${rule.name.line})`).join(' and ');
    return {
      decision: 'refused',
      code: 'tie',
      message: `${tied} match ${name} equally well, and have different policies`,
      rules: best.map((rule) => rule.name),
    };
  }
  const { policy, policyName, mode, name: rule } = first;
  return { decision: 'policy', policy, policyName, mode, rule };
}

/** Those that no other one comes before. */
function bestOf<T extends { readonly pattern: ImagePattern }>(matching: readonly T[]): readonly T[] {
  const [best] = matching.toSorted((left, right) => comparePatterns(left.pattern, right.pattern));
  return best === undefined ? [] : matching.filter((one) => comparePatterns(one.pattern, best.pattern) === 0);
}

function toExpired({ name: rule, reason, until }: MapException): ExpiredException {
  return { rule, reason, until };
}
