import {
  createCertificateAuthority,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type IssuedCertificate,
  type KeyPair,
  type LegacyLayer,
  type LegacyOptions,
  pushManifest,
  signatureManifest,
} from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { atLeast, attested, not } from '../policy/compose.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { ImageReport } from '../report/image-report.ts';
import { evaluateImage } from '../verify-image.ts';

const now = new Date('2026-03-01T12:00:00Z');
const identity = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const REVIEWED = 'https://acme.test/reviewed/v1';

let image: ImageUnderTest;
let key: KeyPair;
beforeEach(async () => {
  image = await createImage(now);
  key = generateKeyPair();
});
afterEach(async () => image.close());

/** Puts a certificate beside a signature that a key made. */
function beside(certificate: IssuedCertificate): Pick<LegacyOptions, 'tamper'> {
  const chain = certificate.chain.map((der) => pemOf(der)).join('');
  const annotations = {
    'dev.sigstore.cosign/certificate': certificate.pem,
    'dev.sigstore.cosign/chain': chain,
  };
  return { tamper: { annotations: (all) => ({ ...all, ...annotations }) } };
}

function pemOf(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`;
}

function sign(more: Partial<LegacyOptions>): LegacyLayer {
  return image.sigstore.signImageLegacy({ imageDigest: image.digest, signer: key, ...more });
}

async function evaluate(policy: ImagePolicy): Promise<ImageReport> {
  return await evaluateImage(image.reference, policy, image.options);
}

const CERTIFICATES: readonly (readonly [string, () => Promise<IssuedCertificate>, string])[] = [
  [
    'of a stranger’s authority, for this key',
    async () => image.sigstore.issueCertificate({ key, authority: await createCertificateAuthority({ now }) }),
    'certificate-issuer-unknown',
  ],
  [
    'of the trusted authority, for this key, long over',
    async () => image.sigstore.issueCertificate({ key, notBefore: new Date('2026-01-01T00:00:00Z') }),
    'certificate-expired',
  ],
];

describe.each(CERTIFICATES)('a signature by the policy’s key with a certificate beside it %s', (_, issue, code) => {
  const CARRIERS: readonly (readonly [string, (certificate: IssuedCertificate) => void])[] = [
    ['.sig', (certificate) => image.tagLayers('sig', [sign(beside(certificate))])],
    [
      'OCI 1.1 referrer',
      (certificate) =>
        void pushManifest(
          image.registry,
          image.repository,
          signatureManifest([sign(beside(certificate))], image.descriptor),
        ),
    ],
  ];

  it.each(CARRIERS)('is verified by the key, and says what the certificate is: %s', async (__, attach) => {
    attach(await issue());
    const report = await evaluate({ signedBy: { key: key.pem } });
    expect(report).toMatchObject({
      verdict: 'verified',
      signatures: [{ signer: { kind: 'key' } }],
      candidates: [{ accepted: true, secondJudge: { verdict: 'accepted' } }],
    });
    const chain = report.candidates[0]?.checks.find(({ check }) => check === 'certificate-chain');
    expect(chain?.code).toBe(code);
    expect(chain?.status).toBe('skipped');
  });

  it.each(['.att', 'DSSE referrer'])('as an attestation: %s', async (carrier) => {
    const statement = { imageDigest: image.digest, predicateType: REVIEWED, predicate: {} };
    const layer = image.sigstore.signAttestationLegacy({ statement, signer: key, ...beside(await issue()) });
    if (carrier === '.att') image.tagLayers('att', [layer]);
    else image.attachEnvelope(layer);
    expect((await evaluate(attested(REVIEWED, { key: key.pem }))).verdict).toBe('verified');
    expect((await evaluate(attested(REVIEWED, { key: generateKeyPair().pem }))).verdict).toBe('rejected');
  });

  it('is not a signature by the identity in the certificate', async () => {
    image.tagLayers('sig', [sign(beside(await issue()))]);
    expect((await evaluate({ signedBy: identity })).verdict).toBe('rejected');
    // Nor does the certificate lend its name where the key is named too.
    expect((await evaluate({ allOf: [{ signedBy: { key: key.pem } }, { signedBy: identity }] })).verdict).toBe(
      'rejected',
    );
    expect((await evaluate({ allOf: [{ signedBy: { key: key.pem } }, not({ signedBy: identity })] })).verdict).toBe(
      'verified',
    );
  });
});

it('is refused if the certificate certifies a different key', async () => {
  const authority = await createCertificateAuthority({ now });
  for (const other of [await image.sigstore.issueCertificate(), await image.sigstore.issueCertificate({ authority })]) {
    image.tagLayers('sig', [sign(beside(other))]);
    expect((await evaluate({ signedBy: { key: key.pem } })).candidates).toMatchObject([
      { accepted: false, refusedBecause: 'signature-invalid' },
    ]);
  }
});

it('is refused if the policy names a different key', async () => {
  const certificate = await image.sigstore.issueCertificate({ key });
  image.tagLayers('sig', [sign(beside(certificate))]);
  const report = await evaluate({ signedBy: { key: generateKeyPair().pem } });
  expect(report.candidates).toMatchObject([{ accepted: false, refusedBecause: 'log-entry-key-mismatch' }]);
});

it('is logged under the key, or under the certificate of this key', async () => {
  const certificate = await image.sigstore.issueCertificate({
    key,
    authority: await createCertificateAuthority({ now }),
  });
  const stranger = await image.sigstore.issueCertificate();
  const { rekor } = image.sigstore;
  for (const [verifier, verdict] of [
    [key, 'verified'],
    [certificate, 'verified'],
    [stranger, 'rejected'],
    [generateKeyPair(), 'rejected'],
  ] as const) {
    image.tagLayers('sig', [sign({ ...beside(certificate), rekor: { log: rekor, verifier } })]);
    expect((await evaluate({ signedBy: { key: key.pem } })).verdict).toBe(verdict);
  }
});

it('still needs what a key’s signature needs', async () => {
  image.tagLayers('sig', [sign({ ...beside(await image.sigstore.issueCertificate({ key })), rekor: false })]);
  expect((await evaluate({ signedBy: { key: key.pem } })).candidates).toMatchObject([
    { refusedBecause: 'log-missing' },
  ]);
  expect((await evaluate({ signedBy: { key: key.pem }, require: { log: 0 } })).verdict).toBe('verified');
});

it('counts as one signer, however many of its names a policy asks for', async () => {
  image.tagLayers('sig', [sign(beside(await image.sigstore.issueCertificate({ key })))]);
  const report = await evaluate(atLeast(2, [{ key: key.pem }, identity]));
  expect(report.verdict).toBe('rejected');
});

it('is refused if the certificate is denied, or can’t be read', async () => {
  const certificate = await image.sigstore.issueCertificate({
    key,
    authority: await createCertificateAuthority({ now }),
  });
  image.tagLayers('sig', [sign(beside(certificate))]);
  const deny = { identities: [{ subject: GITHUB_WORKFLOW }] };
  const report = await evaluateImage(image.reference, { signedBy: { key: key.pem } }, { ...image.options, deny });
  expect(report.candidates).toMatchObject([{ accepted: false, refusedBecause: 'identity-denied' }]);

  const bare = { 'dev.sigstore.cosign/certificate': generateKeyPair().pem };
  image.tagLayers('sig', [sign({ tamper: { annotations: (all) => ({ ...all, ...bare }) } })]);
  expect((await evaluate({ signedBy: { key: key.pem } })).candidates).toMatchObject([
    { accepted: false, refusedBecause: 'certificate-malformed' },
  ]);
});

it('in a bundle, the certificate is the signer: it must hold under a key policy, too', async () => {
  const authority = await createCertificateAuthority({ now });
  const trusted = await image.sigstore.issueCertificate({ key });
  const untrusted = await image.sigstore.issueCertificate({ key, authority });
  const bundle = (signer: IssuedCertificate): void =>
    image.attachBundle(
      image.sigstore.signBundle({
        statement: { imageDigest: image.digest, predicateType: 'https://sigstore.dev/cosign/sign/v1' },
        signer,
      }),
    );
  bundle(untrusted);
  expect((await evaluate({ signedBy: { key: key.pem } })).candidates).toMatchObject([
    { refusedBecause: 'certificate-issuer-unknown' },
  ]);
  bundle(trusted);
  expect((await evaluate({ signedBy: { key: key.pem } })).verdict).toBe('verified');
});
