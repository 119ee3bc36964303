import { createHash } from 'node:crypto';
import {
  type CertificateAuthority,
  createCertificateAuthority,
  createSigstore,
  type FakeSigstore,
  generateKeyPair,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { attested } from '../policy/compose.ts';
import { parsePolicy } from '../policy/parse-policy.ts';
import { deny, gitlabPipeline, githubWorkflow, glob, re2 } from '../index.ts';
import { githubRelease, RELEASE_SIGNER } from '../policy/github-release.ts';
import { re2Search } from '../policy/pattern.ts';
import type { Matcher } from '../policy/matcher.ts';
import type { ImagePolicy, SignerRule } from '../policy/policy.ts';
import { verifyBundle } from '../verify-bundle.ts';
import type { AuthorityProfile } from '../trust/profile.ts';

// What GitHub publishes for an immutable release: issued by the second certificate of its chain, without an issuer, an SCT or a log entry.

const now = new Date('2026-03-01T12:00:00Z');
const asset = Buffer.from('an asset of the release');
const digest = { sha256: createHash('sha256').update(asset).digest('hex') };
const PURL = 'pkg:github/acme/app@v1.4.0';
const release = { repository: 'acme/app', tag: 'v1.4.0' };
const key = generateKeyPair();

interface Release {
  readonly predicateType?: string;
  readonly subject?: readonly object[];
  readonly predicate?: object;
  readonly san?: string;
  readonly issuer?: string;
  readonly from?: 'first' | 'second';
}

let sigstore: FakeSigstore;
let authority: CertificateAuthority;
beforeAll(async () => {
  authority = await createCertificateAuthority({
    now,
    name: 'github.fake.test',
    certificates: [{}, {}, { pathLength: 0 }],
  });
  sigstore = await createSigstore({ now });
});

/** The authority as it issues from its second certificate. */
const second = (): CertificateAuthority => ({
  ...authority,
  key: authority.keys[1] ?? authority.key,
  issuerName: `O=${authority.name}, CN=${authority.name} intermediate 1`,
  chain: authority.chain.slice(1),
});

async function attest(how: Release): Promise<object> {
  const { san = RELEASE_SIGNER, issuer, from = 'second', subject, predicate, predicateType } = how;
  const signer = await sigstore.issueCertificate({
    san: [{ kind: 'uri', value: san }],
    issuer: issuer ?? {},
    authority: from === 'second' ? second() : authority,
    scts: 'none',
    key,
  });
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: subject ?? [
      { uri: PURL, digest: { sha1: '0'.repeat(40) } },
      { name: 'app.zip', digest },
    ],
    predicateType: predicateType ?? 'https://in-toto.io/attestation/release/v0.2',
    predicate: { purl: PURL, repository: 'acme/app', tag: 'v1.4.0', repositoryId: '12', ownerId: '34', ...predicate },
  };
  return sigstore.signBundle({
    signer,
    statement: Buffer.from(JSON.stringify(statement)),
    logs: [],
    timestamps: [sigstore.tsa],
  });
}

async function ask(bundle: object, policy: ImagePolicy, profile: AuthorityProfile = 'github'): Promise<string> {
  const root = sigstore.trustedRoot({ authorities: [authority], logs: [sigstore.rekor], ctLogs: [] });
  try {
    // A bundle is asked about by one rule; what an image's policy adds to it is asked in the tests of policies.
    await verifyBundle(bundle, asset, policy as never, {
      trust: { json: JSON.stringify(root), profile },
      now: () => now,
    });
    return 'verified';
  } catch (error) {
    return /\(([a-z-]+)\)$/.exec(error instanceof Error ? error.message : '')?.[1] ?? String(error);
  }
}

