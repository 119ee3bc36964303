import { describe, expect, it } from 'vitest';
import { parsePredicate } from './parse-predicate.ts';
import { predicateTypeUri } from './predicate-type-uri.ts';
import { PREDICATE_ALIASES, type PredicateAlias } from './predicate-types.ts';

const GOOD: Readonly<Record<Exclude<PredicateAlias, 'slsaprovenance02' | 'spdxjson'>, unknown>> = {
  slsaprovenance: {
    builder: { id: 'b' },
    buildType: 't',
    materials: [{ uri: 'u', digest: { sha1: '0' } }],
    metadata: null,
  },
  slsaprovenance1: {
    buildDefinition: { buildType: 't', externalParameters: {} },
    runDetails: { builder: { id: 'b' } },
  },
  spdx: { spdxVersion: 'SPDX-2.3', packages: [{ name: 'p' }] },
  cyclonedx: {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    components: [{ type: 'library', name: 'a', components: [{ type: 'file', name: 'b' }] }],
  },
  openvex: {
    '@context': 'c',
    '@id': 'i',
    author: 'a',
    version: 1,
    statements: [{ vulnerability: { name: 'CVE-1' }, status: 'fixed' }],
  },
  vuln: { scanner: { uri: 'u', result: {} }, metadata: { scanStartedOn: 's', scanFinishedOn: 'f' } },
  vulns: { scanner: { uri: 'u', result: [{ id: 'CVE-1', severity: [{ method: 'm', score: '1' }] }] } },
  'test-result': { result: 'PASSED', configuration: [{ uri: 'u' }] },
  custom: { Data: '{}', Timestamp: 't' },
  link: { name: 'step', command: ['make'] },
  release: { purl: 'pkg:github/acme/app@v1', packageId: '1', repository: 'acme/app' },
  vsa: {
    verifier: { id: 'https://acme.test/verifier', version: { 'slsa-verifier': 'v2.7.1' } },
    timeVerified: '2026-03-01T12:00:00Z',
    resourceUri: 'ghcr.io/acme/app',
    policy: { uri: 'https://acme.test/policy', digest: { sha256: '0' } },
    inputAttestations: [{ uri: 'u', digest: { sha256: '0' } }],
    verificationResult: 'PASSED',
    verifiedLevels: ['SLSA_BUILD_LEVEL_3', 'SLSA_SOURCE_LEVEL_4', 'ACME_REVIEWED'],
    dependencyLevels: { SLSA_BUILD_LEVEL_3: 5 },
    slsaVersion: '1.2',
  },
};

/** One member of the wrong type, or missing. */
const BAD: typeof GOOD = {
  slsaprovenance: { builder: { id: '' }, buildType: 't' },
  slsaprovenance1: {
    buildDefinition: { buildType: 't', externalParameters: [] },
    runDetails: { builder: { id: 'b' } },
  },
  spdx: { spdxVersion: '2.3' },
  cyclonedx: { bomFormat: 'CycloneDX', specVersion: '1.6', components: [{ type: 'library' }] },
  openvex: {
    '@context': 'c',
    '@id': 'i',
    author: 'a',
    version: 1,
    statements: [{ vulnerability: 'CVE-1', status: 'harmless' }],
  },
  vuln: { scanner: { uri: 'u', result: {} } },
  vulns: { scanner: { uri: 'u', result: {} } },
  'test-result': { result: 'OK', configuration: [] },
  custom: { Data: 7 },
  link: { command: [] },
  release: { packageId: '1' },
  vsa: {
    verifier: { id: 'v' },
    resourceUri: 'r',
    policy: { uri: 'p' },
    verificationResult: 'passed',
    verifiedLevels: [],
  },
};

describe('predicates', () => {
  it.each(Object.keys(GOOD) as (keyof typeof GOOD)[])('of type %s have its shape, or are malformed', (alias) => {
    const uri = predicateTypeUri(alias);
    expect(uri).toBe(PREDICATE_ALIASES[alias]);
    expect(parsePredicate(uri, GOOD[alias])).toHaveProperty('predicate');
    for (const bad of [BAD[alias], null, undefined, [], 7, 'text'])
      expect(parsePredicate(uri, bad)).toEqual({ malformed: expect.any(String) as string });
  });

  it('may be SPDX 3 or tag-value text', () => {
    for (const good of [{ '@context': 'c', '@graph': [] }, 'SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0'])
      expect(parsePredicate(PREDICATE_ALIASES.spdx, good)).toEqual({ predicate: good });
  });

  it('of other types are taken as they are', () => {
    expect(parsePredicate('https://acme.test/x', [1])).toEqual({ predicate: [1] });
    expect(parsePredicate('constructor', 1)).toEqual({ predicate: 1 });
  });

  it.each(['', 'slsa', 'constructor', 'http', 'no uri: really'])('have no type %j', (type) => {
    expect(() => predicateTypeUri(type)).toThrow(/must be a URI or one of/);
  });
});
