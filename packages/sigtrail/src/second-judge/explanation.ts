import type { KeyObject } from 'node:crypto';
import type { Subject } from '../establish/subject.ts';
import type { Asked } from './asked.ts';
import type { PreparedTrust } from './prepare-trust.ts';
import type { ReadEntity } from './read-entity.ts';

/** A refusal, and what may explain it, as `@sigstore/verify` reads it. */
export interface RefusedCase {
  readonly asked: Asked;
  readonly read: ReadEntity;
  readonly trust: PreparedTrust;
  /** The policy's key, for a signature without certificate. */
  readonly key: KeyObject | undefined;
  readonly subject: Subject;
  /** No policy asks for a verified time, and there is no time to check the certificate at. */
  readonly isWithoutTime: boolean;
  readonly refusal: { readonly code: string | undefined; readonly message: string };
}

/** Why `@sigstore/verify` can't verify a part, and the remaining question without that part, which it must not refuse. */
export interface Explained {
  /** `undefined` if the rest is still everything, only asked differently. */
  readonly reason?: string;
  /** `undefined` if nothing is left to ask: the signature comes last. */
  readonly rest?: Asked;
}

/** An entry of the closed list. */
export type Explanation = (refused: RefusedCase) => Explained | undefined | Promise<Explained | undefined>;
