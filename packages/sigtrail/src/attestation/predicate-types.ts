import type { CycloneDxPredicate, SpdxPredicate } from './predicates/sbom.ts';
import type { SlsaProvenanceV02, SlsaProvenanceV1 } from './predicates/slsa.ts';
import type { ReleasePredicate } from './predicates/release.ts';
import type { CosignCustomPredicate, LinkPredicate, TestResultPredicate } from './predicates/test-result.ts';
import type { VerificationSummary } from './predicates/vsa.ts';
import type { CosignVulnPredicate, OpenVexPredicate, VulnsPredicate } from './predicates/vulnerabilities.ts';

/** The predicates that have a type here, by their URI. A predicate with one of these URIs is refused unless it has that shape. */
export interface PredicateByUri {
  readonly 'https://slsa.dev/provenance/v0.2': SlsaProvenanceV02;
  readonly 'https://slsa.dev/provenance/v1': SlsaProvenanceV1;
  readonly 'https://spdx.dev/Document': SpdxPredicate;
  readonly 'https://cyclonedx.org/bom': CycloneDxPredicate;
  readonly 'https://openvex.dev/ns': OpenVexPredicate;
  readonly 'https://openvex.dev/ns/v0.2.0': OpenVexPredicate;
  readonly 'https://cosign.sigstore.dev/attestation/vuln/v1': CosignVulnPredicate;
  readonly 'https://in-toto.io/attestation/vulns/v0.1': VulnsPredicate;
  readonly 'https://in-toto.io/attestation/vulns/v0.2': VulnsPredicate;
  readonly 'https://in-toto.io/attestation/test-result/v0.1': TestResultPredicate;
  readonly 'https://cosign.sigstore.dev/attestation/v1': CosignCustomPredicate;
  readonly 'https://in-toto.io/Link/v1': LinkPredicate;
  readonly 'https://in-toto.io/attestation/release/v0.1': ReleasePredicate;
  readonly 'https://in-toto.io/attestation/release/v0.2': ReleasePredicate;
  readonly 'https://slsa.dev/verification_summary/v1': VerificationSummary;
}

/** Short names: cosign's for `--type`, and ours for types that cosign has no name for. In a policy, `release` also means the older version. */
export const PREDICATE_ALIASES: {
  readonly slsaprovenance: 'https://slsa.dev/provenance/v0.2';
  readonly slsaprovenance02: 'https://slsa.dev/provenance/v0.2';
  readonly slsaprovenance1: 'https://slsa.dev/provenance/v1';
  readonly spdx: 'https://spdx.dev/Document';
  readonly spdxjson: 'https://spdx.dev/Document';
  readonly cyclonedx: 'https://cyclonedx.org/bom';
  readonly openvex: 'https://openvex.dev/ns';
  readonly vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1';
  readonly vulns: 'https://in-toto.io/attestation/vulns/v0.2';
  readonly 'test-result': 'https://in-toto.io/attestation/test-result/v0.1';
  readonly custom: 'https://cosign.sigstore.dev/attestation/v1';
  readonly link: 'https://in-toto.io/Link/v1';
  readonly release: 'https://in-toto.io/attestation/release/v0.2';
  readonly vsa: 'https://slsa.dev/verification_summary/v1';
} = {
  slsaprovenance: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance02: 'https://slsa.dev/provenance/v0.2',
  slsaprovenance1: 'https://slsa.dev/provenance/v1',
  spdx: 'https://spdx.dev/Document',
  spdxjson: 'https://spdx.dev/Document',
  cyclonedx: 'https://cyclonedx.org/bom',
  openvex: 'https://openvex.dev/ns',
  vuln: 'https://cosign.sigstore.dev/attestation/vuln/v1',
  vulns: 'https://in-toto.io/attestation/vulns/v0.2',
  'test-result': 'https://in-toto.io/attestation/test-result/v0.1',
  custom: 'https://cosign.sigstore.dev/attestation/v1',
  link: 'https://in-toto.io/Link/v1',
  release: 'https://in-toto.io/attestation/release/v0.2',
  vsa: 'https://slsa.dev/verification_summary/v1',
};

/** A short name. */
export type PredicateAlias = keyof typeof PREDICATE_ALIASES;

/** The predicate of a short name or URI; `unknown` for a URI that has no type here. */
export type PredicateOf<T extends string> = T extends PredicateAlias
  ? PredicateByUri[(typeof PREDICATE_ALIASES)[T]]
  : T extends keyof PredicateByUri
    ? PredicateByUri[T]
    : unknown;

/** A predicate type by its URI. Open: anyone may define one. */
export type PredicateTypeUri = keyof PredicateByUri | (string & {});

/** A predicate type by its URI or its short name. Open: anyone may define a URI. */
export type PredicateType = PredicateAlias | PredicateTypeUri;

/** The predicate types under which GitHub attests releases. */
export const RELEASE_TYPES: readonly string[] = [
  'https://in-toto.io/attestation/release/v0.1',
  'https://in-toto.io/attestation/release/v0.2',
];
