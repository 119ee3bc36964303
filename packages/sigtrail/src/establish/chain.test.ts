import { type CaCertificateOptions, createCertificateAuthority, createSigstore } from '@sigtrail/testing';
import { describe, expect, it } from 'vitest';
import { type Certificate, OID, parseCertificate } from '../crypto/certificate.ts';
import { type ChainResult, findPaths, type PathStart, verifyPaths } from './chain.ts';
import { createSignatures } from './signatures.ts';

const now = new Date('2026-03-01T12:00:00Z');
const SERVER = '1.3.6.1.5.5.7.3.1';
const ANY = '2.5.29.37.0';

async function verify(
  { root, intermediate }: { readonly root?: readonly string[]; readonly intermediate?: readonly string[] },
  purpose: string = OID.codeSigning,
  change = (certificate: Certificate, _index: number): Certificate => certificate,
  extensions: readonly { readonly oid: string; readonly critical?: boolean; readonly value: Uint8Array }[] = [],
): Promise<ChainResult> {
  const sigstore = await createSigstore({ now });
  const ca = await createCertificateAuthority({
    now,
    certificates: [root, intermediate].map((eku) => (eku === undefined ? {} : { eku })),
  });
  const { der } = await sigstore.issueCertificate({ authority: ca, extensions });
  const authority = {
    uri: ca.uri,
    certificates: ca.chain.map((bytes, index) => change(parseCertificate(bytes), index)),
    validFor: ca.validFor,
  };
  const leaf = parseCertificate(der);
  return verifyPaths(leaf, await findPaths(leaf, [authority], createSignatures(), [], purpose), now);
}

describe('the purposes of the authorities on a path', () => {
  it.each([
    [{}],
    [{ root: [OID.codeSigning] }],
    [{ intermediate: [SERVER, OID.codeSigning] }],
    [{ root: [ANY], intermediate: [OID.codeSigning] }],
  ])('allow code signing: %j', async (purposes) => {
    expect(await verify(purposes)).toMatchObject({ ok: true });
  });

  it.each([
    [{ root: [SERVER] }],
    [{ intermediate: [SERVER] }],
    [{ root: [SERVER], intermediate: [OID.codeSigning] }],
    [{ root: [OID.timeStamping], intermediate: [ANY] }],
  ])('do not allow code signing: %j', async (purposes) => {
    expect(await verify(purposes)).toMatchObject({ ok: false, fault: 'constraint' });
  });

  it('must be time stamping for a timestamp authority', async () => {
    expect(await verify({ intermediate: [OID.timeStamping] }, OID.timeStamping)).toMatchObject({ ok: true });
    expect(await verify({ intermediate: [OID.codeSigning] }, OID.timeStamping)).toMatchObject({ fault: 'constraint' });
  });
});

const withExtension = (at: number, oid: string, critical: boolean) => (certificate: Certificate, index: number) => {
  const extension = { oid, critical, value: new Uint8Array(), bytes: new Uint8Array() };
  if (index !== at) return certificate;
  return Object.assign(parseCertificate(certificate.bytes), { extensions: [...certificate.extensions, extension] });
};

it.each([
  ['the intermediate', 0, false],
  ['the intermediate, critical', 0, true],
  ['the root', 1, false],
  ['the root, critical', 1, true],
])('refuses name constraints on %s', async (_where, at, critical) => {
  const result = await verify({}, OID.codeSigning, withExtension(at, OID.nameConstraints, critical));
  expect(result).toMatchObject({ ok: false, fault: 'constraint' });
});

it.each([
  ['the intermediate', 0],
  ['the root', 1],
])('refuses a critical extension on %s that is not understood, and no other', async (_where, at) => {
  const ask = async (critical: boolean) =>
    verify({}, OID.codeSigning, withExtension(at, '1.3.6.1.4.1.99999.2', critical));
  expect(await ask(true)).toMatchObject({ ok: false, fault: 'constraint' });
  expect(await ask(false)).toMatchObject({ ok: true });
});

it('refuses name constraints on a leaf, readable or not, and no other extension there', async () => {
  const ask = async (oid: string, value: string) =>
    verify({}, OID.codeSigning, undefined, [{ oid, value: Buffer.from(value, 'hex') }]);
  expect(await ask(OID.nameConstraints, 'a000')).toMatchObject({ ok: false, fault: 'constraint' });
  expect(await ask(OID.nameConstraints, '3000')).toMatchObject({ ok: false, fault: 'constraint' });
  expect(await ask('1.3.6.1.4.1.99999.2', '0500')).toMatchObject({ ok: true });
});

