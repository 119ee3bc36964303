import { X509Certificate } from 'node:crypto';
import { type CaCertificateOptions, createCertificateAuthority, createSigstore } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { trustRoot } from '../trust/index.ts';
import { verifyBundle } from '../verify-bundle.ts';
import { artifact, digest, now } from '../../test/attempt.ts';
import { isSigtrailError } from '../error.ts';

const SERVER = '1.3.6.1.5.5.7.3.1';
const subject = 'https://acme.test/release';

function pem(der: Uint8Array): string {
  return new X509Certificate(der).toString();
}

/** What comes of a signature under a PKI of the caller's: nothing where it verifies, else why its certificate leads to no authority. */
async function underOwnPki(
  root: CaCertificateOptions,
  {
    intermediate = {},
    anchoredAt = 'root',
  }: { readonly intermediate?: CaCertificateOptions; readonly anchoredAt?: 'root' | 'intermediate' } = {},
): Promise<readonly string[]> {
  const sigstore = await createSigstore({ now });
  const authority = await createCertificateAuthority({ now, name: 'acme', certificates: [root, intermediate] });
  const signer = await sigstore.issueCertificate({ authority, scts: 'none', san: [{ kind: 'uri', value: subject }] });
  const [issuing, anchor] = authority.chain;
  if (issuing === undefined || anchor === undefined) throw new Error('the authority has two certificates');
  const trust = trustRoot.fromParts({
    certificateAuthorities: [
      {
        profile: 'pki',
        ...(anchoredAt === 'root' ? { anchors: pem(anchor), intermediates: pem(issuing) } : { anchors: pem(issuing) }),
      },
    ],
    transparencyLogs: [{ publicKey: sigstore.rekor.key.pem }],
  });
  const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer });
  try {
    await verifyBundle(bundle, artifact, { signedBy: { profile: 'pki', subject } }, { trust, now: () => now });
    return [];
  } catch (error) {
    if (!isSigtrailError(error) || error.candidate === undefined) throw error;
    return error.candidate.checks.flatMap(({ check, status, code }) =>
      check === 'certificate-chain' && status === 'failed' ? [code] : [],
    );
  }
}

describe('an anchor of the caller’s own', () => {
  it('vouches for what is below it, self-signed or not', async () => {
    expect(await underOwnPki({})).toEqual([]);
    expect(await underOwnPki({}, { anchoredAt: 'intermediate' })).toEqual([]);
  });

  it.each<readonly [string, CaCertificateOptions]>([
    ['is not an authority', { isCa: false }],
    ['may not sign certificates', { keyUsage: ['digitalSignature'] }],
    ['allows no authority below it', { pathLength: 0 }],
    ['is limited to another purpose', { eku: [SERVER] }],
  ])('does not if it %s', async (_, root) => {
    expect(await underOwnPki(root)).toEqual(['certificate-chain-invalid']);
  });

  it('does not if it had expired when the signature was made', async () => {
    expect(await underOwnPki({ notAfter: new Date(now.getTime() - 86_400_000) })).toEqual([
      'certificate-authority-expired',
    ]);
  });

  it('does not if the anchor is in the middle of a chain and may not issue', async () => {
    const anchoredAt = 'intermediate';
    expect(await underOwnPki({}, { anchoredAt, intermediate: { keyUsage: ['cRLSign'] } })).toEqual([
      'certificate-chain-invalid',
    ]);
  });
});
