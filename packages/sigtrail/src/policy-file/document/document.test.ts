import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { generateKeyPair } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { isSigtrailError } from '../../error.ts';
import { allOf, anyOf, atLeast, attested, not, notAffected, signedBy } from '../../policy/compose.ts';
import { glob, re2, re2Search } from '../../policy/pattern.ts';
import type { ImagePolicy, SignerRule } from '../../policy/policy.ts';
import { slsa } from '../../policy/slsa.ts';
import { POLICY_SCHEMA } from './policy-schema.ts';
import { readLocatedPolicy, readPolicy } from './read-policy.ts';
import { toPolicyDocument, writePolicy } from './write-policy.ts';

const key = generateKeyPair().pem;

/** Code, place and message of a refusal. */
function refusalOf(text: string): { readonly code: string; readonly message: string } {
  try {
    readPolicy(text, { file: 'policy.yaml' });
    return { code: 'accepted', message: '' };
  } catch (error) {
    if (isSigtrailError(error)) return { code: error.code, message: error.message };
    throw error;
  }
}

describe('readPolicy', () => {
  it('reads YAML and JSON alike', () => {
    const yaml = `
version: 1
signedBy:
  issuer: https://token.actions.githubusercontent.com
  subject: { glob: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*' }
  sourceRepositoryIdentifier: "1234"
require: { log: 2 }
`;
    const json = JSON.stringify({
      version: 1,
      signedBy: {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: { glob: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/*' },
        sourceRepositoryIdentifier: '1234',
      },
      require: { log: 2 },
    });
    expect(writePolicy(readPolicy(yaml))).toBe(writePolicy(readPolicy(json)));
  });

  it('takes the rules of CI providers and keys by file', () => {
    const policy = readPolicy(
      `version: 1\natLeast: 2\nof:\n  - githubWorkflow: { repository: acme/app, workflow: release.yml, ref: refs/tags/v1 }\n  - keyFile: cosign.pub\n`,
      { readKeyFile: (path) => (path === 'cosign.pub' ? key : '') },
    );
    expect(toPolicyDocument(policy)).toMatchObject({
      atLeast: 2,
      of: [{ subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1' }, { key }],
    });
  });

  it.each<[string, string, string, string]>([
    ['no version', 'signedBy: {}', '1:1', '"version" must be 1'],
    ['another version', 'version: 2\nsignedBy: {}', '1:1', '"version" must be 1'],
    ['a misspelled key', 'version: 1\nsignedBy:\n  isuer: x\n  subject: y\n', '3:3', 'did you mean issuer?'],
    [
      'a misspelled key in a list',
      'version: 1\nsignedBy:\n  - issuer: x\n    subject: y\n  - issuer: x\n    subjct: y\n',
      '6:5',
      'did you mean subject?',
    ],
    ['an unknown operator', 'version: 1\nsignedby:\n  issuer: x\n', '2:1', 'did you mean signedBy?'],
    [
      'a number where text is meant',
      'version: 1\nsignedBy:\n  issuer: x\n  subject: y\n  sourceRepositoryIdentifier: 1234\n',
      '5:3',
      'put it in quotes: "1234"',
    ],
    [
      'text that is not an expression',
      'version: 1\nsignedBy:\n  issuer: x\n  subject: { re2: "(" }\n',
      '4:14',
      'missing closing',
    ],
    ['code', 'version: 1\nsignedBy:\n  issuer: x\n  subject: y\n  accept: yes\n', '5:3', 'is code'],
    [
      'a threshold beyond reach',
      'version: 1\nallOf:\n  - atLeast: 3\n    of: [{ issuer: x, subject: y }]\n',
      '3:5',
      'from 1 to 1',
    ],
    [
      'a repository that reads as another',
      'version: 1\nsignedBy:\n  githubWorkflow:\n    repository: acme/..\n',
      '4:5',
      'owner/name',
    ],
    ['a key file without a reader', 'version: 1\nsignedBy:\n  keyFile: a.pub\n', '3:3', 'read from a file'],
    ['a key twice', 'version: 1\nsignedBy: {}\nsignedBy: {}\n', '3:1', 'not YAML or JSON'],
    ['an alias', 'version: 1\nsignedBy: &a { issuer: x, subject: y }\nnot: *a\n', '1:1', 'Alias'],
    ['two documents', 'version: 1\n---\nversion: 1\n', '2:1', 'not YAML or JSON'],
    ['half of a document', '{"version": 1, "signedBy": {', '1:29', 'not YAML or JSON'],
    [
      'a policy of Kubernetes',
      'apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\n',
      '1:1',
      'sigtrail policy import FILE',
    ],
    ['an escape that YAML has not', 'version: 1\nsignedBy:\n  subject: "\\."\n', '3:13', 'single quotes'],
    ['a list', '- 1', '1:1', 'must be an object'],
    ['nothing', '', '1:1', 'must be an object'],
    ['an absence alone', 'version: 1\nnot:\n  signedBy: { issuer: x, subject: y }\n', '1:1', 'signedBy'],
  ])('refuses %s, with line and column', (_what, text, place, message) => {
    const refusal = refusalOf(text);
    expect(refusal.code).toBe('invalid-policy');
    expect(refusal.message.slice(0, `policy.yaml:${place}:`.length)).toBe(`policy.yaml:${place}:`);
    expect(refusal.message).toContain(message);
  });

  it('throws nothing but its own, whatever the text', () => {
    const words = fc.constantFrom(
      'version: 1',
      'signedBy:',
      '  issuer: x',
      '- a',
      '{',
      '}',
      '[',
      ']',
      '&a',
      '*a',
      '<<: *a',
      '!!js/function x',
      '"',
      ': ',
      '\t',
      '? x',
      '%YAML 1.1',
      '---',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 12 }), (parts) => {
        expect(['accepted', 'invalid-policy']).toContain(refusalOf(parts.join('\n')).code);
      }),
      { numRuns: 500 },
    );
  });

  it('finds the place of every part', () => {
    const { locate } = readLocatedPolicy('version: 1\nsignedBy:\n  - issuer: x\n    subject: y\n');
    expect([locate('signedBy[0].subject'), locate('signedBy[0].nothing'), locate('')]).toEqual([
      { line: 4, column: 5 },
      { line: 3, column: 5 },
      { line: 1, column: 1 },
    ]);
  });
});

describe('writePolicy', () => {
  const text = fc.oneof(
    fc.string({ minLength: 1 }),
    fc.string({ minLength: 1 }).map(glob),
    fc.constantFrom('a+', '.*', 'x|y').map(re2),
    fc.constantFrom('^a$', 'b').map(re2Search),
  );
  const matcher = fc.oneof(text, fc.array(text, { minLength: 1, maxLength: 3 }));
  const identity = fc.record(
    {
      issuer: matcher,
      subject: fc.oneof(
        matcher,
        matcher.map((email) => ({ email })),
      ),
      buildTrigger: matcher,
      annotations: fc.dictionary(fc.stringMatching(/^[a-z]+$/), text),
      maxAge: fc.constant('30d'),
      signedAfter: fc.constant('2026-01-01T00:00:00Z'),
    },
    { requiredKeys: ['issuer', 'subject'] },
  ) as unknown as fc.Arbitrary<SignerRule>;
  const rule = fc.oneof(
    identity,
    fc.constant<SignerRule>({ key }),
    fc.constant<SignerRule>({ profile: 'pki', subject: 'x' }),
  );
  const leaf: fc.Arbitrary<ImagePolicy> = fc.oneof(
    rule.map((one) => signedBy(one)),
    fc.array(rule, { minLength: 1, maxLength: 3 }).map((of) => atLeast(of.length, of)),
    rule.map((one) => attested('vuln', one)),
    rule.map((one) => attested('slsaprovenance1', one, slsa({ builderId: glob('https://**'), materials: ['x'] }))),
    rule.map((one) => ({ signedBy: one, require: { log: 2 }, acceptAttestationsAsSignature: ['https://x'] })),
    rule.map((one) => ({ signedBy: one, acceptAttestationManifestsAsSignature: true as const })),
  );
  const policy: fc.Arbitrary<ImagePolicy> = fc.oneof(
    leaf,
    fc.array(leaf, { minLength: 1, maxLength: 3 }).map((of) => allOf(...of)),
    fc.array(leaf, { minLength: 1, maxLength: 3 }).map((of) => anyOf(...of)),
    fc.tuple(leaf, leaf).map(([a, b]) => allOf(a, not(b), notAffected({ signedBy: { key } }))),
  );

  it('is read back to the same policy', () => {
    fc.assert(
      fc.property(policy, (one) => {
        const written = writePolicy(one);
        const back = readPolicy(written);
        expect(toPolicyDocument(back)).toEqual(toPolicyDocument(one));
        expect(writePolicy(back)).toBe(written);
      }),
      { numRuns: 300 },
    );
  });

  it('takes annotations of any name for annotations', () => {
    const annotations = { key: glob('a*'), accept: 'b', predicate: 'c', annotations: 'd', notOlderThan: 'e' };
    const one: ImagePolicy = { signedBy: { issuer: 'x', subject: 'y', annotations } };
    expect(toPolicyDocument(readPolicy(writePolicy(one)))).toEqual(toPolicyDocument(one));
  });

  it.each<[string, ImagePolicy]>([
    ['accept', { signedBy: { issuer: 'x', subject: 'y', accept: () => true } }],
    ['acceptImage', { signedBy: { issuer: 'x', subject: 'y' }, acceptImage: () => true }],
    ['predicate', attested('vuln', { issuer: 'x', subject: 'y' }, () => true)],
    ['key', { signedBy: { key: { name: 'kms', resolve: async () => Promise.resolve(key) } } }],
  ])('refuses %s that is code, by its name', (name, one) => {
    expect(() => writePolicy(one)).toThrow(
      expect.objectContaining({ code: 'not-data', message: expect.stringContaining(name) as string }),
    );
  });
});

it('publishes the JSON Schema that the code has', () => {
  const file = new URL('../../../policy.schema.json', import.meta.url);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(JSON.parse(JSON.stringify(POLICY_SCHEMA)));
});

describe('a policy file', () => {
  it('holds GitHub’s releases and verification summaries, and writes them back', () => {
    const text = `
version: 1
anyOf:
  - signedBy: { githubRelease: { repository: acme/app, tag: v1.4.0, repositoryId: "12" } }
  - attested:
      type: vsa
      signedBy: { keyFile: verifier.pub }
      predicate:
        vsa: { verifierId: { glob: "https://acme.test/*" }, levels: [SLSA_BUILD_LEVEL_3], resourceUri: ghcr.io/acme/app }
`;
    const policy = readPolicy(text, { readKeyFile: () => key });
    expect(policy).toMatchObject({
      anyOf: [
        { signedBy: { githubRelease: { repository: 'acme/app', tag: 'v1.4.0', repositoryId: '12' } } },
        { attested: { predicate: { vsa: { levels: ['SLSA_BUILD_LEVEL_3'] } } } },
      ],
    });
    expect(writePolicy(readPolicy(writePolicy(policy)))).toBe(writePolicy(policy));
  });

  it.each([
    ['a release without a tag', 'signedBy: { githubRelease: { repository: acme/app } }', 'tag'],
    ['a release beside an issuer', 'signedBy: { githubRelease: { repository: a/b, tag: v1 }, issuer: x }', 'issuer'],
    [
      'a summary of no verifier',
      'attested: { type: vsa, signedBy: { keyFile: k }, predicate: { vsa: {} } }',
      'verifierId',
    ],
    [
      'a misspelt level',
      'attested: { type: vsa, signedBy: { keyFile: k }, predicate: { vsa: { verifierId: v, levels: [SLSA_BUILD_L3] } } }',
      'SLSA_BUILD_L3',
    ],
    [
      'two predicates',
      'attested: { type: vsa, signedBy: { keyFile: k }, predicate: { vsa: {}, slsa: {} } }',
      'exactly one',
    ],
  ])('refuses %s', (_what, rule, message) => {
    expect(() => readPolicy(`version: 1\n${rule}\n`, { readKeyFile: () => key })).toThrow(message);
  });
});
