import type { ImagePolicy } from 'sigtrail';
import { readPolicy } from 'sigtrail/policy-file';
import { withGate } from './gate-package.ts';

/** What a map says of an image: its policy, or why it has no policy. */
export type MapChoice =
  | { readonly policy: ImagePolicy; readonly by: string }
  | { readonly decision: 'refused' | 'exception'; readonly message: string };

/** Reads a policy map, and says for each image which policy it gives. */
export async function policiesOfMap(file: string): Promise<(reference: string) => MapChoice> {
  return withGate(async (gate) => {
    const map = gate.readPolicyMapFile(file);
    const now = new Date();
    return (reference) => {
      const answer = map.policyFor(reference, now);
      if (answer.decision === 'refused') return { decision: 'refused', message: `${answer.message} [${answer.code}]` };
      if (answer.decision === 'exception')
        return { decision: 'exception', message: `not verified, until ${answer.until}: ${answer.reason}` };
      // Read anew: the package has a library of its own, whose patterns only it can match.
      const policy = readPolicy(gate.policyText(answer.policy));
      return { policy, by: `${answer.rule.pattern} (${answer.rule.file}:${answer.rule.line})` };
    };
  });
}
