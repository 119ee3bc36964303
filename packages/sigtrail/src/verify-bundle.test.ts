import { createHash } from 'node:crypto';
import {
  type BundleOptions,
  type CertificateOptions,
  createAuthority,
  createSigstore,
  createTimestampAuthority,
  DEFAULT_IDENTITY,
  type FakeSigstore,
  type TrustedRootJson,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { isSigtrailError } from './error.ts';
import type { BundlePolicy } from './verify-bundle.ts';
import { verifyBundle } from './verify-bundle.ts';
import type { CandidateReport } from './report.ts';

const artifact = Buffer.from('the artifact');
const digest = `sha256:${createHash('sha256').update(artifact).digest('hex')}` as const;
const policy: BundlePolicy = { signedBy: DEFAULT_IDENTITY };
let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore();
});

interface Attempt {
  readonly certificate?: CertificateOptions;
  readonly sign?: Partial<BundleOptions>;
  readonly root?: (root: TrustedRootJson) => void;
  readonly policy?: BundlePolicy;
  readonly now?: Date;
  readonly stockJudge?: 'on' | 'off';
}

/** Signs and verifies with one thing changed; the report, accepted or not. */
async function attempt({
  certificate = {},
  sign = {},
  root,
  policy: asked = policy,
  now = sigstore.now,
  stockJudge = 'off',
}: Attempt): Promise<CandidateReport> {
  const signer = sign.signer ?? (await sigstore.issueCertificate(certificate));
  const bundle = sigstore.signBundle({ digest, ...sign, signer });
  const trust = sigstore.trustedRoot();
  root?.(trust);
  try {
    return (await verifyBundle(bundle, artifact, asked, { trust, now: () => now }, { stockJudge })).report;
  } catch (error) {
    if (isSigtrailError(error) && error.report !== undefined) return error.report as CandidateReport;
    throw error;
  }
}

const flip = (text: string): string => {
  const bytes = Buffer.from(text, 'base64');
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  return bytes.toString('base64');
};
const entryOf = (
  bundle: Parameters<NonNullable<BundleOptions['edit']>>[0],
): (typeof bundle.verificationMaterial.tlogEntries)[number] => {
  const [entry] = bundle.verificationMaterial.tlogEntries;
  if (entry === undefined) throw new Error('no entry');
  return entry;
};

describe('what an honest Sigstore signs', () => {
  it.each([
    ['a certificate in Rekor v1', {}],
    ['a certificate in Rekor v2 with a timestamp', { log: 'v2' as const }],
    ['a certificate in Rekor v1 with a timestamp', { timestamp: true }],
  ])('is accepted by both judges: %s', async (_, sign) => {
    const report = await attempt({ sign, stockJudge: 'on' });
    expect(report.checks.filter(({ status }) => status === 'failed')).toEqual([]);
    expect([report.accepted, report.stock.verdict]).toEqual([true, 'accepted']);
  });

  it.each(['p256', 'p384', 'p521', 'ed25519', 'rsa2048'] as const)(
    'is accepted with a %s key that the policy names, and refused with another',
    async (kind) => {
      const signer = await sigstore.generateKey(kind);
      const other = await sigstore.generateKey(kind);
      expect(
        (await attempt({ sign: { signer }, policy: { signedBy: { key: signer.key.pem } }, stockJudge: 'on' })).accepted,
      ).toBe(true);
      expect((await attempt({ sign: { signer }, policy: { signedBy: { key: other.key.pem } } })).refusedBecause).toBe(
        'signature-invalid',
      );
    },
  );

  it('is accepted by digest alone', async () => {
    const bundle = sigstore.signBundle({ digest, signer: await sigstore.issueCertificate() });
    await expect(
      verifyBundle(bundle, digest, policy, { trust: sigstore.trustedRoot(), now: () => sigstore.now }),
    ).resolves.toMatchObject({ report: { accepted: true } });
  });
});

