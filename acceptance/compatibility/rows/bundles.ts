import { createHash } from 'node:crypto';
import { createCertificateAuthority, createSigstore, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { isSigtrailError, verifyBundle } from 'sigtrail';
import { githubRelease } from 'sigtrail/policy';
import type { CompatibilityRow } from '../row.ts';

const now = new Date('2026-03-01T12:00:00Z');
const artifact = Buffer.from('the artifact');
const digest = { sha256: createHash('sha256').update(artifact).digest('hex') };
const cosign = 'cosign 2.6.5, 3.1.2';
const release = 'GitHub’s release attestations';

/** Bundles as GitHub makes and hands them out. */
export const BUNDLES: readonly CompatibilityRow[] = [
  {
    name: 'bundle-lines',
    topic: 'Bundles as JSON lines',
    input: 'two bundles, one per line, as `gh attestation download` writes them; the second is about the artifact',
    before: 'refused: bundle-malformed',
    ours: 'accepted',
    ask: linesAnswer,
    peers: [{ tool: cosign, answer: 'refused: they read one bundle' }],
    because: 'one bundle that the policy accepts is enough, and the others change nothing',
  },
  {
    name: 'github-release',
    topic: release,
    input: 'of the tag that is asked for, by `githubRelease({ repository, tag })`, under GitHub’s trusted root',
    before: 'refused: certificate-chain-invalid',
    ours: 'accepted',
    ask: async () => releaseAnswer('v1.4.0'),
    peers: [{ tool: cosign, answer: '—: the certificate has no issuer for `--certificate-oidc-issuer` to name' }],
    because: 'a word of its own: no other rule is ever satisfied without an issuer',
  },
  {
    name: 'github-release-of-another-tag',
    topic: release,
    input: 'of another tag than the one that is asked for',
    before: 'refused: certificate-chain-invalid',
    ours: 'refused: release-mismatch',
    ask: async () => releaseAnswer('v1.4.1'),
    peers: [{ tool: cosign, answer: '—: as above' }],
  },
];

async function linesAnswer(): Promise<string> {
  const sigstore = await createSigstore({ now });
  const signer = await sigstore.issueCertificate();
  const lines = ['0'.repeat(64), digest.sha256].map((hex) =>
    JSON.stringify(sigstore.signBundle({ statement: { imageDigest: `sha256:${hex}` }, signer })),
  );
  const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
  return answerOf(verifyBundle(`${lines.join('\n')}\n`, artifact, policy, { trust: sigstore.trust, now: () => now }));
}

/** As GitHub issues: from the second certificate of its chain, without issuer, SCT or log entry. */
async function releaseAnswer(tag: string): Promise<string> {
  const [sigstore, chain] = await Promise.all([
    createSigstore({ now }),
    createCertificateAuthority({ now, name: 'github.fake.test', certificates: [{}, {}, { pathLength: 0 }] }),
  ]);
  const authority = {
    ...chain,
    key: chain.keys[1] ?? chain.key,
    issuerName: `O=${chain.name}, CN=${chain.name} intermediate 1`,
    chain: chain.chain.slice(1),
  };
  const san = [{ kind: 'uri', value: 'https://dotcom.releases.github.com' }] as const;
  const signer = await sigstore.issueCertificate({ san, issuer: {}, authority, scts: 'none' });
  const purl = `pkg:github/acme/app@${tag}`;
  const statement = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [
      { uri: purl, digest: { sha1: '0'.repeat(40) } },
      { name: 'app.zip', digest },
    ],
    predicateType: 'https://in-toto.io/attestation/release/v0.2',
    predicate: { purl, repository: 'acme/app', tag, repositoryId: '12', ownerId: '34' },
  };
  const bundle = sigstore.signBundle({
    signer,
    statement: Buffer.from(JSON.stringify(statement)),
    logs: [],
    timestamps: [sigstore.tsa],
  });
  const root = sigstore.trustedRoot({ authorities: [chain], ctLogs: [] });
  const policy = { signedBy: githubRelease({ repository: 'acme/app', tag: 'v1.4.0' }) };
  const trust = { json: JSON.stringify(root), profile: 'github' } as const;
  return answerOf(verifyBundle(bundle, artifact, policy, { trust, now: () => now }));
}

async function answerOf(verifying: Promise<unknown>): Promise<string> {
  try {
    await verifying;
    return 'accepted';
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return `refused: ${/\(([a-z-]+)\)$/.exec(error.message)?.[1] ?? error.code}`;
  }
}
