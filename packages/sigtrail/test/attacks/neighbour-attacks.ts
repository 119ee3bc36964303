import { createPublicKey, type KeyObject } from 'node:crypto';
import {
  bundleManifest,
  type CertificateOptions,
  COSIGN_SIGN,
  createSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  type JsonObject,
  MEDIA_TYPE,
  pushManifest,
  type SubjectAlternativeName,
} from '@sigtrail/testing';
import type { AuthorityProfile } from '../../src/trust/profile.ts';
import type { ImagePolicy, SignerRule } from '../../src/policy/policy.ts';
import { glob, type Pattern, re2 } from '../../src/policy/pattern.ts';
import type { ImageUnderTest } from '../image-under-test.ts';
import type { Attack } from './attack.ts';
import { signed, type Try } from './made.ts';
import { DIGEST, IDENTITY, NOW } from './world.ts';

const KEY = generateKeyPair();
const RSA = generateKeyPair('rsa2048');
const OTHER_RSA = generateKeyPair('rsa2048');
const VEX = 'https://openvex.dev/ns/v0.2.0';
const MAIL: SubjectAlternativeName = { kind: 'email', value: 'Release@Acme.test' };
const REPOSITORY = '1.3.6.1.4.1.57264.1.12';

/** A leaf of another instance that is trusted beside Fulcio, logged and stamped as its profile asks. */
const beside =
  (profile: AuthorityProfile, certificate: CertificateOptions, signedBy: SignerRule, isLogged: boolean): Try =>
  async ({ bundle, sigstore }) => {
    const other = await createSigstore({ now: NOW });
    return bundle({
      signer: await other.issueCertificate(certificate),
      sign: { logs: isLogged ? [sigstore.rekor] : [], timestamps: [other.tsa] },
      trust: [{ json: JSON.stringify(sigstore.trustedRoot()) }, { json: JSON.stringify(other.trustedRoot()), profile }],
      policy: { signedBy },
    });
  };
const ANY_ISSUER: SignerRule = { issuer: re2('.*'), subject: IDENTITY.subject };
const anyIssuer: Try = ({ bundle }) => bundle({ policy: { signedBy: ANY_ISSUER } });

/** A simple-signing payload with something more in it. */
const payloadWith = (where: 'critical' | 'identity' | 'image' | 'optional', member: object): Try =>
  signed(({ digest }) => {
    const parts = { critical: {}, identity: {}, image: {}, optional: {}, [where]: member };
    const critical = {
      identity: { 'docker-reference': 'registry.fake.test/acme/app', ...parts.identity },
      image: { 'docker-manifest-digest': digest, ...parts.image },
      type: 'cosign container image signature',
      ...parts.critical,
    };
    return { payload: Buffer.from(JSON.stringify({ critical, optional: parts.optional })) };
  });

const subjectWith =
  (digests: object): Try =>
  ({ bundle }) => {
    const subject = [{ digest: { sha256: DIGEST.slice(7), ...digests } }];
    const statement = { _type: 'https://in-toto.io/Statement/v1', subject, predicateType: COSIGN_SIGN, predicate: {} };
    return bundle({ sign: { statement: Buffer.from(JSON.stringify(statement)) } });
  };

/** A name of that kind under a rule whose pattern is for URIs. */
const named =
  (kind: 'uri' | 'email' | 'dns', value: string, subject: string | Pattern): Try =>
  ({ bundle }) =>
    bundle({ certificate: { san: [{ kind, value }] }, policy: { signedBy: { issuer: GITHUB_ISSUER, subject } } });
const URI = 'https://github.com/acme/x@evil.test';

/** The numbers of an RSA key under the name of RSASSA-PSS. */
function asPss(spki: Buffer): KeyObject {
  const plain = Buffer.from('300d06092a864886f70d0101010500', 'hex');
  const contents = Buffer.concat([
    Buffer.from('300b06092a864886f70d01010a', 'hex'),
    spki.subarray(spki.indexOf(plain) + plain.length),
  ]);
  const head = Buffer.of(0x30, 0x82, contents.length >> 8, contents.length & 0xff);
  return createPublicKey({ key: Buffer.concat([head, contents]), format: 'der', type: 'spki' });
}

const deniedKey =
  (key: string | KeyObject): Try =>
  ({ bundle }) =>
    bundle({
      signer: RSA,
      sign: { signing: { padding: 'pss' }, logs: [] },
      policy: { signedBy: { key: asPss(RSA.spki) }, require: { log: 0 } },
      deny: { keys: [{ key }] },
    });

const deniedName =
  (subject: string | Pattern): Try =>
  ({ bundle }) =>
    bundle({
      certificate: { san: [MAIL] },
      policy: { signedBy: { issuer: GITHUB_ISSUER, subject: glob('*@*') } },
      deny: { identities: [{ subject }] },
    });

