import type * as z from 'zod';
import type { PredicateByUri } from './predicate-types.ts';
import { CycloneDxPredicateSchema, SpdxPredicateSchema } from './predicates/sbom.ts';
import { ReleasePredicateSchema } from './predicates/release.ts';
import { SlsaProvenanceV02Schema, SlsaProvenanceV1Schema } from './predicates/slsa.ts';
import {
  CosignCustomPredicateSchema,
  LinkPredicateSchema,
  TestResultPredicateSchema,
} from './predicates/test-result.ts';
import { VerificationSummarySchema } from './predicates/vsa.ts';
import {
  CosignVulnPredicateSchema,
  OpenVexPredicateSchema,
  VulnsPredicateSchema,
} from './predicates/vulnerabilities.ts';

/** A predicate with the shape of its type, or the place where it differs. A predicate of an unknown type is returned as it is. */
export function parsePredicate(
  uri: string,
  predicate: unknown,
): { readonly predicate: unknown } | { readonly malformed: string } {
  const schema = Object.hasOwn(SCHEMAS, uri) ? SCHEMAS[uri as keyof PredicateByUri] : undefined;
  if (schema === undefined) return { predicate };
  const parsed = schema.safeParse(predicate);
  if (parsed.success) return { predicate: parsed.data };
  const [issue] = parsed.error.issues;
  return { malformed: `${issue?.path.map(String).join('.') || 'predicate'}: ${issue?.message ?? 'invalid'}` };
}

const SCHEMAS: { readonly [Uri in keyof PredicateByUri]: z.ZodType<PredicateByUri[Uri]> } = {
  'https://slsa.dev/provenance/v0.2': SlsaProvenanceV02Schema,
  'https://slsa.dev/provenance/v1': SlsaProvenanceV1Schema,
  'https://spdx.dev/Document': SpdxPredicateSchema,
  'https://cyclonedx.org/bom': CycloneDxPredicateSchema,
  'https://openvex.dev/ns': OpenVexPredicateSchema,
  'https://openvex.dev/ns/v0.2.0': OpenVexPredicateSchema,
  'https://cosign.sigstore.dev/attestation/vuln/v1': CosignVulnPredicateSchema,
  'https://in-toto.io/attestation/vulns/v0.1': VulnsPredicateSchema,
  'https://in-toto.io/attestation/vulns/v0.2': VulnsPredicateSchema,
  'https://in-toto.io/attestation/test-result/v0.1': TestResultPredicateSchema,
  'https://cosign.sigstore.dev/attestation/v1': CosignCustomPredicateSchema,
  'https://in-toto.io/Link/v1': LinkPredicateSchema,
  'https://in-toto.io/attestation/release/v0.1': ReleasePredicateSchema,
  'https://in-toto.io/attestation/release/v0.2': ReleasePredicateSchema,
  'https://slsa.dev/verification_summary/v1': VerificationSummarySchema,
};
