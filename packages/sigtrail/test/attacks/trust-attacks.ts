import { createHash } from 'node:crypto';
import { createCertificateAuthority, createSigstore, createTimestampAuthority } from '@sigtrail/testing';
import { parseCertificate } from '../../src/crypto/certificate.ts';
import { otherSpellings } from '../../src/crypto/other-spelling.ts';
import type { ImageCallOptions } from '../../src/options.ts';
import type { Attack } from './attack.ts';
import { byOperators, stampedTwice, underBothIds } from './duplicates.ts';
import { honest, type Try } from './made.ts';
import { IDENTITY, NOW } from './world.ts';

const CODE_SIGNING = '1.3.6.1.5.5.7.3.3';
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const SERVER = '1.3.6.1.5.5.7.3.1';

/** A signature under an authority whose root, or whose intermediate, is limited to a purpose. */
const limited =
  (which: 'root' | 'intermediate', purpose: string): Try =>
  async ({ bundle }) => {
    const limits = { eku: [purpose] };
    const authority = await createCertificateAuthority({
      now: NOW,
      certificates: which === 'root' ? [limits, {}] : [{}, limits],
    });
    return bundle({ certificate: { authority }, trusted: { authorities: [authority] } });
  };

/** A timestamp by an authority whose certificate has an unknown extension. */
const stampedBy =
  (critical: boolean): Try =>
  async ({ bundle }) => {
    const extensions = [{ oid: '1.3.6.1.4.1.99999.2', critical, value: Buffer.of(5, 0) }];
    const authority = await createTimestampAuthority({ now: NOW, extensions });
    return bundle({ sign: { timestamps: [authority] }, trusted: { timestampAuthorities: [authority] } });
  };

/** A certificate with its authority's signature written the other way, where a fingerprint is denied. */
const denied =
  (isNamed: boolean): Try =>
  async ({ bundle, sigstore }) => {
    const signer = await sigstore.issueCertificate();
    const [twin] = otherSpellings(parseCertificate(signer.der));
    if (twin === undefined) throw new Error('the signature has one spelling');
    const fingerprint = isNamed ? createHash('sha256').update(signer.der).digest('hex') : '0'.repeat(64);
    return bundle({ signer: { ...signer, der: Buffer.from(twin) }, deny: { certificates: [{ fingerprint }] } });
  };

/** A GitHub identity by one of two authorities that are trusted together: Fulcio, and a private PKI. */
const vouchedBy =
  (who: 'fulcio' | 'own'): Try =>
  async ({ bundle, sigstore }) => {
    const own = await createSigstore({ now: NOW });
    return bundle({
      signer: await (who === 'own' ? own : sigstore).issueCertificate(),
      trust: [
        { json: JSON.stringify(sigstore.trustedRoot()) },
        { json: JSON.stringify(own.trustedRoot()), profile: 'pki' },
      ],
    });
  };

/** An option that is misspelt, and so would ask for less. */
const asked =
  (options: object): Try =>
  (world) =>
    world.image(
      (image) => {
        const { sigstore, digest, signer } = image;
        image.attachBundle(sigstore.signBundle({ statement: { imageDigest: digest }, signer }));
      },
      (verifier, { reference }) => verifier.evaluate(reference, { signedBy: IDENTITY }, options as ImageCallOptions),
    );

/** A bundle of nothing but brackets. */
const nested: Try = ({ bundle }) => bundle({ text: () => '['.repeat(4 * 1024 * 1024) });

/** Attacks on whose word counts, and how often. */
export const TRUST_ATTACKS: readonly Attack[] = [
  {
    row: 'a restricted authority',
    attack: 'a signature under an intermediate that is for servers',
    code: 'certificate-chain-invalid',
    attacked: limited('intermediate', SERVER),
    honest: limited('intermediate', CODE_SIGNING),
  },
  {
    row: 'a restricted authority',
    attack: 'a signature under a root that is for timestamps',
    code: 'certificate-chain-invalid',
    attacked: limited('root', TIME_STAMPING),
    honest: limited('root', CODE_SIGNING),
  },
  {
    row: 'a restricted authority',
    attack: 'a timestamp by a certificate with a critical extension that is not understood',
    code: 'timestamp-purpose',
    attacked: stampedBy(true),
    honest: stampedBy(false),
  },
  {
    row: 'a denied certificate',
    attack: 'the certificate with its signature written as (r, n − s)',
    code: 'certificate-denied',
    attacked: denied(true),
    honest: denied(false),
  },
  {
    row: 'one log as two',
    attack: 'one entry under both ids of its log',
    code: 'log-entry-duplicate',
    attacked: underBothIds(true),
    honest: underBothIds(false),
  },
  {
    row: 'one log as two',
    attack: 'two logs of one operator',
    code: 'log-missing',
    attacked: byOperators('acme', 'acme'),
    honest: byOperators('acme', 'another'),
  },
  {
    row: 'one log as two',
    attack: 'one timestamp twice, under another status',
    code: 'timestamp-duplicate',
    attacked: stampedTwice(true),
    honest: stampedTwice(false),
  },
  {
    row: 'an authority beside another',
    attack: 'a GitHub identity from a private PKI that is trusted beside Fulcio',
    code: 'profile-mismatch',
    attacked: vouchedBy('own'),
    honest: vouchedBy('fulcio'),
  },
  {
    row: 'a misspelt option',
    attack: 'platform for platforms, in a call to a verifier’s method',
    code: 'unknown-option',
    attacked: asked({ platform: ['linux/amd64'] }),
    honest: asked({ platforms: ['linux/amd64'] }),
  },
  {
    row: 'nesting',
    attack: 'a bundle of four million open brackets',
    code: 'bundle-not-json',
    attacked: nested,
    honest,
  },
];
