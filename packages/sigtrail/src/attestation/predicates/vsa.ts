import * as z from 'zod';
import { Digests, maybe, type ResourceDescriptor, ResourceDescriptorSchema, text } from './shape.ts';

/** `https://slsa.dev/verification_summary/v1`, as of SLSA 1.2: what a verifier found when it checked an artifact against a policy. */
export interface VerificationSummary {
  readonly verifier: { readonly id: string; readonly version?: Readonly<Record<string, string>> | undefined };
  /** RFC 3339. Optional since SLSA 1.1. */
  readonly timeVerified?: string | undefined;
  /** Where to fetch the artifact. */
  readonly resourceUri: string;
  readonly policy: ResourceDescriptor;
  readonly inputAttestations?: readonly ResourceDescriptor[] | undefined;
  readonly verificationResult: 'PASSED' | 'FAILED';
  /** The highest level of each track, and other properties. */
  readonly verifiedLevels: readonly SlsaResult[];
  /** How many transitive dependencies there are at each level. Empty: no dependency; missing: no claim. */
  readonly dependencyLevels?: Readonly<Record<string, number>> | undefined;
  readonly slsaVersion?: string | undefined;
}

/** A level of a track in SLSA 1.2, `FAILED`, or a value of the verifier's own, which doesn't start with `SLSA_`. */
export type SlsaResult =
  | `SLSA_BUILD_LEVEL_${0 | 1 | 2 | 3}`
  | `SLSA_SOURCE_LEVEL_${1 | 2 | 3 | 4}`
  | `SLSA_${'BUILD' | 'SOURCE'}_LEVEL_UNEVALUATED`
  | 'FAILED'
  | (string & {});

/** Its schema (slsa.dev/spec/v1.2/verification_summary). */
export const VerificationSummarySchema: z.ZodType<VerificationSummary> = z.looseObject({
  verifier: z.looseObject({ id: text.check(z.minLength(1)), version: maybe(Digests) }),
  timeVerified: maybe(z.iso.datetime({ offset: true })),
  resourceUri: text.check(z.minLength(1)),
  policy: ResourceDescriptorSchema,
  inputAttestations: maybe(z.array(ResourceDescriptorSchema)),
  verificationResult: z.enum(['PASSED', 'FAILED']),
  verifiedLevels: z.array(text.check(z.minLength(1))),
  dependencyLevels: maybe(z.record(z.string(), z.int().check(z.nonnegative()))),
  slsaVersion: maybe(text),
});
