import {
  createCertificateAuthority,
  createSigstore,
  createTimestampAuthority,
  type FakeSigstore,
} from '@sigtrail/testing';
import { artifact, carryRoot, digest, ended, identity, now, repeatTimestamp, replaceTimestamp } from '../attempt.ts';
import type { Asked, Case } from './asked.ts';

const later = new Date(now.getTime() + 3_600_000);
const earlier = new Date(now.getTime() - 3_600_000);
const other = Buffer.from('something else');
const image = { kind: 'image', digest, manifest: artifact } as const;
const withoutSct = { signedBy: identity, require: { sct: 0 } };

/** Times. */
const TIME: readonly Case[] = [
  [
    'time-missing',
    'a log without times, and no timestamp',
    ({ rekor2 }) => ({ sign: { logs: [rekor2], timestamps: [] } }),
  ],
  [
    'time-missing',
    'a time that the log did not promise',
    ({ rekor }) => ({ sign: { logs: [{ log: rekor, promise: false }] } }),
  ],
  [
    'timestamp-imprint',
    'a token over other bytes',
    ({ tsa }) => ({ sign: { timestamps: [{ authority: tsa, over: other }] } }),
  ],
  [
    'timestamp-signature',
    'a token with another signature',
    ({ tsa }) => ({ sign: { timestamps: [{ authority: tsa, corrupt: true }] } }),
  ],
  [
    'timestamp-signing-certificate',
    'a token that names another certificate',
    ({ tsa }) => ({ sign: { timestamps: [{ authority: tsa, essCertId: 'wrong' }] } }),
  ],
  [
    'timestamp-purpose',
    'an authority whose purpose is not critical',
    async (sigstore) => byAuthority(sigstore, { ekuCritical: false }),
  ],
  [
    'timestamp-chain',
    'an authority whose certificate has expired',
    async (sigstore) => byAuthority(sigstore, { notAfter: earlier }),
  ],
  [
    'timestamp-malformed',
    'a malformed token',
    () => ({ edit: (bundle) => replaceTimestamp(bundle, Buffer.from('nothing')) }),
  ],
  [
    'timestamp-duplicate',
    'a token that is there twice',
    ({ tsa }) => ({ sign: { timestamps: [tsa] }, edit: repeatTimestamp }),
  ],
  [
    'timestamp-in-future',
    'a token dated in the future',
    ({ tsa }) => ({ certificate: { ttlMs: 7_200_000 }, sign: { timestamps: [{ authority: tsa, at: later }] } }),
  ],
  [
    'timestamp-authority-unknown',
    'an authority that the trusted root does not have',
    ({ rekor2 }) => ({ sign: { logs: [rekor2] }, root: (root) => void (root.timestampAuthorities = []) }),
  ],
  [
    'timestamp-authority-not-valid',
    'an authority that was not used any more',
    ({ rekor2 }) => ({
      sign: { logs: [rekor2] },
      root: (root) => root.timestampAuthorities.forEach(({ validFor }) => ended(validFor)),
    }),
  ],
  [
    'timestamp-not-asked',
    'nothing but a timestamp annotation, which the policy leaves aside',
    () => ({
      layer: { rekor: false, timestamp: true },
      policy: { signedBy: identity, require: { log: 0 } },
      context: { subject: image, legacyTimestamps: 'ignore' },
    }),
  ],
  [
    'timestamp-missing',
    'no timestamp where timestamps must verify',
    () => ({ context: { legacyTimestamps: 'require' } }),
  ],
  [
    'timestamp-missing',
    'no timestamp where one is asked for',
    () => ({ policy: { signedBy: identity, require: { tsa: 1 } } }),
  ],
  [
    'timestamp-unverified',
    'an unknown authority’s timestamp where timestamps must verify',
    ({ tsa }) => ({
      sign: { timestamps: [tsa] },
      root: (root) => void (root.timestampAuthorities = []),
      context: { legacyTimestamps: 'require' },
    }),
  ],
];

