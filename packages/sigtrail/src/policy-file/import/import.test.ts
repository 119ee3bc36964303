import { generateKeyPair } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { toPolicyDocument } from '../document/write-policy.ts';
import { lintPolicy } from '../lint/lint-policy.ts';
import type { ImagePolicy } from '../../policy/policy.ts';
import { importClusterImagePolicy } from './kubernetes/import-kubernetes.ts';
import { importCosignCommand } from './cosign-command.ts';

const key = generateKeyPair().pem;
const data = (policy: ImagePolicy | undefined): unknown =>
  policy === undefined ? undefined : toPolicyDocument(policy);

describe('importCosignCommand', () => {
  it('keeps exact names exact and expressions searches, which the linter minds', () => {
    const { policy, references, notExpressed } = importCosignCommand(
      `cosign verify --certificate-identity-regexp 'https://github.com/acme/app' \\\n --certificate-oidc-issuer=https://token.actions.githubusercontent.com -a env=prod,team=x --trusted-root root.json ghcr.io/acme/app:v1`,
    );
    expect(data(policy)).toEqual({
      version: 1,
      signedBy: {
        issuer: 'https://token.actions.githubusercontent.com',
        subject: { re2Search: 'https://github.com/acme/app' },
        annotations: { env: 'prod', team: 'x' },
      },
      legacyTimestamps: 'ignore',
    });
    expect(references).toEqual(['ghcr.io/acme/app:v1']);
    expect(notExpressed).toEqual([{ what: '--trusted-root', why: 'option trust', effect: 'elsewhere' }]);
    expect(lintPolicy(policy as ImagePolicy).map(({ code }) => code)).toContain('pattern-unanchored');
  });

  it('takes keys, GitHub’s claims, and what weakens', () => {
    expect(
      data(
        importCosignCommand(['verify', '--key', 'cosign.pub', '--insecure-ignore-tlog', 'app'], {
          readKeyFile: () => key,
        }).policy,
      ),
    ).toEqual({
      version: 1,
      signedBy: { key },
      require: { log: 0 },
      legacyTimestamps: 'ignore',
    });
    expect(
      data(
        importCosignCommand([
          'verify',
          '--certificate-identity',
          'a',
          '--certificate-oidc-issuer',
          'b',
          '--certificate-github-workflow-ref',
          'refs/heads/main',
          '--use-signed-timestamps',
          '--insecure-ignore-sct=true',
          '--insecure-ignore-tlog=false',
          'app',
        ]).policy,
      ),
    ).toEqual({
      version: 1,
      signedBy: { issuer: 'b', subject: 'a', githubWorkflowRef: 'refs/heads/main' },
      require: { sct: 0 },
      legacyTimestamps: 'require',
    });
  });

  it('turns verify-attestation into the attestation it asks for', () => {
    expect(
      data(
        importCosignCommand([
          'verify-attestation',
          '--type',
          'vuln',
          '--certificate-identity',
          'a',
          '--certificate-oidc-issuer',
          'b',
          'app',
        ]).policy,
      ),
    ).toMatchObject({
      attested: { type: 'vuln', signedBy: { issuer: 'b', subject: 'a' } },
    });
  });

  it.each([
    [['verify', '--key', 'awskms:///alias/x', 'app'], '--key awskms:///alias/x'],
    [['verify', '--sk', 'app'], '--sk'],
    [
      [
        'verify-attestation',
        '--certificate-identity',
        'a',
        '--certificate-oidc-issuer',
        'b',
        '--policy',
        'x.rego',
        'app',
      ],
      '--policy',
    ],
    [
      ['verify', '--certificate-identity', 'a', '--certificate-oidc-issuer', 'b', '--attachment', 'sbom', 'app'],
      '--attachment',
    ],
  ])('names what it can’t express, and makes no weaker policy of the rest: %j', (words, what) => {
    const { policy, notExpressed } = importCosignCommand(words);
    expect(policy).toBeUndefined();
    expect(notExpressed).toContainEqual(expect.objectContaining({ what, effect: 'stricter' }));
  });

  it('names --check-claims=false, which would take signatures of other images', () => {
    const { policy, notExpressed } = importCosignCommand([
      'verify',
      '--certificate-identity',
      'a',
      '--certificate-oidc-issuer',
      'b',
      '--check-claims=false',
      'app',
    ]);
    expect(policy).toBeDefined();
    expect(notExpressed).toEqual([expect.objectContaining({ what: '--check-claims=false', effect: 'stricter' })]);
  });

  it.each([
    ['another command', ['sign', 'app']],
    ['an unknown flag', ['verify', '--certificate-identiy=x', 'app']],
    ['no identity', ['verify', 'app']],
    ['no issuer', ['verify', '--certificate-identity=x', 'app']],
    ['an empty issuer', ['verify', '--certificate-identity=x', '--certificate-oidc-issuer=', 'app']],
    ['key and identity', ['verify', '--key=k', '--certificate-identity=x', 'app']],
    [
      'text that is not an expression',
      ['verify', '--certificate-identity-regexp=(', '--certificate-oidc-issuer=x', 'app'],
    ],
  ])('refuses %s', (_what, words) => {
    expect(() => importCosignCommand(words)).toThrow(TypeError);
  });
});

