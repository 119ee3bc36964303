import { describe, expect, it } from 'vitest';
import { toPolicyDocument } from '../document/write-policy.ts';
import { readPolicy } from '../document/read-policy.ts';
import { writePolicy } from '../document/write-policy.ts';
import { importGhCommand } from './gh-command.ts';

const policyOf = (command: string): object => {
  const { policy } = importGhCommand(command);
  if (policy === undefined) throw new Error('no policy');
  expect(writePolicy(readPolicy(writePolicy(policy)))).toBe(writePolicy(policy));
  return toPolicyDocument(policy);
};
const ISSUER = 'https://token.actions.githubusercontent.com';

describe('importGhCommand', () => {
  it('asks for provenance of the repository, whatever the case of its letters', () => {
    const { references, notExpressed } = importGhCommand(
      'gh attestation verify oci://ghcr.io/acme/app:v1 --repo acme/app',
    );
    expect(references).toEqual(['ghcr.io/acme/app:v1']);
    expect(notExpressed.map(({ what, effect }) => [what, effect])).toEqual([
      ['GitHub’s attestation API', 'elsewhere'],
      ['GitHub’s trusted root', 'elsewhere'],
    ]);
    expect(policyOf('gh at verify oci://x/y -R acme/app')).toEqual({
      version: 1,
      attested: {
        type: 'https://slsa.dev/provenance/v1',
        signedBy: {
          issuer: ISSUER,
          subject: { re2: String.raw`(?i:https://github\.com/acme/app/)(?s:.*)` },
          sourceRepositoryOwnerUri: { re2: String.raw`(?i:https://github\.com/acme)` },
          sourceRepositoryUri: { re2: String.raw`(?i:https://github\.com/acme/app)` },
        },
      },
    });
  });

  it.each<readonly [string, object]>([
    ['--owner acme', { subject: { re2: String.raw`(?i:https://github\.com/acme/)(?s:.*)` } }],
    ['-o acme --signer-repo acme/ci', { subject: { re2: String.raw`(?i:https://github\.com/acme/ci/)(?s:.*)` } }],
    [
      '-o acme --signer-workflow acme/ci/.github/workflows/build.yml',
      { subject: { re2: String.raw`https://github\.com/acme/ci/\.github/workflows/build\.yml@(?s:.*)` } },
    ],
    [
      '-o acme --signer-workflow github.com/acme/ci/.github/workflows/build.yml',
      { subject: { re2: String.raw`https://github\.com/acme/ci/\.github/workflows/build\.yml@(?s:.*)` } },
    ],
    [
      '-o acme --signer-workflow acme/ci/.github/workflows/build.yml@refs/tags/v1',
      { subject: { re2: String.raw`https://github\.com/acme/ci/\.github/workflows/build\.yml@refs/tags/v1` } },
    ],
    ['-o acme --cert-identity https://a.test/x', { subject: 'https://a.test/x' }],
    ['-o acme -i ^https://a', { subject: { re2Search: '^https://a' } }],
    ['-o acme --cert-oidc-issuer https://token.actions.githubusercontent.com/acme', { issuer: `${ISSUER}/acme` }],
    ['-o acme --source-ref refs/heads/main', { sourceRepositoryRef: 'refs/heads/main' }],
    ['-o acme --source-digest c0ffee', { sourceRepositoryDigest: 'c0ffee' }],
    ['-o acme --signer-digest c0ffee', { buildSignerDigest: 'c0ffee' }],
    ['-o acme --deny-self-hosted-runners', { runnerEnvironment: 'github-hosted' }],
    ['-o acme --no-public-good', { profile: 'github' }],
    [
      '-o acme --hostname acme.ghe.com',
      {
        issuer: 'https://token.actions.acme.ghe.com',
        subject: { re2: String.raw`(?i:https://acme\.ghe\.com/acme/)(?s:.*)` },
      },
    ],
  ])('means by %s what gh means', (flags, rule) => {
    expect(policyOf(`gh attestation verify oci://x/y ${flags}`)).toMatchObject({ attested: { signedBy: rule } });
  });

  it('asks for a different predicate type', () => {
    expect(
      policyOf('gh attestation verify oci://x/y -o acme --predicate-type https://spdx.dev/Document/v2.3'),
    ).toMatchObject({
      attested: { type: 'https://spdx.dev/Document/v2.3' },
    });
  });

  it.each([
    ['--bundle b.json', '--bundle', 'elsewhere'],
    ['--bundle-from-oci', '--bundle-from-oci', 'elsewhere'],
    ['--custom-trusted-root t.jsonl', '--custom-trusted-root', 'elsewhere'],
    ['--limit 5', '--limit', 'elsewhere'],
    ['--format json', '--format', 'elsewhere'],
    ['--signer-workflow a/b/c.yml', '--signer-workflow', 'stricter'],
    ['--cert-oidc-issuer https://A.test', '--cert-oidc-issuer', 'stricter'],
  ])('names %s, which no policy says', (flags, what, effect) => {
    const { notExpressed } = importGhCommand(`gh attestation verify oci://x/y -o acme ${flags}`);
    expect(notExpressed).toContainEqual(expect.objectContaining({ what, effect }));
  });

  it('names a file, which has no registry', () => {
    const { references, notExpressed } = importGhCommand('gh attestation verify app.zip -o acme');
    expect(references).toEqual([]);
    expect(notExpressed).toContainEqual(expect.objectContaining({ what: 'app.zip' }));
  });

  it.each([
    ['another command', 'gh release verify v1'],
    ['neither owner nor repository', 'gh attestation verify oci://x/y'],
    ['both', 'gh attestation verify oci://x/y -o acme -R acme/app'],
    ['an empty owner', 'gh attestation verify oci://x/y --owner='],
    ['an unknown flag', 'gh attestation verify oci://x/y -o acme --cert-identiy x'],
    ['two names of the signer', 'gh attestation verify oci://x/y -o acme --signer-repo a/b --cert-identity x'],
    ['an owner that is a path', 'gh attestation verify oci://x/y -o acme/app'],
    ['a repository that reads as another', 'gh attestation verify oci://x/y -R acme/..'],
    ['a host that is not GitHub’s', 'gh attestation verify oci://x/y -o acme --hostname ghe.acme.test'],
    ['text that is not an expression', 'gh attestation verify oci://x/y -o acme -i ('],
  ])('refuses %s', (_what, command) => {
    expect(() => importGhCommand(command)).toThrow(TypeError);
  });
});
