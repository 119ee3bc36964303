import { createCertificateAuthority, generateKeyPair } from '@sigtrail/testing';
import { trustRoot } from '../../src/trust/trust-root.ts';
import type { ImageUnderTest } from '../image-under-test.ts';
import type { Attack } from './attack.ts';
import { entryOf, flip, lying, statement } from './edits.ts';
import { classic, honest, type Layer, layer, signed } from './made.ts';
import { DIGEST, IDENTITY, NOW, type Outcome, OTHER_DIGEST, type World } from './world.ts';

const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1';
const SPDX = 'https://spdx.dev/Document';
const CERTIFICATE = 'dev.sigstore.cosign/certificate';

/** The annotation in which cosign keeps the log entry, of another signature. */
const withBundleOf = (of: (image: ImageUnderTest) => Layer) =>
  signed((image) => {
    const foreign = layer(image, of(image)).layer.annotations ?? {};
    const name = 'dev.sigstore.cosign/bundle';
    return { tamper: { annotations: (own) => ({ ...own, [name]: foreign[name] ?? '' }) } };
  });

const attested = (type: string, predicateType: string) => (world: World) =>
  world.image(
    ({ attachBundle, sigstore, signer, digest }) =>
      attachBundle(sigstore.signBundle({ statement: { imageDigest: digest, predicateType }, signer })),
    (verifier, { reference }) => verifier.evaluateAttestations(reference, { type, signedBy: IDENTITY }),
  );

/** A log entry of another signature, with all of the log's own signatures good. */
const withForeignEntry =
  (made: (world: World) => Promise<Parameters<World['bundle']>[0]>) =>
  async (world: World): Promise<Outcome> => {
    const mine = await made(world);
    const signer = mine?.signer ?? (await world.sigstore.issueCertificate(mine?.certificate));
    const foreign = world.sigstore.signBundle({ statement: { imageDigest: DIGEST }, signer });
    return world.bundle({
      ...mine,
      signer,
      edit: ({ verificationMaterial }) => (verificationMaterial.tlogEntries = [entryOf(foreign)]),
    });
  };
const pem = (chain: readonly Buffer[]): string =>
  chain.map((der) => `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`).join('');
const ownPki = async (world: World): Promise<Parameters<World['bundle']>[0]> => ({
  certificate: { san: [{ kind: 'uri', value: 'https://acme.test/release' }], issuer: {}, scts: 'none' },
  trust: trustRoot.fromParts({
    certificateAuthorities: [{ certificates: pem(world.sigstore.ca.chain), profile: 'pki' }],
    transparencyLogs: [{ publicKey: world.sigstore.rekor.key.pem }],
  }),
  policy: { signedBy: { profile: 'pki', subject: 'https://acme.test/release' } },
});
const ownKey = async (): Promise<Parameters<World['bundle']>[0]> => {
  const signer = generateKeyPair();
  return { signer, policy: { signedBy: { key: signer.pem } } };
};

/** An intermediate that ended before the signature, under a root that didn't. */
const intermediateUntil = (minutes: number) => async (world: World) => {
  const window = { notBefore: new Date(NOW.getTime() - 3_600_000) };
  const authority = await createCertificateAuthority({
    now: NOW,
    certificates: [
      { kind: 'p384' },
      { kind: 'p256', pathLength: 0, ...window, notAfter: new Date(NOW.getTime() + minutes * 60_000) },
    ],
  });
  return world.bundle({ certificate: { authority }, trusted: { authorities: [authority] } });
};