describe('each check refuses by itself, with the stock judge off', () => {
  const other = Buffer.from('something else');
  const later = (): Date => new Date(sigstore.now.getTime() + 3_600_000);

  it.each<readonly [code: string, attempt: () => Attempt | Promise<Attempt>]>([
    ['subject-mismatch', () => ({ sign: { digest: `sha256:${'0'.repeat(64)}` } })],
    ['payload-type', () => ({ sign: { payloadType: 'text/plain' } })],
    [
      'signature-invalid',
      () => ({
        sign: {
          edit: (bundle) =>
            void (bundle.dsseEnvelope.signatures = [{ sig: flip(bundle.dsseEnvelope.signatures[0]?.sig ?? '') }]),
        },
      }),
    ],
    ['log-unknown', () => ({ root: (root) => void (root.tlogs = []) })],
    [
      'log-set-invalid',
      () => ({
        sign: {
          edit: (bundle) => void (entryOf(bundle).integratedTime = String(Number(entryOf(bundle).integratedTime) + 1)),
        },
      }),
    ],
    [
      'log-checkpoint-malformed',
      () => ({ sign: { edit: (bundle) => void (entryOf(bundle).inclusionProof.checkpoint.envelope = 'nothing') } }),
    ],
    [
      'log-checkpoint-mismatch',
      () => ({
        sign: {
          edit: (bundle) => void (entryOf(bundle).inclusionProof.rootHash = Buffer.alloc(32).toString('base64')),
        },
      }),
    ],
    [
      'log-inclusion-invalid',
      () => ({
        sign: {
          edit: (bundle) => void (entryOf(bundle).inclusionProof.hashes[0] = Buffer.alloc(32).toString('base64')),
        },
      }),
    ],
    ['log-entry-signature-mismatch', () => ({ sign: { loggedSignature: other } })],
    [
      'log-entry-key-mismatch',
      async () => ({ sign: { loggedVerifier: (await sigstore.issueCertificate()).leaf.der } }),
    ],
    ['log-entry-hash-mismatch', () => ({ sign: { loggedBytes: other } })],
    [
      'log-not-valid',
      () => ({
        root: (root) =>
          root.tlogs.forEach((log) => void (log.publicKey.validFor.end = log.publicKey.validFor.start ?? '')),
      }),
    ],
    ['log-time-in-future', () => ({ now: new Date(sigstore.now.getTime() - 3_600_000) })],
    [
      'timestamp-imprint',
      () => ({
        sign: {
          timestamp: true,
          edit: (bundle) =>
            void (bundle.verificationMaterial.timestampVerificationData = {
              rfc3161Timestamps: [
                {
                  signedTimestamp: Buffer.from(sigstore.timestampAuthority.stamp(other, sigstore.now)).toString(
                    'base64',
                  ),
                },
              ],
            }),
        },
      }),
    ],
    [
      'timestamp-signature',
      () => ({
        sign: {
          timestamp: true,
          edit: (bundle) =>
            void (bundle.verificationMaterial.timestampVerificationData = {
              rfc3161Timestamps: [
                {
                  signedTimestamp: Buffer.from(
                    sigstore.timestampAuthority.stamp(
                      Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64'),
                      sigstore.now,
                      { corrupt: true },
                    ),
                  ).toString('base64'),
                },
              ],
            }),
        },
      }),
    ],
    [
      'timestamp-authority-unknown',
      () => ({ sign: { log: 'v2' }, root: (root) => void (root.timestampAuthorities = []) }),
    ],
    [
      'timestamp-authority-not-valid',
      () => ({
        sign: { log: 'v2' },
        root: (root) => root.timestampAuthorities.forEach((one) => void (one.validFor.end = one.validFor.start ?? '')),
      }),
    ],
    [
      'certificate-issuer-unknown',
      async () => ({ certificate: { authority: await createAuthority('stranger', sigstore.now) } }),
    ],
    [
      'certificate-authority-not-valid',
      () => ({
        root: (root) =>
          root.certificateAuthorities.forEach((one) => void (one.validFor.end = one.validFor.start ?? '')),
      }),
    ],
    ['certificate-expired', () => ({ sign: { time: later() }, now: later() })],
    ['certificate-purpose', () => ({ certificate: { extendedKeyUsages: [] } })],
    ['certificate-purpose', () => ({ certificate: { extendedKeyUsages: ['1.3.6.1.5.5.7.3.8'] } })],
    ['certificate-key-usage', () => ({ certificate: { keyUsage: 4 } })],
    [
      'certificate-critical-unknown',
      () => ({ certificate: { extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.from([5, 0]) }] } }),
    ],
    [
      'certificate-claims-malformed',
      () => ({
        certificate: {
          claims: { 9: '' },
          extensions: [{ oid: '1.3.6.1.4.1.57264.1.10', value: Buffer.from([1, 2, 3]) }],
        },
      }),
    ],
    ['sct-missing', () => ({ certificate: { scts: 'none' } })],
    ['sct-invalid', () => ({ certificate: { scts: 'corrupt' } })],
    ['sct-log-unknown', () => ({ certificate: { scts: 'unknown-log' } })],
    [
      'sct-log-not-valid',
      () => ({
        root: (root) =>
          root.ctlogs.forEach((log) => void (log.publicKey.validFor.end = log.publicKey.validFor.start ?? '')),
      }),
    ],
    ['log-missing', () => ({ sign: { log: 'none', timestamp: true } })],
    ['time-missing', () => ({ sign: { log: 'v2', timestamp: false } })],
    ['issuer-mismatch', () => ({ certificate: { issuer: 'https://accounts.example.test' } })],
    ['identity-mismatch', () => ({ certificate: { names: [{ kind: 'uri', value: `${DEFAULT_IDENTITY.subject}x` }] } })],
    ['identity-mismatch', () => ({ certificate: { names: [{ kind: 'email', value: 'someone@example.test' }] } })],
    [
      'claim-mismatch',
      () => ({
        certificate: { claims: { 11: 'self-hosted' } },
        policy: { signedBy: { ...DEFAULT_IDENTITY, runnerEnvironment: 'github-hosted' } },
      }),
    ],
    [
      'annotation-mismatch',
      () => ({
        sign: { annotations: { env: 'test' } },
        policy: { signedBy: { ...DEFAULT_IDENTITY, annotations: { env: 'prod' } } },
      }),
    ],
    ['signer-is-key', async () => ({ sign: { signer: await sigstore.generateKey() } })],
    ['signer-is-certificate', async () => ({ policy: { signedBy: { key: (await sigstore.generateKey()).key.pem } } })],
  ])('%s', async (code, make) => {
    const report = await attempt(await make());
    expect(report.accepted).toBe(false);
    // What doesn't count is skipped with its reason, and the requirement that it leaves unmet fails under the same name.
    expect(report.checks.filter(({ status }) => status === 'failed').map((check) => check.code)).toContain(code);
  });

  it('refuses a timestamp of an authority without the critical purpose', async () => {
    const authority = await createTimestampAuthority(sigstore.now, { isCritical: false });
    const report = await attempt({
      sign: {
        timestamp: true,
        edit: (bundle) =>
          void (bundle.verificationMaterial.timestampVerificationData = {
            rfc3161Timestamps: [
              {
                signedTimestamp: Buffer.from(
                  authority.stamp(Buffer.from(bundle.dsseEnvelope.signatures[0]?.sig ?? '', 'base64'), sigstore.now),
                ).toString('base64'),
              },
            ],
          }),
      },
      root: (root) =>
        void root.timestampAuthorities[0]?.certChain.certificates.splice(
          0,
          3,
          ...authority.chain.map((bytes) => ({ rawBytes: Buffer.from(bytes).toString('base64') })),
        ),
    });
    expect(report.refusedBecause).toBe('timestamp-purpose');
  });
});

