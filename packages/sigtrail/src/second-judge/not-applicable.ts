import type { KeyObject } from 'node:crypto';
import type { Subject } from '../establish/facts.ts';
import type { Asked } from './asked.ts';
import { explainAnchors, explainScts } from './explain-certificate.ts';
import { explainCheckpointName, explainEntries, explainShadowedLog } from './explain-entries.ts';
import { explainSignature } from './explain-signature.ts';
import { explainTimestampAnchors, explainWithoutTime } from './explain-times.ts';
import type { PreparedTrust } from './prepare-trust.ts';
import type { ReadEntity } from './read-entity.ts';

/** A refusal, and what it can be explained with. All of it as `@sigstore/verify` reads it. */
export interface RefusedCase {
  readonly asked: Asked;
  readonly read: ReadEntity;
  readonly trust: PreparedTrust;
  /** The policy's key, for a signature without certificate. */
  readonly key: KeyObject | undefined;
  readonly subject: Subject;
  /** No policy asks for a verified time, and there is none to hold the certificate against. */
  readonly isWithoutTime: boolean;
  readonly refusal: { readonly code: string | undefined; readonly message: string };
}

/** Why `@sigstore/verify` can't judge one part, and the question that is left without this part: it must not refuse that. */
export interface Explained {
  /** `undefined` where the rest is everything, only asked in another way. */
  readonly reason?: string;
  /** `undefined` where nothing is left to ask: the signature is its last question. */
  readonly rest?: Asked;
}

/** One entry of the closed list. */
export type Explanation = (refused: RefusedCase) => Explained | undefined | Promise<Explained | undefined>;

// docs/threat-model.md gives each of them with what an attacker could make of it.
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

/** The closed list of what `@sigstore/verify` can't judge although our own checks can. It only ever explains a refusal. */
export async function whyNotApplicable(refused: RefusedCase): Promise<Explained | undefined> {
  for (const explain of EXPLANATIONS) {
    const explained = await explain(refused);
    if (explained !== undefined) return explained;
  }
  return undefined;
}
