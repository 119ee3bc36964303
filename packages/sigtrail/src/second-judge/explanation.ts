import type { KeyObject } from 'node:crypto';
import type { Subject } from '../establish/subject.ts';
import type { Asked } from './asked.ts';
import type { PreparedTrust } from './prepare-trust.ts';
import type { ReadEntity } from './read-entity.ts';

/** A refusal, and what may explain it, all as `@sigstore/verify` reads it. */
export interface RefusedCase {
  readonly asked: Asked;
  readonly read: ReadEntity;
  readonly trust: PreparedTrust;
  /** The policy's key, for a signature without certificate. */
  readonly key: KeyObject | undefined;
  readonly subject: Subject;
  /** No policy asks for a verified time, and no time is there to check the certificate at. */
  readonly isWithoutTime: boolean;
  readonly refusal: { readonly code: string | undefined; readonly message: string };
}

/** Why `@sigstore/verify` can't judge one part, and the question that is left without this part: it must not refuse that. */
export interface Explained {
  /** `undefined` where the rest is everything, asked in another way. */
  readonly reason?: string;
  /** `undefined` where nothing is left to ask: the signature is its last question. */
  readonly rest?: Asked;
}

/** One entry of the closed list. */
export type Explanation = (refused: RefusedCase) => Explained | undefined | Promise<Explained | undefined>;
