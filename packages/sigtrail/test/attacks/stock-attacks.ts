import { type CertificateOptions, createCtLog, generateKeyPair, type TrustedRootJson } from '@sigtrail/testing';
import type { Attack } from './attack.ts';
import { entryOf } from './edits.ts';
import { honest, type Try } from './made.ts';
import { ARTIFACT, DIGEST, IDENTITY, NOW, OTHER_DIGEST } from './world.ts';

const leafWith =
  (certificate: CertificateOptions): Try =>
  ({ bundle }) =>
    bundle({ certificate });
const rooted =
  (root: (root: TrustedRootJson) => unknown): Try =>
  ({ bundle }) =>
    bundle({ root });
const asked =
  (policy: unknown): Try =>
  ({ bundle }) =>
    bundle({ policy });
const subjectAsked = (subject: string): Try => asked({ signedBy: { ...IDENTITY, subject } });

/** What `@sigstore/verify` accepts of certificates, policies and documents, and should not. */
export const STOCK_ATTACKS: readonly Attack[] = [
  ...(
    [
      ['a leaf without a purpose', { eku: [] }, 'certificate-purpose'],
      ['a leaf for another purpose', { eku: ['1.3.6.1.5.5.7.3.8'] }, 'certificate-purpose'],
      ['a leaf whose key may not sign', { keyUsage: ['keyEncipherment'] }, 'certificate-key-usage'],
      [
        'an unknown critical extension',
        { extensions: [{ oid: '1.2.3.4', critical: true, value: Buffer.of(5, 0) }] },
        'certificate-critical-unknown',
      ],
    ] satisfies [string, CertificateOptions, string][]
  ).map(
    ([attack, certificate, code]): Attack => ({
      row: 'leaf purpose, usage and critical extensions',
      attack,
      code,
      attacked: leafWith(certificate),
      honest,
    }),
  ),
  {
    row: 'SCT dated in the future',
    attack: 'an SCT of tomorrow',
    code: 'sct-in-future',
    attacked: ({ bundle, sigstore }) =>
      bundle({ certificate: { scts: [{ log: sigstore.ctLog, at: new Date(NOW.getTime() + 86_400_000) }] } }),
    honest: ({ bundle, sigstore }) => bundle({ certificate: { scts: [{ log: sigstore.ctLog, at: NOW }] } }),
  },
  {
    row: 'SCT of an unknown log',
    attack: 'only an SCT of an untrusted log',
    code: 'sct-log-unknown',
    attacked: leafWith({ scts: 'unknown-log' }),
    honest: ({ bundle, sigstore }) =>
      bundle({
        certificate: { scts: [{ log: sigstore.ctLog }, { log: createCtLog({ baseUrl: 'https://ct.other.test' }) }] },
      }),
  },
  ...['github', 'https://github.com', IDENTITY.subject.slice(1), IDENTITY.subject.replace('.com', 'Xcom')].map(
    (subject): Attack => ({
      row: 'SAN is an unanchored expression',
      attack: `a policy that names only "${subject}"`,
      code: 'identity-mismatch',
      attacked: subjectAsked(subject),
      honest: subjectAsked(IDENTITY.subject),
    }),
  ),
  {
    row: 'SAN is an unanchored expression',
    attack: 'a dot in the policy for any character',
    code: 'identity-mismatch',
    attacked: leafWith({ san: [{ kind: 'uri', value: IDENTITY.subject.replace('.com', 'Xcom') }] }),
    honest,
  },
  {
    row: 'an empty SAN checks nothing',
    attack: 'an empty subject, as of a variable that is not set',
    code: 'invalid-option',
    attacked: subjectAsked(''),
    honest,
  },
  {
    row: 'an empty SAN checks nothing',
    attack: 'no policy at all',
    code: 'signer-required',
    attacked: asked({}),
    honest,
  },
  {
    row: 'SAN kinds',
    attack: 'an e-mail address where a URI of the same text is asked for',
    code: 'identity-kind-mismatch',
    attacked: ({ bundle }) =>
      bundle({
        certificate: { san: [{ kind: 'email', value: 'mallory@acme.test' }] },
        policy: { signedBy: { ...IDENTITY, subject: { uri: 'mallory@acme.test' } } },
      }),
    honest: ({ bundle }) =>
      bundle({
        certificate: { san: [{ kind: 'email', value: 'mallory@acme.test' }] },
        policy: { signedBy: { ...IDENTITY, subject: { email: 'mallory@acme.test' } } },
      }),
  },
  {
    row: 'SAN kinds',
    attack: 'a DNS name where an e-mail address is asked for',
    code: 'identity-kind-mismatch',
    attacked: ({ bundle }) =>
      bundle({
        certificate: { san: [{ kind: 'dns', value: 'acme.test' }] },
        policy: { signedBy: { ...IDENTITY, subject: { email: 'acme.test' } } },
      }),
    honest: ({ bundle }) =>
      bundle({
        certificate: { san: [{ kind: 'dns', value: 'acme.test' }] },
        policy: { signedBy: { ...IDENTITY, subject: { dns: 'acme.test' } } },
      }),
  },
  {
    row: 'issuer versions',
    attack: 'two issuers in one certificate that differ',
    code: 'certificate-claims-malformed',
    attacked: leafWith({ issuer: { v1: IDENTITY.issuer, v2: 'https://evil.test' } }),
    honest,
  },
  {
    row: 'issuer versions',
    attack: 'an issuer whose letters become the right ones when read as ASCII',
    code: 'issuer-mismatch',
    attacked: leafWith({ issuer: IDENTITY.issuer.replace('a', '\u0161') }),
    honest,
  },
  {
    row: 'artifact binding of DSSE',
    attack: 'a statement of another artifact',
    code: 'subject-mismatch',
    attacked: ({ bundle }) => bundle({ sign: { statement: { imageDigest: OTHER_DIGEST } } }),
    honest,
  },
  {
    row: 'artifact binding of DSSE',
    attack: 'an envelope that says nothing about an artifact',
    code: 'payload-type',
    attacked: ({ bundle }) => bundle({ sign: { payloadType: 'text/plain' } }),
    honest,
  },
  {
    row: 'messageDigest and artifact',
    attack: 'a message digest of other bytes beside a right signature',
    code: 'subject-mismatch',
    attacked: ({ bundle }) =>
      bundle({
        sign: { content: 'message', artifact: ARTIFACT },
        edit: ({ messageSignature }) => {
          if (messageSignature !== undefined)
            messageSignature.messageDigest.digest = Buffer.alloc(32).toString('base64');
        },
      }),
    honest: ({ bundle }) => bundle({ sign: { content: 'message', artifact: ARTIFACT }, subject: DIGEST }),
  },
  {
    row: 'trusted root',
    attack: 'a log without the start of its validity',
    code: 'invalid-trusted-root',
    attacked: rooted(({ tlogs }) =>
      tlogs.forEach(({ publicKey }) => Reflect.deleteProperty(publicKey.validFor, 'start')),
    ),
    honest,
  },
  {
    row: 'trusted root',
    attack: 'a trusted root of another media type',
    code: 'invalid-trusted-root',
    attacked: rooted((root) => (root.mediaType = 'application/json')),
    honest,
  },
  {
    row: 'trusted root',
    attack: 'text that is not a log key',
    code: 'invalid-trusted-root',
    attacked: rooted(({ tlogs }) => tlogs.forEach(({ publicKey }) => (publicKey.rawBytes = 'AAAA'))),
    honest,
  },
  {
    row: 'lenient parser',
    attack: 'characters in base64 that it doesn’t have',
    code: 'bundle-malformed',
    attacked: ({ bundle }) =>
      bundle({
        edit: (made) => (entryOf(made).canonicalizedBody = `*${entryOf(made).canonicalizedBody}`),
      }),
    honest,
  },
  {
    row: 'lenient parser',
    attack: 'a message signature and an envelope in one bundle',
    code: 'bundle-malformed',
    attacked: async ({ bundle, sigstore }) => {
      const message = sigstore.signBundle({
        content: 'message',
        artifact: ARTIFACT,
        signer: await sigstore.issueCertificate(),
      });
      return bundle({ edit: (made) => Object.assign(made, { messageSignature: message.messageSignature }) });
    },
    honest,
  },
  {
    row: 'lenient parser',
    attack: 'a certificate and a key in one bundle',
    code: 'bundle-malformed',
    attacked: ({ bundle }) =>
      bundle({ edit: ({ verificationMaterial }) => (verificationMaterial.publicKey = { hint: '' }) }),
    honest,
  },
  ...(['constructor', '__proto__', 'toString'] as const).map(
    (hint): Attack => ({
      row: 'hint of a key',
      attack: `the hint "${hint}"`,
      code: 'signature-invalid',
      attacked: ({ bundle }) =>
        bundle({ signer: generateKeyPair(), sign: { hint }, policy: { signedBy: { key: generateKeyPair().pem } } }),
      honest: ({ bundle }) => {
        const signer = generateKeyPair();
        return bundle({ signer, sign: { hint }, policy: { signedBy: { key: signer.pem } } });
      },
    }),
  ),
  {
    row: 'integrated time of a v1 proof',
    attack: 'an integrated time that only the bundle says',
    code: 'log-set-invalid',
    attacked: ({ bundle }) => bundle({ edit: (made) => (entryOf(made).integratedTime = '1772366460') }),
    honest,
  },
  {
    row: 'entry kind',
    attack: 'a kind beside the entry that is not the body’s',
    code: 'log-entry-kind-mismatch',
    attacked: ({ bundle }) => bundle({ edit: (made) => (entryOf(made).kindVersion.kind = 'hashedrekord') }),
    honest,
  },
];