const CIP = `
apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: { name: release }
spec:
  images: [{ glob: "ghcr.io/acme/**" }]
  authorities:
    - name: ci
      keyless:
        url: https://fulcio.sigstore.dev
        identities:
          - issuer: https://token.actions.githubusercontent.com
            subjectRegExp: https://github.com/acme/.*
      ctlog: { url: https://rekor.sigstore.dev }
      attestations:
        - { name: provenance, predicateType: slsaprovenance1 }
        - { name: scan, predicateType: vuln }
    - name: key
      key: { data: ${JSON.stringify(key)} }
      rfc3161timestamp: { trustRootRef: mine }
`;

describe('importClusterImagePolicy', () => {
  it('makes alternatives of authorities, and all of their attestations', () => {
    const { name, policy, references, notExpressed } = importClusterImagePolicy(CIP);
    const signedBy = {
      issuer: 'https://token.actions.githubusercontent.com',
      subject: { re2Search: 'https://github.com/acme/.*' },
    };
    expect(data(policy)).toEqual({
      version: 1,
      anyOf: [
        { allOf: [{ attested: { type: 'slsaprovenance1', signedBy } }, { attested: { type: 'vuln', signedBy } }] },
        { signedBy: { key }, require: { tsa: 1, log: 0 } },
      ],
    });
    expect([name, references]).toEqual(['release', ['ghcr.io/acme/**']]);
    expect(notExpressed.map(({ what }) => what)).toEqual([
      'spec.images',
      'spec.authorities[0].keyless.url',
      'spec.authorities[0].ctlog.url',
      'spec.authorities[1].rfc3161timestamp.trustRootRef',
      'spec.authorities[1].rfc3161timestamp',
    ]);
  });

  const authority = (lines: string): ReturnType<typeof importClusterImagePolicy> =>
    importClusterImagePolicy(
      `apiVersion: policy.sigstore.dev/v1alpha1\nkind: ClusterImagePolicy\nspec:\n  authorities:\n    - ${lines}\n`,
    );

  it.each([
    ['static: { action: pass }', 'spec.authorities[0].static'],
    ['key: { kms: "awskms:///x" }', 'spec.authorities[0].key.kms'],
    ['key: { secretRef: { name: x } }', 'spec.authorities[0].key.secretRef'],
    [
      'keyless: { ca-cert: { data: x }, identities: [{ issuer: a, subject: b }] }',
      'spec.authorities[0].keyless.ca-cert',
    ],
    ['keyless: { url: x }', 'spec.authorities[0].keyless.identities'],
    [
      'keyless: { identities: [{ issuer: a, subject: b, email: c }] }',
      'spec.authorities[0].keyless.identities[0].email',
    ],
    [
      '{ keyless: { identities: [{ issuer: a, subject: b }] }, attestations: [{ predicateType: vuln, policy: { type: cue, data: x } }] }',
      'spec.authorities[0].attestations[0].policy',
    ],
    ['{ keyless: { identities: [{ issuer: a, subject: b }] }, quorum: 2 }', 'spec.authorities[0].quorum'],
  ])('leaves out an authority that can’t be expressed completely, and says why: %s', (lines, what) => {
    const { policy, notExpressed } = authority(lines);
    expect(policy).toBeUndefined();
    expect(notExpressed).toContainEqual(expect.objectContaining({ what, effect: 'stricter' }));
  });

  it('makes nothing of a policy over all authorities', () => {
    const { policy, notExpressed } = importClusterImagePolicy(`${CIP}  policy: { type: rego, data: x }\n`);
    expect([policy, notExpressed.at(-1)?.what]).toEqual([undefined, 'spec.policy']);
  });

  it('keeps a missing subject missing: the linter says what that means', () => {
    const { policy } = authority('keyless: { identities: [{ issuer: https://a }] }');
    expect(lintPolicy(policy as ImagePolicy).map(({ code }) => code)).toContain('pattern-matches-everything');
  });

  it('refuses other objects', () => {
    expect(() => importClusterImagePolicy('kind: Pod\napiVersion: v1\n')).toThrow(
      expect.objectContaining({ code: 'invalid-policy' }),
    );
  });
});
