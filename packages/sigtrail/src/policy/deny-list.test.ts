import { createHash, createPublicKey, X509Certificate } from 'node:crypto';
import {
  createSigstore,
  type FakeSigstore,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type IssuedCertificate,
  type KeyPair,
} from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseCertificate } from '../crypto/certificate.ts';
import { otherSpellings } from '../crypto/other-spelling.ts';
import { isSigtrailError } from '../error.ts';
import { keySpellings } from '../keys/key-spellings.ts';
import { keyFingerprint } from '../keys/public-key.ts';
import { glob } from './pattern.ts';
import type { CandidateReport, Check } from '../report/report.ts';
import { createVerifier } from '../verifier.ts';
import { verifyBundle } from '../verify-bundle.ts';
import type { DenyList } from './deny-list.ts';

const artifact = Buffer.from('an artifact');
const now = new Date('2026-03-01T12:00:00Z');
const other = `sha256:${'0'.repeat(64)}`;
let sigstore: FakeSigstore;
let certificate: IssuedCertificate;
let key: KeyPair;
beforeAll(async () => {
  sigstore = await createSigstore({ now });
  certificate = await sigstore.issueCertificate({
    claims: { '1.3.6.1.4.1.57264.1.12': 'https://github.com/acme/app' },
  });
  key = generateKeyPair();
});

const pemOf = (der: Uint8Array): string => new X509Certificate(der).toString();
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
const colons = (hex: string): string => hex.toUpperCase().replaceAll(/..(?=.)/g, '$&:');

async function ask(deny: DenyList, signer: IssuedCertificate | KeyPair, own = sigstore): Promise<Check | undefined> {
  const bundle = own.signBundle({ content: 'message', artifact, signer });
  const trust = { json: JSON.stringify(own.trustedRoot()) };
  const signedBy = 'der' in signer ? { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } : { key: signer.pem };
  const denied = (report: CandidateReport): Check | undefined =>
    report.checks.find(({ check }) => check === 'deny-list');
  try {
    const { report } = await verifyBundle(bundle, artifact, { signedBy }, { trust, deny, now: () => now });
    expect(denied(report)?.status).toBe('passed');
    return undefined;
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    const report = error.candidate;
    if (report === undefined) throw error;
    expect(report.checks.filter(({ status }) => status === 'failed')).toHaveLength(1);
    return denied(report);
  }
}

function compressPoint(spki: Buffer): Buffer {
  const point = spki.subarray(-65);
  const head = Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex');
  return Buffer.concat([head, Buffer.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33)]);
}

function cutNull(spki: Buffer): Buffer {
  const at = spki.indexOf(Buffer.from('0500', 'hex'));
  const cut = Buffer.concat([spki.subarray(0, at), spki.subarray(at + 2)]);
  cut.writeUInt16BE(spki.readUInt16BE(2) - 2, 2);
  cut.writeUInt8(spki.readUInt8(5) - 2, 5);
  return cut;
}

const PSS_SHA256 = Buffer.from(
  '3034a00f300d06096086480165030402010500a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120',
  'hex',
);

/** An RSA key under the name of RSASSA-PSS. */
function asPss(spki: Buffer, parameters: Buffer = Buffer.alloc(0)): Buffer {
  const id = Buffer.from('06092a864886f70d01010a', 'hex');
  const algorithm = Buffer.concat([Buffer.of(0x30, id.length + parameters.length), id, parameters]);
  const contents = Buffer.concat([algorithm, spki.subarray(spki.indexOf(Buffer.from('0382', 'hex')))]);
  return Buffer.concat([Buffer.of(0x30, 0x82, contents.length >> 8, contents.length & 0xff), contents]);
}

