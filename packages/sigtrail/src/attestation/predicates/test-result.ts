import * as z from 'zod';
import { knownObject } from './known-object.ts';
import { maybe, type ResourceDescriptor, ResourceDescriptorSchema, text } from './shape.ts';

/** `https://in-toto.io/attestation/test-result/v0.1`: the result of a test run. */
export interface TestResultPredicate {
  readonly result: 'PASSED' | 'WARNED' | 'FAILED';
  readonly configuration: readonly ResourceDescriptor[];
  readonly url?: string | undefined;
  readonly passedTests?: readonly string[] | undefined;
  readonly warnedTests?: readonly string[] | undefined;
  readonly failedTests?: readonly string[] | undefined;
}

/** Its schema (in-toto attestation spec, predicate "test-result"). */
export const TestResultPredicateSchema: z.ZodType<TestResultPredicate> = knownObject({
  result: z.enum(['PASSED', 'WARNED', 'FAILED']),
  configuration: z.array(ResourceDescriptorSchema),
  url: maybe(text),
  passedTests: maybe(z.array(text)),
  warnedTests: maybe(z.array(text)),
  failedTests: maybe(z.array(text)),
});

/** `https://cosign.sigstore.dev/attestation/v1`: text that `cosign attest --type custom` wraps, and when. */
export interface CosignCustomPredicate {
  readonly Data: string;
  /** RFC 3339, the signer's own clock. */
  readonly Timestamp?: string | undefined;
}

/** Its schema (cosign `COSIGN_PREDICATE_SPEC.md`). */
export const CosignCustomPredicateSchema: z.ZodType<CosignCustomPredicate> = knownObject({
  Data: text,
  Timestamp: maybe(text),
});

/** `https://in-toto.io/Link/v1`: one step of a supply chain. */
export interface LinkPredicate {
  readonly name: string;
  readonly command?: readonly string[] | undefined;
  readonly materials?: unknown;
  readonly byproducts?: unknown;
  readonly environment?: unknown;
}

/** Its schema (in-toto specification §4.4). */
export const LinkPredicateSchema: z.ZodType<LinkPredicate> = knownObject({
  name: text,
  command: maybe(z.array(text)),
  materials: z.unknown().optional(),
  byproducts: z.unknown().optional(),
  environment: z.unknown().optional(),
});
