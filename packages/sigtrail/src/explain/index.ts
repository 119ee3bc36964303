import { optionError } from '@sigtrail/encoding';
import { EVIDENCE_CODES } from './evidence-codes.ts';
import type { Explanation } from './explanation.ts';
import { POLICY_CODES } from './policy-codes.ts';
import { WORLD_CODES } from './world-codes.ts';

export type { Explanation } from './explanation.ts';

const ALL: ReadonlyMap<string, Explanation> = new Map(
  Object.entries({ ...EVIDENCE_CODES, ...POLICY_CODES, ...WORLD_CODES }),
);

/** Every code that {@link explainCode} knows, in alphabetical order. */
export const explainedCodes: readonly string[] = [...ALL.keys()].toSorted();

/**
 * What a code of an error, a problem, a check or a part of a policy means, and what to do about it.
 *
 * @returns `undefined` for a code of a later version
 * @throws TypeError `invalid-option`
 * @example
 * explainCode('log-missing')?.next; // 'sign with a transparency log …'
 */
export function explainCode(code: string): Explanation | undefined {
  if (typeof code !== 'string') throw optionError('invalid-option', 'explainCode: "code" must be a string');
  return ALL.get(code);
}

/** Whether a code only says that the evidence, though good, is not what the policy asks for. */
export function isOfPolicy(code: string): boolean {
  return Object.hasOwn(POLICY_CODES, code);
}