describe('a release of GitHub', () => {
  it.each<readonly [string, Release]>([
    ['as GitHub attests it', {}],
    ['under the older type', { predicateType: 'https://in-toto.io/attestation/release/v0.1' }],
    ['with capitals in the name of the repository', { subject: [{ uri: 'pkg:github/Acme/App@v1.4.0', digest }] }],
    ['issued by the first certificate', { from: 'first' }],
  ])('is verified %s', async (_how, how) => {
    expect(await ask(await attest(how), { signedBy: githubRelease(release) })).toBe('verified');
  });

  it.each<readonly [string, Release, string]>([
    ['another tag', { subject: [{ uri: 'pkg:github/acme/app@v1.4.1', digest }] }, 'release-mismatch'],
    ['a tag in another case', { subject: [{ uri: 'pkg:github/acme/app@V1.4.0', digest }] }, 'release-mismatch'],
    ['another repository', { subject: [{ uri: 'pkg:github/acme-evil/app@v1.4.0', digest }] }, 'release-mismatch'],
    ['another registry', { subject: [{ uri: 'pkg:npm/acme/app@v1.4.0', digest }] }, 'release-mismatch'],
    [
      'two releases',
      {
        subject: [
          { uri: PURL, digest },
          { uri: `${PURL}-rc`, digest },
        ],
      },
      'release-mismatch',
    ],
    ['no release', { subject: [{ name: PURL, digest }] }, 'release-mismatch'],
    ['a predicate of another tag', { predicate: { tag: 'v1.4.1' } }, 'release-mismatch'],
    ['a predicate of another repository', { predicate: { repository: 'acme/other' } }, 'release-mismatch'],
    ['a predicate of another release', { predicate: { purl: `${PURL}-rc` } }, 'release-mismatch'],
    ['another type', { predicateType: 'https://slsa.dev/provenance/v1' }, 'predicate-type-mismatch'],
    [
      'a later version of the type',
      { predicateType: 'https://in-toto.io/attestation/release/v1' },
      'predicate-type-mismatch',
    ],
    ['another name in the certificate', { san: 'https://evil.releases.github.com' }, 'identity-mismatch'],
    ['a longer name in the certificate', { san: `${RELEASE_SIGNER}.evil.test` }, 'identity-mismatch'],
    ['an issuer', { issuer: 'https://token.actions.githubusercontent.com' }, 'issuer-mismatch'],
  ])('is refused for %s', async (_what, how, code) => {
    expect(await ask(await attest(how), { signedBy: githubRelease(release) })).toBe(code);
  });

  it.each<AuthorityProfile>(['fulcio', 'pki'])('is refused under an authority of profile %s', async (profile) => {
    expect(await ask(await attest({}), { signedBy: githubRelease(release) }, profile)).toBe('profile-mismatch');
  });

  it.each([
    ['accepts', 'verified'],
    ['refuses', 'callback-refused'],
  ])('is asked about by the rule’s own code, which %s it', async (what, answer) => {
    const accept = ({ signer }: { readonly signer: { readonly subjectAlternativeNames: readonly object[] } }) =>
      (what === 'accepts' && signer.subjectAlternativeNames.length === 1) || deny('not today');
    expect(await ask(await attest({}), { signedBy: { ...githubRelease(release), accept } })).toBe(answer);
  });

  it('has the numbers that the policy asks for', async () => {
    const bundle = await attest({});
    for (const [more, answer] of [
      [{ repositoryId: '12', ownerId: '34' }, 'verified'],
      [{ repositoryId: '13' }, 'release-mismatch'],
      [{ ownerId: '35' }, 'release-mismatch'],
    ] as const)
      expect(await ask(bundle, { signedBy: githubRelease({ ...release, ...more }) })).toBe(answer);
  });

  it('has a tag as GitHub writes it, or escaped as purls have it', async () => {
    const tag = 'release/1.0+2';
    const predicate = (purl: string): Release => ({ subject: [{ uri: purl, digest }], predicate: { purl, tag } });
    const rule = { signedBy: githubRelease({ ...release, tag }) };
    for (const [purl, answer] of [
      ['pkg:github/acme/app@release/1.0+2', 'verified'],
      ['pkg:github/acme/app@release%2F1.0%2B2', 'verified'],
      ['pkg:github/acme/app@release%252F1.0+2', 'release-mismatch'],
    ] as const)
      expect(await ask(await attest(predicate(purl)), rule)).toBe(answer);
  });
});