/** Certificates. */
const CERTIFICATE: readonly Case[] = [
  [
    'certificate-issuer-unknown',
    'an authority that the trusted root does not have',
    async () => ({
      certificate: { authority: await createCertificateAuthority({ name: 'stranger', now }) },
      policy: withoutSct, // an SCT can't be verified without the issuer
    }),
  ],
  [
    'certificate-authority-not-valid',
    'an authority that was not used any more',
    () => ({ root: (root) => root.certificateAuthorities.forEach(({ validFor }) => ended(validFor)) }),
  ],
  [
    'certificate-authority-expired',
    'an authority whose certificate has expired',
    async (sigstore) => byIssuer(sigstore, { notAfter: earlier }),
  ],
  [
    'certificate-chain-invalid',
    'an issuer that is not an authority',
    async (sigstore) => byIssuer(sigstore, { isCa: false }),
  ],
  ['certificate-expired', 'a signature made after the certificate’s end', () => ({ sign: { at: later }, now: later })],
  [
    'certificate-expired',
    'a timestamp whose authority can’t say that it was before the certificate’s end',
    ({ tsa }) => ({
      certificate: { ttlMs: 60_000 },
      sign: {
        logs: [],
        timestamps: [{ authority: tsa, at: new Date(now.getTime() + 59_500), accuracy: { seconds: 1 } }],
      },
      policy: { signedBy: identity, require: { log: 0 } },
      now: later,
    }),
  ],
  [
    'certificate-authority-not-valid',
    'no time asked for, and an authority that was not used any more',
    () => ({
      sign: { logs: [], timestamps: [] },
      policy: { signedBy: identity, require: { log: 0, time: 0 } },
      root: (root) => root.certificateAuthorities.forEach(({ validFor }) => ended(validFor)),
    }),
  ],
  [
    'certificate-chain-invalid',
    'no time asked for, and an issuer that is not an authority',
    async (sigstore) => ({
      ...(await byIssuer(sigstore, { isCa: false })),
      sign: { logs: [], timestamps: [] },
      policy: { signedBy: identity, require: { log: 0, time: 0 } },
    }),
  ],
  [
    'certificate-expired',
    'no time asked for, and a certificate that has expired',
    () => ({
      sign: { logs: [], timestamps: [] },
      policy: { signedBy: identity, require: { log: 0, time: 0 } },
      now: later,
    }),
  ],
  [
    'certificate-purpose',
    'a certificate without code signing',
    () => ({ certificate: { eku: ['1.3.6.1.5.5.7.3.8'] } }),
  ],
  ['certificate-key-usage', 'a key that may not sign', () => ({ certificate: { keyUsage: ['keyEncipherment'] } })],
  [
    'certificate-critical-unknown',
    'an unknown critical extension',
    () => ({ certificate: { extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) }] } }),
  ],
  ['bundle-chain-unexpected', 'a v0.3 bundle with a certificate chain', () => ({ sign: { withChain: true } })],
  [
    'bundle-root-certificate',
    'a v0.2 bundle that carries the trusted root',
    async (sigstore) => {
      const signer = await sigstore.issueCertificate();
      return { signer, sign: { version: '0.2' }, edit: carryRoot(signer) };
    },
  ],
  [
    'bundle-root-certificate',
    'a root of a stranger, where the policy accepts the trusted one',
    async (sigstore) => {
      const [signer, stranger] = [await sigstore.issueCertificate(), await createSigstore({ now })];
      return {
        signer,
        sign: { version: '0.2' },
        edit: carryRoot(await stranger.issueCertificate()),
        policy: { signedBy: identity, acceptTrustedRootInBundle: true },
      };
    },
  ],
  ['sct-missing', 'no SCT', () => ({ certificate: { scts: 'none' } })],
  [
    'sct-malformed',
    'a malformed SCT list',
    () => ({
      certificate: { scts: 'none', extensions: [{ oid: '1.3.6.1.4.1.11129.2.4.2', value: Buffer.of(4, 1, 0) }] },
      policy: withoutSct,
    }),
  ],
  ['sct-invalid', 'an SCT with another signature', () => ({ certificate: { scts: 'corrupt' }, policy: withoutSct })],
  [
    'sct-duplicate',
    'an SCT that is there twice',
    ({ ctLog }) => ({ certificate: { scts: [{ log: ctLog }, { log: ctLog }] } }),
  ],
  ['sct-in-future', 'an SCT of the next hour', ({ ctLog }) => ({ certificate: { scts: [{ log: ctLog, at: later }] } })],
  ['sct-log-unknown', 'a CT log that the trusted root does not have', () => ({ certificate: { scts: 'unknown-log' } })],
  [
    'sct-log-not-valid',
    'a CT log that was not used any more',
    () => ({ root: (root) => root.ctlogs.forEach(({ publicKey }) => ended(publicKey.validFor)) }),
  ],
];

export const TIME_CASES: readonly Case[] = [...TIME, ...CERTIFICATE];

async function byAuthority(
  sigstore: FakeSigstore,
  options: NonNullable<Parameters<typeof createTimestampAuthority>[0]>,
): Promise<Asked> {
  const authority = await createTimestampAuthority({ now, ...options });
  const { timestampAuthorities } = sigstore.trustedRoot({ timestampAuthorities: [authority] });
  return { sign: { timestamps: [authority] }, root: (root) => void (root.timestampAuthorities = timestampAuthorities) };
}

async function byIssuer(sigstore: FakeSigstore, intermediate: object): Promise<Asked> {
  const authority = await createCertificateAuthority({
    now,
    certificates: [{ kind: 'p384' }, { kind: 'p256', ...intermediate }],
  });
  const { certificateAuthorities } = sigstore.trustedRoot({ authorities: [authority] });
  return { certificate: { authority }, root: (root) => void (root.certificateAuthorities = certificateAuthorities) };
}