describe('a path starts at', () => {
  /** A chain of three whose `at`-th certificate, counted from the issuing one, issued the leaf. */
  async function issuedBy(at: number, middle: CaCertificateOptions = {}, startsAt?: PathStart): Promise<ChainResult> {
    const sigstore = await createSigstore({ now });
    const ca = await createCertificateAuthority({ now, certificates: [{ pathLength: 2 }, middle, { pathLength: 0 }] });
    const key = ca.keys[at];
    if (key === undefined) throw new Error('the chain is shorter');
    const names = ['intermediate 2', 'intermediate 1', 'root'];
    const { der } = await sigstore.issueCertificate({
      authority: { ...ca, key, issuerName: `O=${ca.name}, CN=${ca.name} ${names[at]}`, chain: ca.chain.slice(at) },
    });
    const leaf = parseCertificate(der);
    const authority = {
      uri: ca.uri,
      certificates: ca.chain.map((bytes) => parseCertificate(bytes)),
      validFor: ca.validFor,
    };
    const paths = await findPaths(leaf, [authority], createSignatures(), [], OID.codeSigning, startsAt);
    return verifyPaths(leaf, paths, now);
  }

  it.each([
    ['the first certificate of a trusted chain', 0],
    ['the second', 1],
    ['the anchor', 2],
  ])('%s', async (_which, at) => {
    expect(await issuedBy(at)).toMatchObject({ ok: true });
  });

  it.each<readonly [string, CaCertificateOptions]>([
    ['is not an authority', { isCa: false }],
    ['may not sign certificates', { keyUsage: ['digitalSignature'] }],
    ['is limited to another purpose', { eku: [SERVER] }],
  ])('the second only where it may issue: not when it %s', async (_why, middle) => {
    expect(await issuedBy(1, middle)).toMatchObject({ ok: false, fault: 'constraint' });
    expect(await issuedBy(2, middle)).toMatchObject({ ok: true });
  });

  it('the second only while it is valid', async () => {
    const notAfter = new Date(now.getTime() - 1000);
    expect(await issuedBy(1, { notAfter })).toMatchObject({ ok: false, fault: 'authority-expired' });
    expect(await issuedBy(2, { notAfter })).toMatchObject({ ok: true });
  });

  it('no other than the first, for timestamp authorities', async () => {
    expect(await issuedBy(0, {}, 'first')).toMatchObject({ ok: true });
    expect(await issuedBy(1, {}, 'first')).toMatchObject({ ok: false, fault: 'unknown-issuer' });
  });
});

describe('certificates that come with a signature', () => {
  /** A leaf below so many certificates that came with it, of which the topmost is issued by the one that is trusted. */
  async function below(count: number): Promise<ChainResult> {
    const sigstore = await createSigstore({ now });
    const certificates = Array.from({ length: count + 1 }, (_, index) => ({ pathLength: count - index }));
    const ca = await createCertificateAuthority({ now, certificates });
    const { der } = await sigstore.issueCertificate({ authority: ca });
    const chain = ca.chain.map((bytes) => parseCertificate(bytes));
    const authority = { uri: ca.uri, certificates: chain.slice(-1), validFor: ca.validFor };
    const leaf = parseCertificate(der);
    return verifyPaths(leaf, await findPaths(leaf, [authority], createSignatures(), chain.slice(0, -1)), now);
  }

  it('lead to the trusted chain, four at the most', async () => {
    expect(await below(4)).toMatchObject({ ok: true });
    expect(await below(5)).toMatchObject({ ok: false, fault: 'unknown-issuer' });
  });

  it('end at the trusted chain, or lead nowhere', async () => {
    const sigstore = await createSigstore({ now });
    const stranger = await createCertificateAuthority({ now, name: 'stranger' });
    const { der } = await sigstore.issueCertificate({ authority: stranger });
    const { ca } = sigstore;
    const authority = {
      uri: ca.uri,
      certificates: ca.chain.map((one) => parseCertificate(one)),
      validFor: ca.validFor,
    };
    const leaf = parseCertificate(der);
    const beside = stranger.chain.map((one) => parseCertificate(one));
    expect(await findPaths(leaf, [authority], createSignatures(), beside)).toEqual([]);
  });
});
