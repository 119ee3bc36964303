import type { ImagePolicy } from 'sigtrail';
import { writePolicy } from 'sigtrail/policy-file';

/** A policy of a map as the text of a policy file: for a program that has another copy of the library, whose patterns are its own. @throws TypeError */
export function policyText(policy: ImagePolicy): string {
  return writePolicy(policy);
}
