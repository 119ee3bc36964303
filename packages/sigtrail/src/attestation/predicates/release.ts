import * as z from 'zod';
import { maybe, text } from './shape.ts';

/** `https://in-toto.io/attestation/release/v0.1` and `v0.2`: the files of a release, according to its registry. The members after `releaseId` are GitHub's. */
export interface ReleasePredicate {
  /** The release: `pkg:github/acme/app@v1.4.0`. */
  readonly purl: string;
  /** Since v0.2. */
  readonly packageId?: string | undefined;
  /** Until v0.1. */
  readonly releaseId?: string | undefined;
  readonly repository?: string | undefined;
  readonly repositoryId?: string | undefined;
  readonly ownerId?: string | undefined;
  readonly tag?: string | undefined;
}

/** Its schema (in-toto attestation spec, predicate "release"). */
export const ReleasePredicateSchema: z.ZodType<ReleasePredicate> = z.looseObject({
  purl: text.check(z.minLength(1)),
  packageId: maybe(text),
  releaseId: maybe(text),
  repository: maybe(text),
  repositoryId: maybe(text),
  ownerId: maybe(text),
  tag: maybe(text),
});
