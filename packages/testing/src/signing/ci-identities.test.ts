import { createVerifier, githubWorkflow, gitlabPipeline, type SignerRule, type Verifier } from 'sigtrail';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  pushImage,
  type SignAs,
  startRegistry,
} from '../index.ts';

let registry: FakeRegistry;
let sigstore: FakeSigstore;
let verifier: Verifier;
beforeAll(async () => {
  registry = await startRegistry();
  sigstore = await createSigstore();
  verifier = createVerifier({ trust: sigstore.trust });
});
afterAll(async () => {
  await verifier.close();
  await registry.close();
});

let pushed = 0;
async function verdict(as: SignAs, signedBy: SignerRule): Promise<string> {
  const { reference } = pushImage(registry, `acme/app:v${(pushed += 1)}`);
  await sigstore.signImage(registry, reference, { as });
  return (await verifier.evaluate(reference, { signedBy })).verdict;
}

describe('a run of a GitLab pipeline', () => {
  const main = { project: 'acme/app', ref: 'refs/heads/main' } as const;
  const tagged = {
    project: 'acme/platform/api',
    file: 'ci/release.yml',
    ref: 'refs/tags/v2',
    projectId: '77',
  } as const;
  const own = {
    host: 'https://gitlab.acme.test',
    namespaceId: '9',
    runner: 'self-hosted',
    environment: 'prod',
  } as const;

  it.each([
    ['the default run', {}, main],
    ['each claim by its own name', {}, { ...main, trigger: 'push', runner: 'gitlab-hosted', visibility: 'public' }],
    ['a project in a subgroup', tagged, tagged],
    ['a server of one’s own', own, { ...main, ...own }],
  ])('is what gitlabPipeline accepts: %s', async (_, run, rule) => {
    expect(await verdict({ gitlabPipeline: run }, gitlabPipeline(rule))).toBe('verified');
  });

  it.each([
    ['another project', { ...main, project: 'acme/other' }],
    ['another ref', { ...main, ref: 'refs/tags/v1' }],
    ['another number of the project', { ...main, projectId: '1' }],
    ['another server', { ...main, host: 'https://gitlab.acme.test' }],
  ])('is not %s', async (_, rule) => {
    expect(await verdict({ gitlabPipeline: {} }, gitlabPipeline(rule))).toBe('rejected');
  });

  it('is not a GitHub workflow of the same name', async () => {
    const workflow = githubWorkflow({ repository: 'acme/app' });
    expect(await verdict({ gitlabPipeline: {} }, workflow)).toBe('rejected');
    expect(await verdict({ githubWorkflow: {} }, workflow)).toBe('verified');
    expect(await verdict({ githubWorkflow: {} }, gitlabPipeline(main))).toBe('rejected');
  });

  it('names what is misspelt', async () => {
    const misspelt = { gitlabPipeline: { projekt: 'acme/app' } } as unknown as SignAs;
    await expect(verdict(misspelt, gitlabPipeline(main))).rejects.toThrow(
      'signImage.as.gitlabPipeline: unknown option "projekt"; did you mean project?',
    );
  });
});

it('issueCertificate without options and the default signer are the same run', async () => {
  const rule = githubWorkflow({
    repository: 'acme/app',
    workflow: 'release.yml',
    repositoryId: '1001',
    trigger: 'push',
  });
  expect(await verdict(await sigstore.issueCertificate(), rule)).toBe('verified');
  expect(await verdict({ githubWorkflow: {} }, rule)).toBe('verified');
});
