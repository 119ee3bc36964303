import type { ImportedPolicy } from '../src/policy-file/import/imported-policy.ts';
import { toPolicyDocument } from '../src/policy-file/document/write-policy.ts';
import type { ImagePolicy } from '../src/policy/policy.ts';

/** A policy as its file has it, for comparison. */
export function data(policy: ImagePolicy | undefined): unknown {
  return policy === undefined ? undefined : toPolicyDocument(policy);
}

/** What an import says of something that it could not express: the effect, and why. */
export function found({ notExpressed }: ImportedPolicy, what: string): string | undefined {
  const one = notExpressed.find((entry) => entry.what === what);
  return one === undefined ? undefined : `${one.effect}: ${one.why}`;
}