/** One attack or more for each advisory about what is verified. */
export const ADVISORY_ATTACKS: readonly Attack[] = [
  {
    row: 'GHSA-ccxc-vr6p-4858',
    attack: 'a log entry of another signature over the same payload',
    code: 'log-entry-signature-mismatch',
    attacked: withBundleOf(() => ({})),
    honest: classic,
  },
  {
    row: 'GHSA-ccxc-vr6p-4858',
    attack: 'a log entry of another image',
    code: 'log-entry-hash-mismatch',
    attacked: withBundleOf(() => ({ imageDigest: OTHER_DIGEST })),
    honest: classic,
  },
  {
    row: 'GHSA-ccxc-vr6p-4858',
    attack: 'a log entry of another signer, all else right',
    code: 'log-entry-key-mismatch',
    attacked: signed(async ({ sigstore }) => ({
      rekor: { log: sigstore.rekor, verifier: await sigstore.issueCertificate() },
    })),
    honest: classic,
  },
  {
    row: 'GHSA-ccxc-vr6p-4858',
    attack: 'a log entry of another digest, all else right',
    code: 'log-entry-hash-mismatch',
    attacked: signed(({ sigstore }) => ({
      rekor: lying(sigstore.rekor, /("value":")[0-9a-f]{64}/, `$1${OTHER_DIGEST.slice(7)}`),
    })),
    honest: classic,
  },
  {
    row: 'GHSA-vjxv-45g9-9296',
    attack: 'a valid attestation of another type than the one asked for',
    code: 'predicate-type-mismatch',
    attacked: attested(SPDX, VULN),
    honest: attested('https://acme.test/x', 'https://acme.test/x'),
  },
  {
    row: 'GHSA-8gw7-4j42-w388',
    attack: 'a log entry of another signature beside the signature',
    code: 'log-entry-signature-mismatch',
    attacked: withForeignEntry(async () => ({})),
    honest,
  },
  {
    row: 'GHSA-8gw7-4j42-w388',
    attack: 'another identity, in a bundle that is valid',
    code: 'identity-mismatch',
    attacked: (world) => world.bundle({ certificate: { san: [{ kind: 'email', value: 'mallory@evil.test' }] } }),
    honest,
  },
  {
    row: 'GHSA-8gw7-4j42-w388',
    attack: 'an invalid bundle beside a valid signature',
    code: 'bundle-malformed',
    attacked: signed(() => ({
      tamper: { annotations: (own) => ({ ...own, 'dev.sigstore.cosign/bundle': '{}' }) },
    })),
    honest: classic,
  },
  ...[0, 1].map(
    (bad): Attack => ({
      row: 'GHSA-8gw7-4j42-w388',
      attack: `two log entries, the ${bad === 0 ? 'first' : 'second'} of which is not the log’s`,
      code: 'log-set-invalid',
      attacked: ({ bundle, sigstore }) =>
        bundle({
          sign: { logs: [sigstore.rekor, { log: sigstore.rekor, kind: 'intoto' }] },
          edit: ({ verificationMaterial: { tlogEntries } }) => {
            const promise = tlogEntries[bad]?.inclusionPromise;
            if (promise !== undefined) promise.signedEntryTimestamp = flip(promise.signedEntryTimestamp);
          },
        }),
      honest: ({ bundle, sigstore }) =>
        bundle({ sign: { logs: [sigstore.rekor, { log: sigstore.rekor, kind: 'intoto' }] } }),
    }),
  ),
  ...(
    [
      ['a trusted root and an identity', async () => ({})],
      ['a trusted root and a key', ownKey],
      ['a private PKI', ownPki],
    ] as const
  ).map(
    ([mode, made]): Attack => ({
      row: 'GHSA-whqx-f9j3-ch6m',
      attack: `a log entry of another signature, rightly signed by the log, under ${mode}`,
      code: 'log-entry-signature-mismatch',
      attacked: withForeignEntry(made),
      honest: async (world) => world.bundle(await made(world)),
    }),
  ),
  {
    row: 'GHSA-wfqv-66vq-46rm',
    attack: 'an intermediate that had expired when it was signed',
    code: 'certificate-authority-expired',
    attacked: intermediateUntil(-30),
    honest: intermediateUntil(30),
  },
  {
    row: 'GHSA-w6c6-c85g-mmv6',
    attack: 'a payload that can’t be read',
    code: 'statement-malformed',
    attacked: ({ bundle }) => bundle(statement('{')),
    honest,
  },
  {
    row: 'GHSA-w6c6-c85g-mmv6',
    attack: 'another predicate type than the one asked for',
    code: 'predicate-type-mismatch',
    attacked: attested('https://acme.test/x', 'https://acme.test/y'),
    honest: attested('https://acme.test/x', 'https://acme.test/x'),
  },
  {
    row: 'GHSA-w6c6-c85g-mmv6',
    attack: 'an option to leave the claims unchecked',
    code: 'unknown-option',
    attacked: ({ bundle }) => bundle({ policy: { signedBy: IDENTITY, checkClaims: false } }),
    honest,
  },
  ...(['identity', 'key'] as const).map(
    (by): Attack => ({
      row: 'GHSA-fx35-mq7g-6g98',
      attack: `a bare public key for a certificate, under a policy that names ${by === 'key' ? 'a key' : 'an identity'}`,
      code: 'certificate-malformed',
      attacked: (world) => {
        const mallory = generateKeyPair();
        return world.image(
          (image) =>
            image.tagLayers('sig', [
              layer(image, {
                signer: mallory,
                tamper: { annotations: (own) => ({ ...own, [CERTIFICATE]: mallory.pem }) },
              }),
            ]),
          (verifier, { reference }) =>
            verifier.evaluate(reference, { signedBy: by === 'key' ? { key: generateKeyPair().pem } : IDENTITY }),
        );
      },
      honest: classic,
    }),
  ),
  {
    row: 'GHSA-fx35-mq7g-6g98',
    attack: 'a key of one’s own under the hint of the trusted one',
    code: 'signature-invalid',
    attacked: ({ bundle }) => {
      const trusted = generateKeyPair();
      return bundle({
        signer: generateKeyPair(),
        sign: { hint: trusted.hint },
        policy: { signedBy: { key: trusted.pem } },
      });
    },
    honest: async ({ bundle }) => bundle(await ownKey()),
  },
  {
    row: 'GHSA-fx35-mq7g-6g98',
    attack: 'a root certificate that the bundle brings along',
    code: 'bundle-root-certificate',
    attacked: async ({ bundle, sigstore }) => {
      const signer = await sigstore.issueCertificate();
      const root = signer.chain.at(-1)?.toString('base64') ?? '';
      return bundle({
        signer,
        sign: { version: '0.2' },
        edit: ({ verificationMaterial: { x509CertificateChain } }) =>
          x509CertificateChain?.certificates.push({ rawBytes: root }),
      });
    },
    honest: ({ bundle }) => bundle({ sign: { version: '0.2' } }),
  },
];
