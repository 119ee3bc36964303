import {
  type BundleJson,
  type BundleOptions,
  createSigstore,
  type FakeSigstore,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
} from '@sigtrail/testing';
import { type BundlePolicy, evaluateImage, isSigtrailError, verifyBundle } from 'sigtrail';
import type { CompatibilityRow } from '../row.ts';

const now = new Date('2026-03-01T12:00:00Z');
const artifact = Buffer.from('the artifact');
const goBundles = 'sigstore-go 1.4.0 (by its source)';
const jsBundles = 'sigstore-js, @sigstore/verify 4.1.3 (by its source)';
const ROOT_PEERS = [
  { tool: goBundles, answer: 'accepted: it reads the first certificate of a chain' },
  { tool: jsBundles, answer: 'accepted: it reads the first certificate of a chain' },
];

/** Timestamps, digests and roots in bundles, and chains in trusted roots: what is decided once, by the specification and by both judges. */
export const EVIDENCE_IN_BUNDLES: readonly CompatibilityRow[] = [
  {
    name: 'timestamp-of-other-bytes',
    topic: 'Evidence that names a known authority, and fails',
    input: 'a bundle with a good timestamp, and one of the same authority over other bytes',
    before: 'refused: timestamp-imprint',
    ours: 'refused: timestamp-imprint',
    ask: async () =>
      answer((sigstore, bundle) => {
        const stamps = bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps;
        stamps?.push({ signedTimestamp: sigstore.timestamp(Buffer.from('other bytes')).toString('base64') });
      }),
    peers: [
      { tool: goBundles, answer: 'accepted: it counts those that verify' },
      { tool: jsBundles, answer: 'refused' },
    ],
    because:
      'a token of a trusted authority over other bytes is not noise: somebody moved it here. RFC 3161 has one imprint a token, and sigstore-js refuses it too',
  },
  {
    name: 'message-without-digest',
    topic: 'A bundle without `messageDigest`',
    input: 'a message signature whose `messageDigest` is missing',
    before: 'refused: bundle-malformed',
    ours: 'refused: bundle-malformed',
    ask: async () => answer((_, bundle) => void Reflect.deleteProperty(bundle.messageSignature ?? {}, 'messageDigest')),
    peers: [
      { tool: goBundles, answer: 'refused: missing' },
      { tool: jsBundles, answer: 'refused' },
    ],
  },
  {
    name: 'trusted-root-root-first',
    topic: 'A trusted root with a chain written root first',
    input: 'a `trusted_root.json` whose authority lists its root before its intermediate',
    before: 'accepted, or refused, as the reader put the chain in order',
    ours: 'invalid-trusted-root',
    ask: async () => {
      const sigstore = await createSigstore({ now });
      const root = sigstore.trustedRoot();
      root.certificateAuthorities[0]?.certChain.certificates.reverse();
      const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
      const trust = { json: JSON.stringify(root) };
      return evaluateImage('registry.test/acme/app:v1', policy, { trust }).then(({ verdict }) => verdict, codeOf);
    },
    peers: [
      { tool: goBundles, answer: 'accepted: it takes the last for the anchor, which is the intermediate' },
      { tool: jsBundles, answer: 'accepted: it looks for the self-signed one' },
    ],
    because: 'the two would trust different anchors; the document says which by its order, and this order is wrong',
  },
  {
    name: 'bundle-with-root',
    topic: 'A bundle that carries its root',
    input: 'a v0.2 bundle with the trusted root at the end of its chain, as npm and sigstore-go wrote them in 2023',
    before: 'refused: bundle-root-certificate, whatever else was wrong',
    ours: 'refused: bundle-root-certificate',
    ask: async () => answer(carryRoot, { sign: { version: '0.2' } }),
    peers: ROOT_PEERS,
    because:
      'the format says that the chain must not hold a root, and the conformance suite asks for the refusal; the policy can accept the trusted one',
  },
  {
    name: 'bundle-with-root-accepted',
    topic: 'A bundle that carries its root',
    input: 'the same, under `acceptTrustedRootInBundle` (`--accept-trusted-root-in-bundle`)',
    before: 'refused: bundle-root-certificate',
    ours: 'accepted',
    ask: async () => answer(carryRoot, { sign: { version: '0.2' }, policy: { acceptTrustedRootInBundle: true } }),
    peers: ROOT_PEERS,
  },
  {
    name: 'bundle-with-strange-root',
    topic: 'A bundle that carries its root',
    input: 'under the same option, the root in other bytes',
    before: 'refused: bundle-root-certificate',
    ours: 'refused: bundle-root-certificate',
    ask: async () =>
      answer(
        (sigstore, bundle) => {
          const [root] = sigstore.ca.chain.slice(-1);
          carry(bundle, Buffer.concat([root?.subarray(0, -1) ?? Buffer.alloc(0), Buffer.of((root?.at(-1) ?? 0) ^ 1)]));
        },
        { sign: { version: '0.2' }, policy: { acceptTrustedRootInBundle: true } },
      ),
    peers: ROOT_PEERS,
    because:
      'a root that the trusted root does not hold has no business in a bundle, though neither of the two reads it',
  },
];

function carryRoot({ ca }: FakeSigstore, bundle: BundleJson): void {
  carry(bundle, ca.chain.at(-1) ?? Buffer.alloc(0));
}

function carry({ verificationMaterial }: BundleJson, der: Buffer): void {
  verificationMaterial.x509CertificateChain?.certificates.push({ rawBytes: der.toString('base64') });
}

interface Asked {
  readonly sign?: Pick<BundleOptions, 'version'>;
  readonly policy?: Pick<BundlePolicy, 'acceptTrustedRootInBundle'>;
}

async function answer(edit: (sigstore: FakeSigstore, bundle: BundleJson) => void, asked: Asked = {}): Promise<string> {
  const sigstore = await createSigstore({ now });
  const signer = await sigstore.issueCertificate();
  const bundle = sigstore.signBundle({
    content: 'message',
    artifact,
    signer,
    timestamps: [sigstore.tsa],
    ...asked.sign,
  });
  edit(sigstore, bundle);
  const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW }, ...asked.policy };
  const options = { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, now: () => now };
  return verifyBundle(bundle, artifact, policy, options).then(() => 'accepted', codeOf);
}

function codeOf(error: unknown): string {
  if (!isSigtrailError(error)) throw error;
  const { code, candidate } = error;
  return candidate?.refusedBecause === undefined ? code : `refused: ${candidate.refusedBecause}`;
}
