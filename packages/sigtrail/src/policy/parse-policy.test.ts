import { generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { githubWorkflow, gitlabPipeline } from './ci-rules.ts';
import { acceptImage, anyOf, not, notAffected, signedBy } from './compose.ts';
import { parsePolicy } from './parse-policy.ts';
import { glob, re2 } from './pattern.ts';
import type { ImagePolicy } from './policy.ts';
import { maxAge, notOlderThan, signedAfter } from './time-bounds.ts';

const rule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const key = generateKeyPair().pem;
const yes = (): true => true;

describe('parsePolicy refuses', () => {
  it.each<[string, unknown, string, string]>([
    ['nothing', {}, 'signer-required', 'signedBy'],
    ['no object', 'signedBy', 'invalid-option', '"policy" must be an object'],
    ['an empty list', { signedBy: [] }, 'signer-required', 'names no signer'],
    [
      'two letters that changed places',
      { singedBy: { issuer: 'x', subject: 'y' } },
      'unknown-option',
      'did you mean signedBy?',
    ],
    ['an unknown operator', { signedBye: rule }, 'unknown-option', 'did you mean signedBy?'],
    ['an unknown rule key', { signedBy: { ...rule, isuer: 'x' } }, 'unknown-option', 'did you mean issuer?'],
    ['an unknown claim', { signedBy: { ...rule, sourceRepo: 'x' } }, 'unknown-option', 'signedBy.sourceRepo'],
    ['an unknown requirement', { signedBy: rule, require: { logs: 1 } }, 'unknown-option', 'did you mean log?'],
    [
      'an unknown kind of name',
      { signedBy: { ...rule, subject: { mail: 'x' } } },
      'unknown-option',
      'signedBy.subject.mail',
    ],
    [
      'two kinds of names',
      { signedBy: { ...rule, subject: { uri: 'x', email: 'y' } } },
      'invalid-option',
      'exactly one',
    ],
    ['an issuer left out', { signedBy: { subject: 'x' } }, 'invalid-option', 'signedBy.issuer'],
    ['an empty issuer', { signedBy: { ...rule, issuer: '' } }, 'invalid-option', 'signedBy.issuer'],
    ['an empty list of subjects', { signedBy: { ...rule, subject: [] } }, 'invalid-option', 'nothing could match'],
    ['a RegExp', { signedBy: { ...rule, subject: /./ } }, 'invalid-option', 're2() or glob()'],
    [
      'something like a pattern',
      { signedBy: { ...rule, buildTrigger: { kind: 're2', source: '.*' } } },
      'invalid-option',
      'buildTrigger',
    ],
    ['key and identity', { signedBy: { key, ...rule } }, 'key-and-identity', 'only one of them'],
    ['a claim beside a key', { signedBy: { key, buildTrigger: 'push' } }, 'unknown-option', 'signedBy.buildTrigger'],
    ['two operators', { signedBy: rule, not: { signedBy: rule } }, 'invalid-option', 'exclude each other'],
    ['of without atLeast', { signedBy: rule, of: [rule] }, 'invalid-option', 'belongs to'],
    ['a threshold of none', { atLeast: 0, of: [rule] }, 'invalid-option', 'from 1 to 1'],
    ['a threshold beyond reach', { atLeast: 2, of: [rule] }, 'invalid-option', 'from 1 to 1'],
    ['a threshold that is NaN', { atLeast: Number.NaN, of: [rule] }, 'invalid-option', 'from 1 to 1'],
    ['a threshold without rules', { atLeast: 1 }, 'signer-required', 'list of rules'],
    ['an empty allOf', { allOf: [] }, 'invalid-option', 'non-empty'],
    ['an absence alone', not({ signedBy: rule }), 'signer-required', 'every way'],
    ['VEX alone', notAffected({ signedBy: rule }), 'signer-required', 'every way'],
    ['a callback alone', { acceptImage: yes }, 'signer-required', 'signedBy'],
    ['a callback as alternative', { anyOf: [signedBy(rule), acceptImage(yes)] }, 'invalid-option', 'only narrow'],
    ['an absence as alternative', anyOf(signedBy(rule), not(signedBy(rule))), 'signer-required', 'every way'],
    [
      'accept under not',
      { allOf: [signedBy(rule), { not: { signedBy: { ...rule, accept: yes } } }] },
      'callback-under-not',
      'not',
    ],
    [
      'acceptImage under not',
      { allOf: [signedBy(rule), { not: { signedBy: rule, acceptImage: yes } }] },
      'callback-under-not',
      'not',
    ],
    [
      'legacyTimestamps inside',
      { allOf: [{ signedBy: rule, legacyTimestamps: 'use' }] },
      'invalid-option',
      'outermost',
    ],
    [
      'acceptTrustedRootInBundle inside',
      { allOf: [{ signedBy: rule, acceptTrustedRootInBundle: true }] },
      'invalid-option',
      'outermost',
    ],
    ['any root accepted', { signedBy: rule, acceptTrustedRootInBundle: 'any' }, 'invalid-option', 'literal true'],
    ['the danger not spelled out', { dangerouslyAcceptAnySigner: 'yes' }, 'invalid-option', 'literal true'],
    ['a negative requirement', { signedBy: rule, require: { log: -1 } }, 'invalid-option', '0 to 32'],
    ['text that is not a callback', { signedBy: { ...rule, accept: 'yes' } }, 'invalid-option', 'signedBy.accept'],
    [
      'a deadline of none',
      { signedBy: { ...rule, accept: { run: yes, timeoutMs: 0 } } },
      'invalid-option',
      'timeoutMs',
    ],
    [
      'a deadline that overflows',
      { signedBy: { ...rule, accept: { run: yes, timeoutMs: 2 ** 31 } } },
      'invalid-option',
      'timeoutMs',
    ],
    [
      'text that is not a predicate',
      { attested: { type: 'vuln', signedBy: rule, predicate: {} } },
      'invalid-option',
      'Standard Schema',
    ],
    [
      'provenance without builder',
      { attested: { type: 'vuln', signedBy: rule, predicate: { slsa: {} } } },
      'invalid-option',
      'builderId',
    ],
    [
      'a day that no calendar has',
      { signedBy: { ...rule, signedAfter: '2026-02-30T00:00:00Z' } },
      'invalid-option',
      'RFC 3339',
    ],
    ['an age without unit', { signedBy: { ...rule, maxAge: '30' } }, 'invalid-option', '30d'],
    ['an age of nothing', { signedBy: { ...rule, maxAge: '0d' } }, 'invalid-option', '30d'],
    [
      'a status that VEX doesn’t have',
      { allOf: [signedBy(rule), { vex: { signedBy: rule, refuse: ['bad'] } }] },
      'invalid-option',
      'refuse',
    ],
  ])('%s', (_what, policy, code, message) => {
    expect(() => parsePolicy(policy as ImagePolicy)).toThrow(
      expect.objectContaining({ name: 'TypeError', code, message: expect.stringContaining(message) as string }),
    );
  });

  it('policies of endless depth', () => {
    let policy: ImagePolicy = { signedBy: rule };
    for (let depth = 0; depth < 40; depth += 1) policy = { allOf: [policy] };
    expect(() => parsePolicy(policy)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('parsePolicy', () => {
  it('keeps the narrowest thing to write', () => {
    expect(parsePolicy({ signedBy: rule })).toMatchObject({
      needsAttestations: false,
      relaxations: [],
      root: { kind: 'signed-by' },
    });
  });

  it('inherits requirements, and says what was relaxed', () => {
    const policy = parsePolicy({
      require: { log: 0 },
      anyOf: [{ signedBy: rule }, { signedBy: rule, require: { log: 2, sct: 0 } }],
    });
    expect(policy.root).toMatchObject({ of: [{ require: { log: 0 } }, { require: { log: 2, sct: 0 } }] });
    expect(policy.relaxations).toEqual(['require.log = 0', 'require.log = 2', 'require.sct = 0']);
  });
});

describe('time parts', () => {
  const signature = (notBefore?: string): object => ({
    signer: {
      kind: notBefore === undefined ? 'key' : 'certificate',
      ...(notBefore === undefined ? {} : { notBefore }),
    },
  });
  it('take times, signatures and images', () => {
    expect(signedAfter('2026-01-01T00:00:00+02:00')).toEqual({ signedAfter: '2026-01-01T00:00:00+02:00' });
    expect(maxAge('1d12h')).toEqual({ maxAge: '1d12h' });
    expect(notOlderThan(signature('2026-01-01T00:00:00Z') as never)).toEqual({
      notOlderThan: '2026-01-01T00:00:00.000Z',
    });
    const image = { signatures: [signature('2026-01-01T00:00:00Z'), signature(), signature('2026-02-01T00:00:00Z')] };
    expect(notOlderThan(image as never)).toEqual({ notOlderThan: '2026-02-01T00:00:00.000Z' });
  });
  it('refuse what nothing can be compared with', () => {
    expect(() => notOlderThan(signature() as never)).toThrow(expect.objectContaining({ code: 'freshness-unprovable' }));
    expect(() => notOlderThan({} as never)).toThrow(expect.objectContaining({ code: 'invalid-option' }));
  });
});

describe('rules of CI providers', () => {
  it('name a GitHub workflow by its certificate’s names', () => {
    expect(
      githubWorkflow({
        repository: 'acme/app',
        workflow: 'release.yml',
        ref: 'refs/tags/v1',
        trigger: 'push',
        runner: 'github-hosted',
        repositoryId: '1',
        ownerId: '2',
      }),
    ).toEqual({
      issuer: 'https://token.actions.githubusercontent.com',
      subject: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1',
      sourceRepositoryUri: 'https://github.com/acme/app',
      sourceRepositoryIdentifier: '1',
      sourceRepositoryOwnerIdentifier: '2',
      sourceRepositoryRef: 'refs/tags/v1',
      buildTrigger: 'push',
      runnerEnvironment: 'github-hosted',
    });
  });

  it('keep patterns of refs inside the file', () => {
    const { subject, sourceRepositoryRef } = githubWorkflow({
      repository: 'acme/app',
      workflow: 'release.yml',
      ref: glob('refs/tags/v*'),
    });
    expect(subject).toMatchObject({
      kind: 'glob',
      source: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v*',
    });
    expect(sourceRepositoryRef).toMatchObject({ source: 'refs/tags/v*' });
    expect(githubWorkflow({ repository: 'acme/app', ref: re2('refs/tags/v[0-9]+') }).subject).toMatchObject({
      kind: 're2',
      source: String.raw`https://github\.com/acme/app/\.github/workflows/[^/]+@(?s:.*)`,
    });
  });

  it('tell the reusable workflow that signs from the one that calls it', () => {
    const called = githubWorkflow({
      repository: 'acme/app',
      workflow: 'ci.yml',
      ref: 'refs/heads/main',
      signerWorkflow: 'acme/ci/.github/workflows/build.yml@refs/tags/v2',
    });
    expect(called).toMatchObject({
      subject: 'https://github.com/acme/ci/.github/workflows/build.yml@refs/tags/v2',
      buildConfigUri: 'https://github.com/acme/app/.github/workflows/ci.yml@refs/heads/main',
      sourceRepositoryUri: 'https://github.com/acme/app',
    });
  });

  it('name a workflow of an enterprise with data residency by its host and its issuer', () => {
    expect(
      githubWorkflow({ repository: 'acme/app', workflow: 'release.yml', ref: 'refs/tags/v1', host: 'acme.ghe.com' }),
    ).toEqual({
      issuer: 'https://token.actions.acme.ghe.com',
      subject: 'https://acme.ghe.com/acme/app/.github/workflows/release.yml@refs/tags/v1',
      sourceRepositoryUri: 'https://acme.ghe.com/acme/app',
      sourceRepositoryRef: 'refs/tags/v1',
    });
    const signerWorkflow = 'acme/ci/.github/workflows/build.yml@refs/tags/v2';
    expect(githubWorkflow({ repository: 'acme/app', signerWorkflow, host: 'acme.ghe.com' }).subject).toBe(
      `https://acme.ghe.com/${signerWorkflow}`,
    );
    expect(githubWorkflow({ repository: 'acme/app', host: 'github.com' })).toEqual(
      githubWorkflow({ repository: 'acme/app' }),
    );
  });

  it('name a GitLab pipeline', () => {
    expect(gitlabPipeline({ project: 'acme/platform/api', ref: 'refs/heads/main', projectId: '4242' })).toEqual({
      issuer: 'https://gitlab.com',
      subject: 'https://gitlab.com/acme/platform/api//.gitlab-ci.yml@refs/heads/main',
      sourceRepositoryUri: 'https://gitlab.com/acme/platform/api',
      sourceRepositoryIdentifier: '4242',
      sourceRepositoryRef: 'refs/heads/main',
    });
  });

  it.each([
    () => githubWorkflow({ repository: 'acme' }),
    () => githubWorkflow({ repository: 'acme/../evil' }),
    () => githubWorkflow({ repository: 'acme/*' }),
    () => githubWorkflow({ repository: 'acme/app', workflow: '../x.yml' }),
    () => githubWorkflow({ repository: 'acme/app', signerWorkflow: 'release.yml' }),
    () => githubWorkflow({ repository: 'acme/app', repo: 'x' } as never),
    () => githubWorkflow({ repository: 'acme/app', host: 'https://acme.ghe.com' }),
    () => githubWorkflow({ repository: 'acme/app', host: 'acme.ghe.com.evil.test' }),
    () => githubWorkflow({ repository: 'acme/app', host: 'evil.test/acme.ghe.com' }),
    () => githubWorkflow({ repository: 'acme/app', host: 'a.b.ghe.com' }),
    () => githubWorkflow({ repository: 'acme/app', host: 'ACME.ghe.com' }),
    () => githubWorkflow({ repository: 'acme/app', host: 'ghe.com' }),
    () => githubWorkflow({ repository: 'acme/app', host: '' }),
    () => gitlabPipeline({ project: 'acme' }),
    () => gitlabPipeline({ project: 'acme/app', host: 'gitlab.com' }),
  ])('refuse names that read as others: %s', (make) => {
    expect(make).toThrow(TypeError);
  });
});