const deniedRepository =
  (sourceRepositoryUri: string): Try =>
  ({ bundle }) =>
    bundle({
      certificate: { claims: { [REPOSITORY]: 'https://github.com/Acme/App' } },
      deny: { identities: [{ sourceRepositoryUri }] },
    });

/** Two signatures under certificates with these names, where two signers are asked for. */
const twoSigners =
  (...certificates: readonly CertificateOptions[]): Try =>
  (world) =>
    world.image(
      async ({ sigstore, digest, attachBundle }) => {
        for (const certificate of certificates)
          attachBundle(
            sigstore.signBundle({
              statement: { imageDigest: digest },
              signer: await sigstore.issueCertificate(certificate),
            }),
          );
      },
      (verifier, { reference }) => {
        const of = ['https://a.test/x', 'https://b.test/x'].map((subject) => ({ issuer: GITHUB_ISSUER, subject }));
        return verifier.evaluate(reference, { atLeast: 2, of });
      },
    );
const uris = (...values: readonly string[]): CertificateOptions => ({
  san: values.map((value) => ({ kind: 'uri', value })),
});

/** An OpenVEX statement, and when it was made. */
type Said = readonly [status: 'affected' | 'not_affected', timestamp: string, product?: JsonObject];

const UNAFFECTED: ImagePolicy = { allOf: [{ signedBy: { key: KEY.pem } }, { vex: { signedBy: { key: KEY.pem } } }] };

function attachVex({ sigstore, digest, attachBundle }: ImageUnderTest, said: readonly Said[]): void {
  for (const [status, timestamp, product] of said) {
    const products: { readonly products?: JsonObject[] } = product === undefined ? {} : { products: [product] };
    const statements = [
      { vulnerability: { name: 'CVE-2026-1' }, status, justification: 'component_not_present', ...products },
    ];
    const predicate = {
      '@context': VEX,
      '@id': 'https://acme.test/vex',
      author: 'acme',
      version: 1,
      timestamp,
      statements,
    };
    attachBundle(
      sigstore.signBundle({ statement: { imageDigest: digest, predicateType: VEX, predicate }, signer: KEY }),
    );
  }
}

const vex =
  (...said: readonly Said[]): Try =>
  (world) =>
    world.image(
      (image) => {
        attachVex(image, said);
        image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: KEY }));
      },
      (verifier, { reference }) => verifier.evaluate(reference, UNAFFECTED),
    );
const AFFECTED: Said = ['affected', '2026-01-01T00:00:00Z'];
const PART: Said = ['affected', AFFECTED[1], { '@id': 'pkg:oci/app', subcomponents: [{ '@id': 'pkg:npm/b' }] }];
const LATER = '2026-02-01T00:00:00Z';

/** A manifest in an index whose signature covers what it lists. */
const inherited =
  (asked: 'platforms' | 'index', ...said: readonly Said[]): Try =>
  (world) =>
    world.image(
      (image) => {
        const { sigstore, registry, repository, descriptor } = image;
        const manifests = [{ ...descriptor, platform: { os: 'linux', architecture: 'amd64' } }];
        const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests }));
        const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.index, 'multi');
        const bundle = sigstore.signBundle({ statement: { imageDigest: digest }, signer: KEY });
        const subject = { mediaType: MEDIA_TYPE.index, digest, size: bytes.length };
        pushManifest(registry, repository, bundleManifest(bundle, subject));
        attachVex(image, said);
      },
      (verifier, { registry, repository, reference }) => {
        const index = `${registry.host}/${repository}:multi`;
        return asked === 'index'
          ? verifier.evaluate(reference, UNAFFECTED, { inherit: { index } })
          : verifier.evaluate(index, UNAFFECTED, { platforms: 'each', inherit: true });
      },
    );

type Line = readonly [attack: string, code: string, attacked: Try, honest: Try];

