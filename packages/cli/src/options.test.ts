import { fileURLToPath } from 'node:url';
import { describe, expect, it, vi } from 'vitest';
import { imageOptionsOf, policyOf, registryOptionsOf } from './options.ts';
import type { VerifyFlags } from './verify-flags.ts';

const signer = { certificateIdentity: 'alice@acme.test', certificateOidcIssuer: 'https://issuer.test', output: 'text' };

async function read(
  flags: Partial<VerifyFlags>,
): Promise<{ readonly policy: Awaited<ReturnType<typeof policyOf>>; readonly warnings: readonly string[] }> {
  const warnings: string[] = [];
  const policy = await policyOf({ output: 'text', ...flags }, (line) => warnings.push(line));
  return { policy, warnings };
}

describe('policyOf', () => {
  it('asks for issuer and identity, and relaxes nothing by itself', async () => {
    const { policy, warnings } = await read(signer);
    expect(policy).toEqual({
      signedBy: { issuer: 'https://issuer.test', subject: 'alice@acme.test' },
      require: {},
      legacyTimestamps: 'ignore',
    });
    expect(warnings).toEqual([]);
  });

  it('accepts a carried trusted root only if the flag says so', async () => {
    expect((await read(signer)).policy).not.toHaveProperty('acceptTrustedRootInBundle');
    const { policy } = await read({ ...signer, acceptTrustedRootInBundle: true });
    expect(policy.acceptTrustedRootInBundle).toBe(true);
  });

  it('turns every workflow flag into the claim of that name', async () => {
    const { policy } = await read({
      ...signer,
      certificateGithubWorkflowTrigger: 'push',
      certificateGithubWorkflowSha: 'abc',
      certificateGithubWorkflowName: 'Release',
      certificateGithubWorkflowRepository: 'acme/app',
      certificateGithubWorkflowRef: 'refs/heads/main',
    });
    expect(policy.signedBy).toMatchObject({
      githubWorkflowTrigger: 'push',
      githubWorkflowSha: 'abc',
      githubWorkflowName: 'Release',
      githubWorkflowRepository: 'acme/app',
      githubWorkflowRef: 'refs/heads/main',
    });
  });

  it('allows chains in bundles loudly, and gives up nothing else by it', async () => {
    const { policy, warnings } = await read({ ...signer, allowCertificateChain: true });
    expect(policy.require).toEqual({ sct: 1 });
    expect(warnings).toEqual([expect.stringContaining('--allow-certificate-chain')]);
    const both = await read({ ...signer, allowCertificateChain: true, insecureIgnoreSct: true });
    expect(both.policy.require).toEqual({ sct: 0 });
  });

  it('splits annotations at commas and at the first equals sign', async () => {
    const { policy } = await read({ ...signer, annotations: ['env=prod,commit=a=b', 'x='] });
    expect(policy.signedBy).toMatchObject({ annotations: { env: 'prod', commit: 'a=b', x: '' } });
  });

  it('lets an expression match anywhere, as cosign does', async () => {
    const { policy } = await read({ certificateIdentityRegexp: '^a|b$', certificateOidcIssuer: 'i' });
    expect(policy.signedBy).toMatchObject({ subject: { kind: 're2Search', source: '^a|b$' } });
  });

  it.each([
    ['acme', 'not anchored'],
    ['^a|b$', 'not anchored'],
    ['.*', 'asks nothing'],
    ['^.+$', 'asks nothing'],
  ])('warns once of %s', async (certificateIdentityRegexp, risk) => {
    const { warnings } = await read({ certificateIdentityRegexp, certificateOidcIssuer: 'i' });
    expect(warnings).toEqual([expect.stringContaining(risk)]);
  });

  it.each<[string, Partial<VerifyFlags>, string]>([
    [
      'an empty identity, as of a variable that is not set',
      { ...signer, certificateIdentity: '' },
      '--certificate-identity is empty',
    ],
    [
      'an empty workflow claim',
      { ...signer, certificateGithubWorkflowRef: '' },
      '--certificate-github-workflow-ref is empty',
    ],
    ['an empty trusted root', { ...signer, trustedRoot: '' }, '--trusted-root is empty'],
    [
      'a key with an issuer',
      { key: 'k', certificateOidcIssuer: 'i' },
      '--key and --certificate-oidc-issuer exclude each other',
    ],
    [
      'a key with a workflow claim',
      { key: 'k', certificateGithubWorkflowRef: 'r' },
      '--key and --certificate-github-workflow-ref exclude each other',
    ],
    [
      'a key with chains of certificates',
      { key: 'k', allowCertificateChain: true },
      '--key and --allow-certificate-chain exclude each other',
    ],
    ['exact and pattern together', { ...signer, certificateIdentityRegexp: '^x$' }, 'exclude each other'],
    ['an issuer without identity', { certificateOidcIssuer: 'i' }, 'name who must have signed'],
    [
      'a pattern that closes our group',
      { certificateIdentityRegexp: '^x$)|(', certificateOidcIssuer: 'i' },
      '--certificate-identity-regexp',
    ],
    ['a file that holds no public key', { key: fileURLToPath(import.meta.url) }, 'is not a public key'],
    ['a key in a service', { key: 'awskms:///alias/x' }, 'AWS KMS is not asked'],
  ])('refuses %s', async (_, flags, message) => {
    await expect(read(flags)).rejects.toThrow(message);
  });
});

