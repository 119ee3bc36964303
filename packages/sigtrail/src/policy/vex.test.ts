import { describe, expect, it } from 'vitest';
import { newestStatements, readVex, speaksOf, type VexStatement } from './vex.ts';

const now = new Date('2026-03-01T12:00:00Z');

/** Two statements about one vulnerability, the newer one second, each of one product. */
function statements(older: string, newer: string, name = 'CVE-2026-1'): readonly VexStatement[] {
  const read = readVex({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    timestamp: '2026-01-01T00:00:00Z',
    statements: [
      { vulnerability: { name: 'CVE-2026-1' }, status: 'affected', products: [{ '@id': older }] },
      {
        vulnerability: { name },
        status: 'not_affected',
        timestamp: '2026-02-01T00:00:00Z',
        products: [{ '@id': newer }],
      },
    ],
  });
  if ('malformed' in read) throw new Error(read.malformed);
  return newestStatements(read, now);
}

describe('a newer statement takes an older one back', () => {
  // purl-spec: scheme and type are in lower case, and so is the name of an `oci` package.
  it.each([
    ['about the same product', 'pkg:oci/app@sha256:aa', 'pkg:oci/app@sha256:aa'],
    ['about a package URL with another case of its scheme', 'PKG:npm/Left', 'pkg:npm/Left'],
    ['about a package URL with another case of its type', 'pkg:NPM/Left', 'pkg:npm/Left'],
    ['about an OCI package with another case of its name', 'pkg:OCI/App@sha256:aa', 'pkg:oci/app@sha256:aa'],
    ['about a package URL with slashes after its scheme', 'pkg://oci/app', 'pkg:oci/app'],
  ])('%s', (_, older, newer) => {
    expect(statements(older, newer).map(({ status }) => status)).toEqual(['not_affected']);
  });

  it('about the same vulnerability in another case', () => {
    expect(statements('a', 'a', 'cve-2026-1').map(({ status }) => status)).toEqual(['not_affected']);
  });

  it.each([
    ['about another product', 'pkg:oci/app', 'pkg:oci/other'],
    ['about a name whose type keeps case', 'pkg:maven/Acme/App', 'pkg:maven/acme/app'],
    ['about another case of an IRI', 'https://acme.test/App', 'https://acme.test/app'],
    ['about another case of a version', 'pkg:oci/app@V1', 'pkg:oci/app@v1'],
  ])('but not one %s', (_, older, newer) => {
    expect(statements(older, newer).map(({ status }) => status)).toEqual(['affected', 'not_affected']);
  });
});

it('speaks of a vulnerability in any case of its name, and of no other', () => {
  expect(speaksOf({ vulnerability: ['cve-2026-1'] }, ['CVE-2026-1'])).toBe(true);
  expect(speaksOf({ vulnerability: ['GHSA-xxxx', 'CVE-2026-1'] }, ['cve-2026-1'])).toBe(true);
  expect(speaksOf({ vulnerability: ['CVE-2026-10'] }, ['CVE-2026-1'])).toBe(false);
});