describe('evidence that does not count takes nothing away', () => {
  it('ignores a token of an unknown authority beside a good log entry', async () => {
    const report = await attempt({ sign: { timestamp: true }, root: (root) => void (root.timestampAuthorities = []) });
    expect(report.accepted).toBe(true);
    expect(report.checks).toContainEqual(
      expect.objectContaining({ code: 'timestamp-authority-unknown', status: 'skipped' }),
    );
  });

  it('relaxes a number only when the policy says so', async () => {
    const sign = { log: 'none', timestamp: true } as const;
    expect((await attempt({ sign, policy: { ...policy, require: { log: 0 } } })).accepted).toBe(true);
    expect(
      (await attempt({ certificate: { scts: 'none' }, policy: { ...policy, require: { sct: 0 } } })).accepted,
    ).toBe(true);
    expect(
      (await attempt({ sign: { log: 'none' }, policy: { ...policy, require: { log: 0, time: 0 } } })).accepted,
    ).toBe(true);
    const late = new Date(sigstore.now.getTime() + 3_600_000);
    expect(
      (await attempt({ sign: { log: 'none' }, policy: { ...policy, require: { log: 0, time: 0 } }, now: late }))
        .refusedBecause,
    ).toBe('certificate-expired');
  });

  it('counts distinct logs, not entries', async () => {
    const signer = await sigstore.issueCertificate();
    const report = await attempt({
      sign: { signer, edit: (bundle) => void bundle.verificationMaterial.tlogEntries.push(entryOf(bundle)) },
      policy: { ...policy, require: { log: 2 } },
    });
    expect(report.accepted).toBe(false);
  });

  it('ends a key at its validity', async () => {
    const signer = await sigstore.generateKey();
    const until = (hours: number): BundlePolicy => ({
      signedBy: { key: signer.key.pem, validUntil: new Date(sigstore.now.getTime() + hours * 3_600_000).toISOString() },
    });
    expect((await attempt({ sign: { signer }, policy: until(1) })).accepted).toBe(true);
    expect((await attempt({ sign: { signer }, policy: until(-1) })).refusedBecause).toBe('key-expired');
    expect(
      (await attempt({ sign: { signer, log: 'none' }, policy: { ...until(1), require: { log: 0 } } })).refusedBecause,
    ).toBe('freshness-unprovable');
  });
});

