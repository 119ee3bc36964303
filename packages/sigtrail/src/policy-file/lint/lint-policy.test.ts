import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readLocatedPolicy } from '../document/read-policy.ts';
import { githubWorkflow } from '../../policy/ci-rules.ts';
import { glob, re2, re2Search } from '../../policy/pattern.ts';
import type { ImagePolicy } from '../../policy/policy.ts';
import { lintPolicy } from './lint-policy.ts';
import { LINT_RULES, type LintCode } from './lint-rules.ts';
import { toSarif } from './to-sarif.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const tight = {
  issuer: GITHUB,
  subject: glob('https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v*'),
  sourceRepositoryIdentifier: '1234',
} as const;
const with_ = (more: object): ImagePolicy => ({ signedBy: { ...tight, ...more } });
const codes = (policy: ImagePolicy, references?: readonly string[]): readonly string[] =>
  lintPolicy(policy, references === undefined ? {} : { references }).map(({ code }) => code);

describe('lintPolicy', () => {
  it.each<[string, ImagePolicy]>([
    ['a release workflow by tag and number', with_({})],
    ['an exact e-mail address', { signedBy: { issuer: 'https://accounts.google.com', subject: 'dev@acme.example' } }],
    ['anybody of one domain', { signedBy: { issuer: 'https://accounts.google.com', subject: glob('*@acme.example') } }],
    [
      'a branch pinned to its commit',
      with_({
        subject: 'https://github.com/acme/app/.github/workflows/x.yml@refs/heads/main',
        sourceRepositoryDigest: 'c0ffee',
      }),
    ],
    [
      'what githubWorkflow makes',
      {
        signedBy: githubWorkflow({
          repository: 'acme/app',
          workflow: 'release.yml',
          ref: glob('refs/tags/v*'),
          ownerId: '1',
        }),
      },
    ],
    ['a star in an annotation', with_({ annotations: { schedule: '0 4 * * *' } })],
  ])('has nothing to say of %s', (_what, policy) => {
    expect(codes(policy)).toEqual([]);
  });

  it.each<[LintCode, ImagePolicy]>([
    ['invalid-policy', with_({ isuer: 'x' })],
    ['any-signer', { dangerouslyAcceptAnySigner: true }],
    ['pattern-matches-everything', with_({ subject: re2('.*') })],
    ['pattern-matches-everything', with_({ subject: re2Search('^.+$') })],
    ['pattern-matches-everything', with_({ subject: glob('**') })],
    ['look-alike-pattern', with_({ subject: 'https://github.com/acme/*' })],
    ['look-alike-pattern', with_({ issuer: '^https://accounts.google.com$' })],
    [
      'look-alike-pattern',
      with_({ sourceRepositoryUri: ['https://github.com/acme/app', 'https://github.com/acme/*'] }),
    ],
    ['pattern-unanchored', with_({ subject: re2Search('https://github\\.com/acme/app') })],
    ['pattern-search', with_({ subject: re2Search('^https://github\\.com/acme/app/x$') })],
    ['pattern-dot-unescaped', with_({ subject: re2('https://github.com/acme/.*') })],
    ['pattern-open-owner', with_({ subject: glob('https://github.com/*/app/.github/workflows/x.yml@refs/tags/v1') })],
    ['pattern-open-owner', with_({ subject: glob('https://*/acme/app') })],
    ['pattern-open-owner', with_({ subject: glob('https://github.com/acme*/app') })],
    [
      'pattern-open-boundary',
      with_({ subject: glob('https://github.com/acme/app*/.github/workflows/x.yml@refs/tags/v1') }),
    ],
    ['subject-without-issuer', with_({ issuer: re2('.*') })],
    ['subject-without-issuer', { signedBy: { subject: 'a@acme.test' } } as unknown as ImagePolicy],
    ['issuer-not-exact', with_({ issuer: glob('https://*.acme.example') })],
    ['mutable-ref', with_({ subject: 'https://github.com/acme/app/.github/workflows/x.yml@refs/heads/main' })],
    ['mutable-ref', with_({ subject: glob('https://github.com/acme/app/.github/workflows/x.yml@**') })],
    ['mutable-ref', with_({ sourceRepositoryRef: 'refs/pull/1/merge' })],
    ['no-immutable-id', with_({ sourceRepositoryIdentifier: undefined })],
    ['chosen-claim', with_({ githubWorkflowName: 'Release' })],
    ['log-ignored', { ...with_({}), require: { log: 0 } } as ImagePolicy],
    ['sct-ignored', { ...with_({}), require: { sct: 0 } } as ImagePolicy],
    ['time-ignored', { ...with_({}), require: { time: 0 } } as ImagePolicy],
    ['attestation-as-signature', { ...with_({}), acceptAttestationsAsSignature: ['https://x'] } as ImagePolicy],
    ['attestation-as-signature', { ...with_({}), acceptAttestationManifestsAsSignature: true } as ImagePolicy],
  ])('says %s', (code, policy) => {
    expect(codes(policy)).toContain(code);
  });

  it('minds references by tag', () => {
    expect(codes(with_({}), ['ghcr.io/acme/app:v1', `ghcr.io/acme/app@sha256:${'0'.repeat(64)}`])).toEqual([
      'tag-reference',
    ]);
  });

  it('looks into every operator, and says where', () => {
    const bad = { ...tight, subject: re2('.*') };
    const policy = {
      allOf: [
        { anyOf: [{ signedBy: [tight, bad] }] },
        { attested: { type: 'vuln', signedBy: bad } },
        { not: { signedBy: bad } },
        { vex: { signedBy: bad } },
        { atLeast: 1, of: [bad] },
      ],
    } as unknown as ImagePolicy;
    expect(lintPolicy(policy).map(({ path }) => path)).toEqual([
      'allOf[0].anyOf[0].signedBy[1].subject',
      'allOf[1].attested.signedBy.subject',
      'allOf[2].not.signedBy.subject',
      'allOf[3].vex.signedBy.subject',
      'allOf[4].of[0].subject',
    ]);
  });

  it('never throws for a policy', () => {
    for (const value of [null, 1, 'x', [], { signedBy: null }, { allOf: 1 }, { signedBy: { issuer: 1, subject: {} } }])
      expect(codes(value as never)[0]).toBe('invalid-policy');
  });

  it('has a page for each rule', () => {
    const page = new URL('../../../../../docs/lint-rules.md', import.meta.url);
    const text = existsSync(page) ? readFileSync(page, 'utf8') : '';
    expect(Object.keys(LINT_RULES).filter((code) => !text.includes(`## ${code}\n`))).toEqual([]);
  });
});

it('writes SARIF with rule, level and place', () => {
  const { policy, locate } = readLocatedPolicy(
    'version: 1\nsignedBy:\n  issuer: https://x\n  subject: { re2: ".*" }\n',
  );
  const sarif = JSON.parse(JSON.stringify(toSarif(lintPolicy(policy), { file: 'a policy.yaml', locate }))) as {
    version: string;
    runs: [{ tool: { driver: { rules: { id: string }[] } }; results: object[] }];
  };
  expect(sarif.version).toBe('2.1.0');
  expect(sarif.runs[0].tool.driver.rules.map(({ id }) => id)).toEqual(Object.keys(LINT_RULES));
  expect(sarif.runs[0].results).toMatchObject([
    {
      ruleId: 'pattern-matches-everything',
      level: 'error',
      locations: [
        {
          physicalLocation: { artifactLocation: { uri: 'a%20policy.yaml' }, region: { startLine: 4, startColumn: 3 } },
          logicalLocations: [{ fullyQualifiedName: 'signedBy.subject' }],
        },
      ],
    },
  ]);
});