describe('registryOptionsOf', () => {
  it.each([
    ['30s', 30_000],
    ['1m30s', 90_000],
    ['250ms', 250],
  ])('reads the duration %s', async (timeout, timeoutMs) => {
    expect(await registryOptionsOf({ timeout }, () => undefined)).toEqual({ timeoutMs });
  });

  it.each(['0s', '30', 's', '1x', '-1s', '1s 2s', '∞'])('refuses the duration %s', async (timeout) => {
    await expect(registryOptionsOf({ timeout }, () => undefined)).rejects.toThrow('--timeout expects a duration');
  });

  it.each([
    { allowHttpRegistry: true },
    { allowInsecureRegistry: true },
    { allowHttpRegistry: true, allowInsecureRegistry: true },
  ])('allows plain http with one warning: %j', async (flags) => {
    const warnings: string[] = [];
    expect(await registryOptionsOf(flags, (line) => warnings.push(line))).toEqual({
      registry: { insecureRegistries: ['*'] },
    });
    expect(warnings).toHaveLength(1);
  });
});

describe('a lookup in logs', () => {
  const asked = async (flags: Partial<VerifyFlags>): Promise<unknown> =>
    (await imageOptionsOf({ ...signer, ...flags }, () => undefined)).log;

  it.each<[string, Partial<VerifyFlags>, unknown]>([
    ['is not asked for by default', {}, undefined],
    ['asks every log of the trusted root', { logLookup: true }, { lookup: true }],
    [
      'asks the one that is named',
      { logLookup: true, rekorUrl: 'https://rekor.acme.test' },
      { lookup: true, logs: [{ url: 'https://rekor.acme.test' }] },
    ],
    [
      'asks the one that is named by cosign’s flag alone',
      { rekorUrl: 'https://rekor.acme.test' },
      { lookup: true, logs: [{ url: 'https://rekor.acme.test' }] },
    ],
    ['asks nothing offline, as cosign', { rekorUrl: 'https://rekor.acme.test', offline: true }, undefined],
    [
      'asks a mirror of one',
      { logLookup: true, rekorUrl: 'https://mirror.acme.test', rekorLog: 'https://rekor.acme.test' },
      { lookup: true, logs: [{ url: 'https://mirror.acme.test', log: 'https://rekor.acme.test' }] },
    ],
  ])('%s', async (_, flags, expected) => {
    expect(await asked(flags)).toEqual(expected);
  });

  it.each<[string, Partial<VerifyFlags>, string]>([
    ['a log without its address', { logLookup: true, rekorLog: 'x' }, '--rekor-log needs --rekor-url'],
    ['a malformed address', { logLookup: true, rekorUrl: 'rekor.acme.test' }, '--rekor-url must be an http(s) URL'],
    ['a lookup offline', { logLookup: true, offline: true }, 'exclude each other'],
  ])('refuses %s', async (_, flags, message) => {
    await expect(asked(flags)).rejects.toThrow(message);
  });
});

describe('--github-attestations', () => {
  const optionsOf = async (flags: Partial<VerifyFlags>) =>
    (await imageOptionsOf({ ...signer, ...flags }, () => undefined)).github;

  it('names a repository or an owner, and nothing is asked without it', async () => {
    vi.stubEnv('GH_TOKEN', 'ghs_x');
    expect(await optionsOf({})).toBeUndefined();
    expect(await optionsOf({ githubAttestations: 'acme/app' })).toEqual({ repository: 'acme/app', token: 'ghs_x' });
    expect(await optionsOf({ githubAttestations: 'acme', githubApiUrl: 'https://api.acme.ghe.com' })).toEqual({
      owner: 'acme',
      apiUrl: 'https://api.acme.ghe.com',
      token: 'ghs_x',
    });
    vi.unstubAllEnvs();
  });

  it.each([
    ['https://api.acme.ghe.com', 'ghs_x'],
    ['https://api.github.com:443/', 'ghs_x'],
    ['https://github.acme.test/api/v3', 'ghs_enterprise'],
    ['https://api.github.com.evil.test', 'ghs_enterprise'],
    ['https://api.github.com@evil.test', 'ghs_enterprise'],
    ['https://api.github.com:8443', 'ghs_enterprise'],
    ['https://evil.test/.ghe.com', 'ghs_enterprise'],
    ['http://api.github.com', 'ghs_enterprise'],
  ])('takes the token that gh has for the host: %s', async (githubApiUrl, token) => {
    vi.stubEnv('GH_TOKEN', '');
    vi.stubEnv('GITHUB_TOKEN', 'ghs_x');
    vi.stubEnv('GITHUB_ENTERPRISE_TOKEN', 'ghs_enterprise');
    expect(await optionsOf({ githubAttestations: 'acme', githubApiUrl })).toMatchObject({ token });
    vi.stubEnv('GITHUB_ENTERPRISE_TOKEN', '');
    const without = await optionsOf({ githubAttestations: 'acme', githubApiUrl });
    expect(without?.token).toBe(token === 'ghs_x' ? 'ghs_x' : undefined);
    vi.unstubAllEnvs();
  });

  it('is refused offline, and its address without it', async () => {
    await expect(optionsOf({ githubAttestations: 'acme', offline: true })).rejects.toThrow(/exclude each other/);
    await expect(optionsOf({ githubApiUrl: 'https://api.acme.ghe.com' })).rejects.toThrow(
      /needs --github-attestations/,
    );
  });
});
