import { describe, expect, it } from 'vitest';
import { readSlsaProvenance } from '../../policy/slsa.ts';
import { readVex } from '../../policy/vex.ts';
import { parsePredicate } from '../parse-predicate.ts';

const V1 = 'https://slsa.dev/provenance/v1';
const V02 = 'https://slsa.dev/provenance/v0.2';
const VEX = 'https://openvex.dev/ns';
const other = { id: 'https://other.test' };

const v1 = {
  buildDefinition: {
    buildType: 'https://build.test',
    externalParameters: { workflow: { repository: 'https://github.com/acme/app', ref: 'refs/heads/main', path: 'x' } },
    resolvedDependencies: [{ uri: 'git+https://github.com/acme/app', digest: { gitCommit: 'aa' } }],
  },
  runDetails: { builder: { id: 'https://builder.test' }, metadata: { invocationId: '1' } },
};
const v02 = {
  builder: { id: 'https://builder.test' },
  buildType: 'https://build.test',
  invocation: { configSource: { uri: 'git+https://github.com/acme/app', entryPoint: 'x' } },
  materials: [{ uri: 'git+https://github.com/acme/app' }],
};
const vex = {
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': 'https://acme.test/vex',
  author: 'acme',
  version: 1,
  timestamp: '2026-01-01T00:00:00Z',
  statements: [{ vulnerability: { name: 'CVE-2026-1' }, status: 'fixed', products: [{ '@id': 'a' }] }],
};

/** What a policy reads of it, and what a caller gets of it: both refuse the same. */
function refusals(type: string, predicate: unknown): readonly boolean[] {
  const read = type === VEX ? readVex(predicate) : readSlsaProvenance(type, predicate);
  return ['malformed' in read, 'malformed' in parsePredicate(type, predicate)];
}

describe('a predicate', () => {
  it.each([
    ['SLSA v1', V1, v1],
    ['SLSA v0.2', V02, v02],
    ['OpenVEX', VEX, vex],
  ])('of %s with members that no reader takes for another is read', (_, type, predicate) => {
    expect(refusals(type, { ...predicate, builder2: other, 'x-acme': 1 })).toEqual([false, false]);
  });

  // Go's `encoding/json` finds members of structs without case, and the last one wins there.
  it.each<readonly [string, string, unknown]>([
    ['Builder beside builder', V02, { ...v02, Builder: other }],
    ['ID beside the builder’s id', V02, { ...v02, builder: { ...v02.builder, ID: 'https://other.test' } }],
    ['Materials in place of materials', V02, { ...v02, materials: undefined, Materials: [] }],
    ['URI beside a material’s uri', V02, { ...v02, materials: [{ uri: 'a', URI: 'b' }] }],
    ['configſource', V02, { ...v02, invocation: { ...v02.invocation, configſource: {} } }],
    ['RunDetails', V1, { ...v1, RunDetails: { builder: other } }],
    ['Builder in runDetails', V1, { ...v1, runDetails: { ...v1.runDetails, Builder: other } }],
    ['buildtype', V1, { ...v1, buildDefinition: { ...v1.buildDefinition, buildtype: 'x' } }],
    [
      'URI of a dependency',
      V1,
      { ...v1, buildDefinition: { ...v1.buildDefinition, resolvedDependencies: [{ URI: 'x' }] } },
    ],
    ['Statements', VEX, { ...vex, Statements: [] }],
    ['ſtatuſ of a statement', VEX, { ...vex, statements: [{ ...vex.statements[0], ſtatuſ: 'affected' }] }],
    [
      'Name of a vulnerability',
      VEX,
      { ...vex, statements: [{ ...vex.statements[0], vulnerability: { name: 'a', Name: 'b' } }] },
    ],
  ])('with %s is refused', (_, type, predicate) => {
    expect(refusals(type, predicate)).toEqual([true, true]);
  });

  it('may spell the invocation as Go’s in-toto library does, and not both ways', () => {
    const metadata = { invocationID: '7' };
    const spelled = { ...v1, runDetails: { ...v1.runDetails, metadata } };
    expect(refusals(V1, spelled)).toEqual([false, false]);
    expect(readSlsaProvenance(V1, spelled)).toMatchObject({ invocationId: '7' });
    const both = { ...v1, runDetails: { ...v1.runDetails, metadata: { ...metadata, invocationId: '8' } } };
    expect(refusals(V1, both)).toEqual([true, true]);
    const old = { ...v02, metadata: { buildInvocationID: '7' } };
    expect(readSlsaProvenance(V02, old)).toMatchObject({ invocationId: '7' });
  });

  it.each([
    ['Workflow', { ...v1.buildDefinition.externalParameters, Workflow: {} }],
    ['Repository of the workflow', { workflow: { repository: 'a', Repository: 'b' } }],
    ['URI of the source', { source: { uri: 'a', URI: 'b' } }],
  ])('with %s among the parameters that a policy reads is refused by it', (_, externalParameters) => {
    const read = readSlsaProvenance(V1, { ...v1, buildDefinition: { ...v1.buildDefinition, externalParameters } });
    expect(read).toMatchObject({ malformed: expect.stringContaining('other readers take for') });
  });
});