describe('a deny-list', () => {
  it('lets through whom it does not name', async () => {
    const deny: DenyList = {
      keys: [{ fingerprint: other }, { key: generateKeyPair().pem }],
      certificates: [{ fingerprint: other }, { serialNumber: '7' }],
      identities: [
        { subject: 'https://github.com/acme/other' },
        { issuer: GITHUB_ISSUER, runnerEnvironment: 'self-hosted' },
      ],
    };
    expect(await ask(deny, certificate)).toBeUndefined();
    expect(await ask(deny, key)).toBeUndefined();
    expect(await ask({}, key)).toBeUndefined();
  });

  // A point has three forms and RSA's parameters two (RFC 5480 §2.2, RFC 4055 §1.2): each is the same key. In a certificate only one is read.
  it.each([
    ['p256', 'a compressed point', compressPoint],
    ['rsa2048', 'no NULL for its parameters', cutNull],
  ] as const)('finds a %s key that the list spells with %s', async (kind, _how, respell) => {
    const usual = generateKeyPair(kind);
    const spki = respell(usual.spki);
    const signer = await sigstore.issueCertificate({ key: usual });
    expect(await ask({ keys: [{ key: generateKeyPair(kind).pem }] }, signer)).toBeUndefined();
    const imported = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    expect((await ask({ keys: [{ key: imported }] }, signer))?.code).toBe('key-denied');
    const respelled = await sigstore.issueCertificate({ key: { ...usual, spki } });
    expect(Buffer.from(respelled.der).includes(spki)).toBe(true);
    expect(() => parseCertificate(respelled.der)).toThrow(expect.objectContaining({ code: 'invalid-certificate' }));
  });

  it.each<readonly [string, () => DenyList, code: string]>([
    ['the key of a certificate', () => ({ keys: [{ key: certificate.key.spki }] }), 'key-denied'],
    [
      'the key of its authority',
      () => ({ keys: [{ fingerprint: keyFingerprint(sigstore.ca.key.publicKey) }] }),
      'key-denied',
    ],
    [
      'a certificate',
      () => ({ certificates: [{ fingerprint: `sha256:${sha256(certificate.der)}` }] }),
      'certificate-denied',
    ],
    [
      'a certificate as openssl prints it',
      () => ({ certificates: [{ fingerprint: colons(sha256(certificate.der)) }] }),
      'certificate-denied',
    ],
    [
      'a certificate of the authority',
      () => ({ certificates: [{ fingerprint: sha256(sigstore.ca.chain.at(-1) ?? certificate.der) }] }),
      'certificate-denied',
    ],
    ['an exact subject', () => ({ identities: [{ subject: GITHUB_WORKFLOW }] }), 'identity-denied'],
    ['a pattern of subjects', () => ({ identities: [{ subject: glob('https://github.com/**') }] }), 'identity-denied'],
    ['an issuer', () => ({ identities: [{ issuer: GITHUB_ISSUER }] }), 'identity-denied'],
    [
      'a repository',
      () => ({ identities: [{ sourceRepositoryUri: 'https://github.com/acme/app' }] }),
      'identity-denied',
    ],
  ])('refuses %s, and nothing else fails', async (_, deny, code) => {
    expect(await ask(deny(), certificate)).toMatchObject({ status: 'failed', code });
  });

  // Anybody can write (r, s) of an ECDSA signature as (r, n − s): it verifies, and the fingerprint of the whole is another one.
  it.each(['p256', 'p384', 'p521'] as const)(
    'refuses a certificate of a %s authority in both spellings of its signature',
    async (kind) => {
      const own = await createSigstore({ now, ca: { certificates: [{ kind }] } });
      const leaf = await own.issueCertificate();
      const issuer = new X509Certificate(own.ca.chain[0] ?? leaf.der).publicKey;
      const twins = otherSpellings(parseCertificate(leaf.der)).filter((der) => new X509Certificate(der).verify(issuer));
      expect(twins).toHaveLength(1);
      const twin = { ...leaf, der: Buffer.from(twins[0] ?? leaf.der) };
      const tbs = parseCertificate(leaf.der).tbs;
      for (const signer of [leaf, twin]) {
        expect(await ask({ certificates: [{ fingerprint: other }] }, signer, own)).toBeUndefined();
        for (const bytes of [leaf.der, twin.der, tbs])
          expect(await ask({ certificates: [{ fingerprint: sha256(bytes) }] }, signer, own)).toMatchObject({
            code: 'certificate-denied',
          });
      }
    },
  );

  // A list that has only a fingerprint doesn't say how the key was written that it was made from.
  it.each([
    ['a compressed point', 'p256', compressPoint],
    ['no NULL for its parameters', 'rsa2048', cutNull],
    ['RSASSA-PSS without parameters', 'rsa2048', asPss],
    ['RSASSA-PSS with SHA-256', 'rsa2048', (spki) => asPss(spki, PSS_SHA256)],
  ] satisfies [string, 'p256' | 'rsa2048', (spki: Buffer) => Buffer][])(
    'refuses a key by the fingerprint of its spelling with %s',
    async (_, kind, respell) => {
      const usual = generateKeyPair(kind);
      const fingerprint = sha256(respell(usual.spki));
      expect(fingerprint).not.toBe(sha256(usual.spki));
      const signer = await sigstore.issueCertificate({ key: usual });
      for (const by of kind === 'p256' ? [usual, signer] : [signer]) {
        expect(await ask({ keys: [{ fingerprint }] }, by)).toMatchObject({ code: 'key-denied' });
        expect(await ask({ keys: [{ fingerprint: other }] }, by)).toBeUndefined();
      }
      const imported = createPublicKey({ key: respell(usual.spki), format: 'der', type: 'spki' });
      expect(keySpellings(imported)).toContain(keyFingerprint(usual.publicKey));
    },
  );

  it('refuses a serial number in either spelling', async () => {
    const { serialNumber } = new X509Certificate(certificate.der);
    for (const spelling of [serialNumber, colons(serialNumber.toLowerCase()), `0x${serialNumber}`])
      expect(await ask({ certificates: [{ serialNumber: spelling }] }, certificate)).toMatchObject({
        code: 'certificate-denied',
      });
  });

  it('refuses a serial number of the authority that gave it, and of no other', async () => {
    const { serialNumber } = new X509Certificate(certificate.der);
    const stranger = await createSigstore({ now, ca: { name: 'another.fake.test' } });
    const [[own], [another]] = [sigstore.ca.chain, stranger.ca.chain];
    const pem = new X509Certificate(own ?? certificate.der).toString();
    for (const issuer of [own, pem])
      expect(
        await ask({ certificates: [{ serialNumber, ...(issuer === undefined ? {} : { issuer }) }] }, certificate),
      ).toMatchObject({ code: 'certificate-denied' });
    expect(await ask({ certificates: [{ serialNumber, issuer: another ?? '' }] }, certificate)).toBeUndefined();
    expect(await ask({ certificates: [{ serialNumber: '01', issuer: pem }] }, certificate)).toBeUndefined();
  });

  it('refuses a key that the policy names, and says why', async () => {
    const check = await ask(
      { keys: [{ fingerprint: keyFingerprint(key.publicKey), reason: 'INC-7: stolen laptop' }] },
      key,
    );
    expect(check).toMatchObject({ code: 'key-denied', actual: keyFingerprint(key.publicKey) });
    expect(check?.message).toContain('INC-7: stolen laptop');
  });

  it.each([
    ['garbage', 'no certificate'],
    ['no text at all', 42],
    ['an empty one', new Uint8Array(0)],
    ['two certificates', () => `${pemOf(certificate.der)}${pemOf(certificate.der)}`],
  ])('refuses %s as an authority when the verifier is made', (_, given) => {
    const issuer = (typeof given === 'function' ? given() : given) as string;
    expect(() => createVerifier({ deny: { certificates: [{ serialNumber: '01', issuer }] } })).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining('certificates[0].issuer') }),
    );
  });

  it('answers nothing if Node accepts the authority’s certificate but the strict reader refuses it', async () => {
    const loose = pemOf(certificate.der).replace('-----END', '\n-----END');
    const list = { certificates: [{ serialNumber: '01', issuer: `# corp\n${loose}` }] };
    await expect(ask(list, certificate)).rejects.toMatchObject({ name: 'TypeError', code: 'invalid-option' });
  });

  it('of a verifier holds for the bundles that it is given, too', async () => {
    const bundle = sigstore.signBundle({ content: 'message', artifact, signer: certificate });
    const options = { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, now: () => now };
    const policy = { signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW } };
    await using verifier = createVerifier(options);
    expect((await verifier.verifyBundle(bundle, artifact, policy)).signature.signer.kind).toBe('certificate');
    await using denying = createVerifier({ ...options, deny: { identities: [{ subject: GITHUB_WORKFLOW }] } });
    await expect(denying.verifyBundle(bundle, artifact, policy)).rejects.toMatchObject({
      code: 'no-match',
      candidate: { refusedBecause: 'identity-denied' },
    });
  });

  it.each<readonly [string, unknown, string]>([
    ['an unknown kind', { certs: [] }, 'unknown-option'],
    ['a misspelt field', { identities: [{ subjekt: 'x' }] }, 'unknown-option'],
    ['an entry that names no identity', { identities: [{ reason: 'x' }] }, 'invalid-option'],
    ['an empty subject', { identities: [{ subject: '' }] }, 'invalid-option'],
    ['a short fingerprint', { keys: [{ fingerprint: 'sha256:00' }] }, 'invalid-option'],
    ['a fingerprint and a key', { keys: [{ fingerprint: other, key: 'x' }] }, 'invalid-option'],
    ['neither', { certificates: [{}] }, 'invalid-option'],
    ['text that is not a serial', { certificates: [{ serialNumber: 'xyz' }] }, 'invalid-option'],
    [
      'an issuer that is not a certificate',
      { certificates: [{ serialNumber: '01', issuer: 'CN=x' }] },
      'invalid-option',
    ],
    ['an issuer that is a number', { certificates: [{ serialNumber: '01', issuer: 1 }] }, 'invalid-option'],
    ['an issuer alone', { certificates: [{ issuer: Buffer.of() }] }, 'invalid-option'],
    ['an issuer of a fingerprint', { certificates: [{ fingerprint: other, issuer: 'x' }] }, 'invalid-option'],
    ['text that is not a key', { keys: [{ key: 'x' }] }, 'invalid-key'],
    ['an object in place of a list', { keys: {} }, 'invalid-option'],
  ])('is refused with %s', async (_, deny, code) => {
    await expect(ask(deny as DenyList, key)).rejects.toMatchObject({ code });
  });
});
