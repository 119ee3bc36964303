import { describe, expect, it } from 'vitest';
import { describeIdentity, type IdentityProvider } from './describe-identity.ts';

const GITHUB = 'https://token.actions.githubusercontent.com';
const claims = {
  issuer: GITHUB,
  buildSignerUri: 'https://github.com/acme/ci/.github/workflows/build.yml@refs/tags/v2',
  runnerEnvironment: 'github-hosted',
  sourceRepositoryUri: 'https://github.com/acme/app',
  sourceRepositoryDigest: 'c0ffee',
  sourceRepositoryRef: 'refs/tags/v1',
  sourceRepositoryIdentifier: '1001',
  sourceRepositoryOwnerUri: 'https://github.com/acme',
  sourceRepositoryOwnerIdentifier: '77',
  buildConfigUri: 'https://github.com/acme/app/.github/workflows/release.yml@refs/tags/v1',
  buildTrigger: 'push',
  runInvocationUri: 'https://github.com/acme/app/actions/runs/1/attempts/1',
  sourceRepositoryVisibilityAtSigning: 'public',
};
const uri = (value: string): { readonly kind: 'uri'; readonly value: string } => ({ kind: 'uri', value });

describe('describeIdentity', () => {
  it('tells a GitHub workflow, and the reusable one that signed', () => {
    expect(describeIdentity(claims, [uri(claims.buildSignerUri)])).toEqual({
      provider: 'github-actions',
      kind: 'pipeline',
      issuer: GITHUB,
      name: claims.buildSignerUri,
      owner: 'acme',
      ownerId: '77',
      repository: 'acme/app',
      repositoryId: '1001',
      workflow: '.github/workflows/release.yml',
      signerWorkflow: claims.buildSignerUri,
      ref: 'refs/tags/v1',
      commit: 'c0ffee',
      trigger: 'push',
      runner: 'github-hosted',
      visibility: 'public',
      runUrl: 'https://github.com/acme/app/actions/runs/1/attempts/1',
    });
  });

  it('tells certificates from before 2023 by GitHub’s own claims', () => {
    const old = {
      issuer: GITHUB,
      githubWorkflowTrigger: 'push',
      githubWorkflowSha: 'c0ffee',
      githubWorkflowRepository: 'acme/app',
      githubWorkflowRef: 'refs/heads/main',
    };
    expect(describeIdentity(old, [])).toMatchObject({
      owner: 'acme',
      repository: 'acme/app',
      ref: 'refs/heads/main',
      commit: 'c0ffee',
      trigger: 'push',
    });
  });

  it('tells a GitLab pipeline with its two slashes', () => {
    const gitlab = {
      issuer: 'https://gitlab.com',
      sourceRepositoryUri: 'https://gitlab.com/acme/platform/api',
      buildConfigUri: 'https://gitlab.com/acme/platform/api//.gitlab-ci.yml@refs/heads/main',
    };
    expect(describeIdentity(gitlab, [])).toMatchObject({
      provider: 'gitlab',
      repository: 'acme/platform/api',
      workflow: '.gitlab-ci.yml',
    });
  });

  it.each<[string, IdentityProvider]>([
    [GITHUB, 'github-actions'],
    [`${GITHUB}/acme`, 'github-actions'],
    ['https://gitlab.com', 'gitlab'],
    ['https://agent.buildkite.com', 'buildkite'],
    ['https://oidc.codefresh.io', 'codefresh'],
    ['https://oidc.circleci.com/org/3f0a7a4e-0000-4000-8000-000000000000', 'circleci'],
    ['https://accounts.google.com', 'google'],
    ['https://container.googleapis.com/v1/projects/p/locations/europe-west1/clusters/c', 'kubernetes'],
    ['https://oidc.eks.eu-west-1.amazonaws.com/id/ABC123', 'kubernetes'],
    ['https://oauth2.sigstore.dev/auth', 'login'],
    // The look of a URL decides nothing: not the issuer's, not that of the names.
    [`${GITHUB}.evil.example`, 'generic'],
    ['https://gitlab.com.evil.example', 'generic'],
    ['https://evil.example/https://gitlab.com', 'generic'],
    ['HTTPS://GITLAB.COM', 'generic'],
    ['constructor', 'generic'],
  ])('decides by the issuer alone: %s is %s', (issuer, provider) => {
    expect(describeIdentity({ ...claims, issuer }, [uri('https://github.com/acme/app')]).provider).toBe(provider);
  });

  it('names a Buildkite pipeline, a service account, a workload', () => {
    expect(
      describeIdentity({ issuer: 'https://agent.buildkite.com' }, [uri('https://buildkite.com/acme/release')]),
    ).toMatchObject({ owner: 'acme', workflow: 'release' });
    const email = { kind: 'email', value: 'ci@acme.iam.gserviceaccount.com' } as const;
    expect(describeIdentity({ issuer: 'https://accounts.google.com' }, [email])).toEqual({
      provider: 'google',
      kind: 'account',
      issuer: 'https://accounts.google.com',
      name: 'ci@acme.iam.gserviceaccount.com',
    });
    expect(
      describeIdentity({ issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABC' }, [
        uri('https://kubernetes.io/namespaces/a/serviceaccounts/b'),
      ]).kind,
    ).toBe('workload');
  });

  it('takes the issuers of its caller, and no certificate’s word for them', () => {
    const own = { ...claims, issuer: 'https://git.acme.example' };
    expect(describeIdentity(own, []).provider).toBe('generic');
    expect(describeIdentity(own, [], { issuers: { 'https://git.acme.example': 'gitlab' } }).provider).toBe('gitlab');
    expect(describeIdentity({}, []).provider).toBe('generic');
  });
});
