import { createHash } from 'node:crypto';
import { createSigstore, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { githubWorkflow } from '../policy/ci-rules.ts';
import type { AuthorityProfile } from '../trust/profile.ts';
import { verifyBundle } from '../verify-bundle.ts';

// A root that is trusted beside Fulcio, for something else: its certificates can carry any issuer in the extension that Fulcio fills in.

const now = new Date('2026-03-01T12:00:00Z');
const artifact = Buffer.from('artifact');
const imageDigest = `sha256:${createHash('sha256').update(artifact).digest('hex')}` as const;

/** Signs under one of two instances that are trusted together, and says whose word the rule takes. */
async function ask(
  beside: AuthorityProfile,
  by: 'fulcio' | 'beside',
  issuer: string,
  rule: { readonly profile?: 'fulcio' | 'github'; readonly subject?: string } = {},
): Promise<string> {
  const [fulcio, other] = [await createSigstore({ now }), await createSigstore({ now })];
  const instance = by === 'fulcio' ? fulcio : other;
  const signer = await instance.issueCertificate({ issuer });
  const bundle = instance.signBundle({
    statement: { imageDigest },
    signer,
    logs: [fulcio.rekor],
    timestamps: [instance.tsa],
  });
  const trust = [
    { json: JSON.stringify(fulcio.trustedRoot()) },
    { json: JSON.stringify(other.trustedRoot()), profile: beside },
  ];
  try {
    await verifyBundle(
      bundle,
      artifact,
      { signedBy: { issuer, subject: GITHUB_WORKFLOW, ...rule } },
      { trust, now: () => now },
    );
    return 'verified';
  } catch (error) {
    return /\(([a-z-]+)\)$/.exec(error instanceof Error ? error.message : '')?.[1] ?? String(error);
  }
}

it('takes the word of an own authority that is trusted alone: a rule can mean no other', async () => {
  const own = await createSigstore({ now });
  const bundle = own.signBundle({
    statement: { imageDigest },
    signer: await own.issueCertificate(),
    logs: [own.rekor],
  });
  const trust = { json: JSON.stringify(own.trustedRoot()), profile: 'pki' } as const;
  const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
  expect((await verifyBundle(bundle, artifact, policy, { trust, now: () => now })).signature).toBeDefined();
});

it('takes a workflow of an enterprise by its own host and issuer only', async () => {
  const sigstore = await createSigstore({ now });
  const tenant = 'https://token.actions.acme.ghe.com';
  const trust = { json: JSON.stringify(sigstore.trustedRoot()), profile: 'github' } as const;
  const policy = { signedBy: githubWorkflow({ repository: 'acme/app', host: 'acme.ghe.com' }) };
  const answer = async (issuer: string, host: string): Promise<string> => {
    const claims = { '1.3.6.1.4.1.57264.1.12': `https://${host}/acme/app` };
    const san = [{ kind: 'uri', value: `https://${host}/acme/app/.github/workflows/a.yml@refs/heads/main` }] as const;
    const signer = await sigstore.issueCertificate({ issuer, san, claims });
    const bundle = sigstore.signBundle({ statement: { imageDigest }, signer, logs: [], timestamps: [sigstore.tsa] });
    return verifyBundle(bundle, artifact, policy, { trust, now: () => now }).then(
      () => 'verified',
      (error: unknown) => /\(([a-z-]+)\)$/.exec(error instanceof Error ? error.message : '')?.[1] ?? String(error),
    );
  };
  expect(await answer(tenant, 'acme.ghe.com')).toBe('verified');
  expect(await answer(GITHUB_ISSUER, 'acme.ghe.com')).toBe('issuer-mismatch');
  expect(await answer('https://token.actions.other.ghe.com', 'acme.ghe.com')).toBe('issuer-mismatch');
  expect(await answer(tenant, 'other.ghe.com')).toBe('identity-mismatch');
  expect(await answer(tenant, 'github.com')).toBe('identity-mismatch');
});

describe('an identity rule takes the word of', () => {
  it.each<readonly [AuthorityProfile, 'fulcio' | 'beside', string, string]>([
    ['fulcio', 'fulcio', GITHUB_ISSUER, 'verified'],
    ['fulcio', 'beside', GITHUB_ISSUER, 'verified'],
    ['pki', 'fulcio', GITHUB_ISSUER, 'verified'],
    ['pki', 'beside', GITHUB_ISSUER, 'profile-mismatch'],
    ['github', 'fulcio', GITHUB_ISSUER, 'verified'],
    ['github', 'beside', GITHUB_ISSUER, 'verified'],
    ['github', 'beside', 'https://token.actions.acme.ghe.com', 'verified'],
    ['github', 'beside', 'https://accounts.google.com', 'profile-mismatch'],
    ['github', 'beside', 'https://token.actions.githubusercontent.com.evil.test', 'profile-mismatch'],
    ['github', 'fulcio', 'https://accounts.google.com', 'verified'],
  ])('beside %s, a certificate of %s for %s: %s', async (beside, by, issuer, expected) => {
    expect(await ask(beside, by, issuer)).toBe(expected);
  });
});

describe('a rule with a profile takes certificates of that kind of authority only', () => {
  it.each<readonly ['fulcio' | 'github', 'fulcio' | 'beside', string]>([
    ['github', 'beside', 'verified'],
    ['github', 'fulcio', 'profile-mismatch'],
    ['fulcio', 'fulcio', 'verified'],
    ['fulcio', 'beside', 'profile-mismatch'],
  ])('%s, a certificate of %s: %s', async (profile, by, expected) => {
    expect(await ask('github', by, GITHUB_ISSUER, { profile })).toBe(expected);
  });
});