describe('without an issuer, nothing satisfies', () => {
  it.each<readonly [string, SignerRule]>([
    ['an identity', { issuer: 'https://token.actions.githubusercontent.com', subject: RELEASE_SIGNER }],
    ['a glob for every issuer', { issuer: glob('**'), subject: RELEASE_SIGNER }],
    ['an expression for every issuer', { issuer: re2('.*'), subject: RELEASE_SIGNER }],
    ['an expression for no issuer', { issuer: re2('x?'), subject: RELEASE_SIGNER }],
    ['a search for anything', { issuer: re2Search('x*'), subject: RELEASE_SIGNER }],
    ['a list with one of them', { issuer: ['https://gitlab.com', glob('**')], subject: RELEASE_SIGNER }],
    ['a workflow of any issuer', githubWorkflow({ repository: 'acme/app', issuer: glob('**') })],
    ['a pipeline of any issuer', gitlabPipeline({ project: 'acme/app', issuer: glob('**') })],
  ])('%s', async (_rule, rule) => {
    expect(await ask(await attest({}), { signedBy: rule })).toMatch(/issuer-mismatch/);
  });

  it('any signer', async () => {
    expect(await ask(await attest({}), { dangerouslyAcceptAnySigner: true })).toBe('issuer-mismatch');
    const issuer = 'https://token.actions.githubusercontent.com';
    expect(await ask(await attest({ issuer }), { dangerouslyAcceptAnySigner: true })).toBe('verified');
  });

  it('an own PKI’s rule, under GitHub’s authority', async () => {
    const rule: SignerRule = { profile: 'pki', subject: RELEASE_SIGNER };
    expect(await ask(await attest({}), { signedBy: rule })).toBe('profile-mismatch');
    expect(await ask(await attest({}), { signedBy: rule, require: { log: 0 } }, 'pki')).toBe('verified');
  });

  it.each(['**', '*//*.github.com'])(
    'an own PKI’s rule with the pattern %s, where GitHub’s root was given as one',
    async (text) => {
      const about = async (san: string): Promise<string> =>
        ask(await attest({ san }), { signedBy: { profile: 'pki', subject: glob(text) }, require: { log: 0 } }, 'pki');
      expect(await about(RELEASE_SIGNER)).toBe('identity-mismatch');
      expect(await about('https://builds.github.com')).toBe('verified');
    },
  );

  it('the certificate’s own key, without a log entry', async () => {
    expect(await ask(await attest({}), { signedBy: { key: key.pem } })).toBe('log-missing');
  });
});

describe('the rule', () => {
  it('asks for releases under no other type', () => {
    for (const type of ['vuln', 'https://slsa.dev/provenance/v1'])
      expect(() => parsePolicy(attested(type, githubRelease(release)))).toThrow(/type is "release"/);
    expect(() => parsePolicy({ vex: { signedBy: githubRelease(release) } })).toThrow(/type is "release"/);
    expect(parsePolicy(attested('release', githubRelease(release)))).toMatchObject({ needsAttestations: true });
  });

  it.each<readonly [string, object, RegExp]>([
    ['no tag', { repository: 'acme/app' }, /tag/],
    ['no repository', { tag: 'v1' }, /repository/],
    ['a repository that reads as another', { repository: 'acme/..', tag: 'v1' }, /repository/],
    ['a pattern', { repository: 'acme/app', tag: 'v*' }, /tag/],
    ['text that is not a number', { ...release, repositoryId: '12a' }, /repositoryId/],
    ['an unknown key', { ...release, host: 'acme.ghe.com' }, /host/],
  ])('is refused with %s', (_what, asked, message) => {
    expect(() => githubRelease(asked as never)).toThrow(message);
  });
});

describe('an own authority that is trusted alone', () => {
  it.each(['pki', 'fulcio'] as const)('is asked with a pattern that fits no issuer, too, under %s', async (profile) => {
    const askFor = async (issuer: Matcher, san: string): Promise<string> => {
      const policy: ImagePolicy = { signedBy: { issuer, subject: san }, require: { log: 0, sct: 0 } };
      return ask(await attest({ san }), policy, profile);
    };
    // As cosign's lines for a PKI do.
    expect(await askFor(re2('.*'), 'https://acme.test/release')).toBe('verified');
    expect(await askFor(re2('.+'), 'https://acme.test/release')).toBe('issuer-mismatch');
    // GitHub's root under another profile changes nothing.
    expect(await askFor(re2('.*'), RELEASE_SIGNER)).toBe('issuer-mismatch');
  });
});
