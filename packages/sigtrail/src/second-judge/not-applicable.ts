import type { Explained, Explanation, RefusedCase } from './explanation.ts';
import { explainAnchors, explainScts } from './explain-certificate.ts';
import { explainCheckpointName, explainEntries, explainShadowedLog } from './explain-entries.ts';
import { explainSignature } from './explain-signature.ts';
import { explainTimestampAnchors, explainWithoutTime } from './explain-times.ts';

// docs/threat-model.md lists each, with what an attacker could do with it.
const EXPLANATIONS: readonly Explanation[] = [
  explainSignature,
  explainEntries,
  explainShadowedLog,
  explainCheckpointName,
  explainScts,
  explainAnchors,
  explainTimestampAnchors,
  explainWithoutTime,
];

/** The closed list of what `@sigstore/verify` can't verify although our own checks can. An item only ever explains a refusal. */
export async function whyNotApplicable(refused: RefusedCase): Promise<Explained | undefined> {
  for (const explain of EXPLANATIONS) {
    const explained = await explain(refused);
    if (explained !== undefined) return explained;
  }
  return undefined;
}