const LINES: Readonly<Record<string, readonly Line[]>> = {
  'an authority beside another': [
    [
      'a certificate of a private PKI without an issuer, under a pattern that matches every issuer',
      'profile-mismatch',
      beside('pki', { issuer: {} }, ANY_ISSUER, true),
      anyIssuer,
    ],
    [
      'a certificate of GitHub’s authority without an issuer, under such a pattern',
      'profile-mismatch',
      beside('github', { issuer: {} }, ANY_ISSUER, false),
      anyIssuer,
    ],
    [
      'a key that the policy names, unlogged in a certificate of GitHub’s authority',
      'log-missing',
      beside('github', { key: KEY, scts: 'none' }, { key: KEY.pem }, false),
      beside('github', { key: KEY, scts: 'none' }, { key: KEY.pem }, true),
    ],
  ],
  'two readings': [
    [
      'a member of critical that is not understood',
      'payload-malformed',
      payloadWith('critical', { expires: '2020-01-01' }),
      payloadWith('optional', { expires: '2020-01-01' }),
    ],
    [
      'a member of critical.image that is not understood',
      'payload-malformed',
      payloadWith('image', { platform: 'linux/arm64' }),
      payloadWith('image', {}),
    ],
    [
      'a member of critical.identity that is not understood',
      'payload-malformed',
      payloadWith('identity', { scope: 'test' }),
      payloadWith('identity', {}),
    ],
    [
      'a subject with the SHA-512 of another artifact',
      'subject-mismatch',
      subjectWith({ sha512: '0'.repeat(128) }),
      subjectWith({ gitCommit: '0'.repeat(40) }),
    ],
    [
      'an e-mail address of the form that a pattern for URIs asks for: (?i)https://',
      'identity-kind-mismatch',
      named('email', URI, re2('(?i)https://github.com/acme/.*')),
      named('uri', URI, re2('(?i)https://github.com/acme/.*')),
    ],
    [
      'an e-mail address of the form that a pattern for URIs asks for: *://',
      'identity-kind-mismatch',
      named('email', URI, glob('*://github.com/acme/**')),
      named('uri', URI, glob('*://github.com/acme/**')),
    ],
    [
      'a DNS name that reads as an e-mail address',
      'identity-kind-mismatch',
      named('dns', 'release@acme.test', 'release@acme.test'),
      named('email', 'release@acme.test', 'release@acme.test'),
    ],
  ],
  'a denied name': [
    [
      'an e-mail address in capitals',
      'identity-denied',
      deniedName('release@acme.test'),
      deniedName('other@acme.test'),
    ],
    ['capitals under a pattern', 'identity-denied', deniedName(glob('*@acme.test')), deniedName(glob('*@evil.test'))],
    [
      'a repository in capitals',
      'identity-denied',
      deniedRepository('https://github.com/acme/app'),
      deniedRepository('https://github.com/acme/other'),
    ],
    ['an RSA key under the name of RSASSA-PSS', 'key-denied', deniedKey(RSA.pem), deniedKey(OTHER_RSA.pem)],
    [
      'an RSASSA-PSS key that is denied as such',
      'key-denied',
      deniedKey(asPss(RSA.spki)),
      deniedKey(asPss(OTHER_RSA.spki)),
    ],
  ],
  'one signer as two': [
    [
      'two certificates of one signer, the second with a further name',
      'no-match',
      twoSigners(
        uris('https://a.test/x', 'https://b.test/x'),
        uris('https://a.test/x', 'https://b.test/x', 'https://c.test/x'),
      ),
      twoSigners(uris('https://a.test/x'), uris('https://b.test/x')),
    ],
    [
      'two certificates around one key',
      'no-match',
      twoSigners({ ...uris('https://a.test/x'), key: KEY }, { ...uris('https://b.test/x'), key: KEY }),
      twoSigners({ ...uris('https://a.test/x'), key: KEY }, uris('https://b.test/x')),
    ],
  ],
  'a word against an image': [
    [
      'taken back about a product that has no @id',
      'no-match',
      vex(AFFECTED, ['not_affected', LATER, { identifiers: { purl: 'pkg:oci/other' } }]),
      vex(AFFECTED, ['not_affected', LATER]),
    ],
    [
      'taken back about another part of the product',
      'no-match',
      vex(PART, ['not_affected', LATER, { '@id': 'pkg:oci/app', subcomponents: [{ '@id': 'pkg:npm/a' }] }]),
      vex(PART, ['not_affected', LATER, { '@id': 'pkg:oci/app' }]),
    ],
    [
      'taken back by a statement that is dated in the future',
      'no-match',
      vex(AFFECTED, ['not_affected', '2126-02-01T00:00:00Z']),
      vex(AFFECTED, ['not_affected', LATER]),
    ],
    [
      'forgotten because a signature covers the index around it: platforms',
      'no-match',
      inherited('platforms', AFFECTED),
      inherited('platforms'),
    ],
    [
      'forgotten because a signature covers the index around it: index',
      'no-match',
      inherited('index', AFFECTED),
      inherited('index'),
    ],
  ],
};

/** Neighbours of faults that were found before: other inputs of the same kinds. */
export const NEIGHBOUR_ATTACKS: readonly Attack[] = Object.entries(LINES).flatMap(([row, lines]) =>
  lines.map(([attack, code, attacked, neighbour]) => ({ row, attack, code, attacked, honest: neighbour })),
);
