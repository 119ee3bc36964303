import { type BundleJson, createSigstore, type FakeSigstore, GITHUB_ISSUER, GITHUB_WORKFLOW } from '@sigtrail/testing';
import { evaluateImage, isSigtrailError, verifyBundle } from 'sigtrail';
import type { CompatibilityRow } from '../row.ts';

const now = new Date('2026-03-01T12:00:00Z');
const artifact = Buffer.from('the artifact');
const goBundles = 'sigstore-go 1.4.0 (by its source)';
const jsBundles = 'sigstore-js, @sigstore/verify 4.1.3 (by its source)';

/** Timestamps and digests in bundles, and chains in trusted roots: what is decided once, by the specification and by both judges. */
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
];

async function answer(edit: (sigstore: FakeSigstore, bundle: BundleJson) => void): Promise<string> {
  const sigstore = await createSigstore({ now });
  const signer = await sigstore.issueCertificate();
  const bundle = sigstore.signBundle({ content: 'message', artifact, signer, timestamps: [sigstore.tsa] });
  edit(sigstore, bundle);
  const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
  const options = { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, now: () => now };
  return verifyBundle(bundle, artifact, policy, options).then(() => 'accepted', codeOf);
}

function codeOf(error: unknown): string {
  if (!isSigtrailError(error)) throw error;
  const { code, candidate } = error;
  return candidate?.refusedBecause === undefined ? code : `refused: ${candidate.refusedBecause}`;
}
