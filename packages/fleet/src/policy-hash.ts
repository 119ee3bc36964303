import { createHash } from 'node:crypto';
import type { ImagePolicy } from 'sigtrail';
import { toPolicyDocument } from 'sigtrail/policy-file';

/** A policy that workers and askers both hold, and its hash, by which they know that it is the same. */
export interface NamedPolicy {
  readonly policy: ImagePolicy;
  readonly hash: string;
}

/** The policies of a worker or of an asker, by name. */
export type NamedPolicies = ReadonlyMap<string, NamedPolicy>;

/**
 * Hashes each policy as its file would have it.
 *
 * @throws TypeError `not-data` for a policy with code in it: no hash says what code does
 */
export function namePolicies(policies: Readonly<Record<string, ImagePolicy>>): NamedPolicies {
  return new Map(Object.entries(policies).map(([name, policy]) => [name, { policy, hash: hashOf(policy) }]));
}

function hashOf(policy: ImagePolicy): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(sorted(toPolicyDocument(policy))))
    .digest('hex')}`;
}

/** The order in which somebody wrote the members of a policy doesn't matter; that of a list may. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, one]) => [name, sorted(one)]),
  );
}