describe('bundles that are none', () => {
  it.each([
    ['no JSON', '{', 'bundle-not-json'],
    ['an unknown version', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.9+json"}', 'bundle-version-unknown'],
    ['a duplicate key', '{"mediaType":"a","mediaType":"b"}', 'bundle-not-json'],
    ['no material', '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json"}', 'bundle-malformed'],
    ['null', 'null', 'bundle-version-unknown'],
  ])('refuses %s with a code', async (_, text, code) => {
    await expect(verifyBundle(text, artifact, policy, { trust: sigstore.trustedRoot() })).rejects.toMatchObject({
      code: 'invalid-bundle',
      report: { refusedBecause: code },
    });
  });

  it('refuses a certificate that isn’t one', async () => {
    const report = await attempt({
      sign: { edit: (bundle) => void (bundle.verificationMaterial.certificate = { rawBytes: 'AAAA' }) },
    });
    expect(report.refusedBecause).toBe('certificate-malformed');
  });
});

describe('a log that the trusted root lists twice', () => {
  it('is used in whichever window holds, for entries with and without an integrated time', async () => {
    const split = (root: TrustedRootJson): void => {
      const old = structuredClone(root.tlogs);
      for (const log of old) log.publicKey.validFor = { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' };
      root.tlogs.unshift(...old);
    };
    for (const log of ['v1', 'v2'] as const)
      expect((await attempt({ sign: { log }, root: split, stockJudge: 'on' })).accepted).toBe(true);
  });

  it('accepts a bundle that carries its entry twice, and counts it once', async () => {
    const sign: Partial<BundleOptions> = {
      edit: (bundle) => void bundle.verificationMaterial.tlogEntries.push(entryOf(bundle)),
    };
    expect((await attempt({ sign, stockJudge: 'on' })).accepted).toBe(true);
    expect((await attempt({ sign, policy: { ...policy, require: { log: 2 } } })).refusedBecause).toBe('log-missing');
  });
});
