import { createHash, verify, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { der, objectIdentifier, readMembers } from './der.ts';
import {
  createSigstore,
  createTimestampAuthority,
  type KeyKind,
  type TimestampAuthority,
  type TimestampUse,
} from '../index.ts';
import { timestamp } from './timestamp-token.ts';

const AT = new Date('2026-03-04T05:06:07Z');
const BYTES = Buffer.from('a signature');
const hashOf = (algorithm: string, bytes: Uint8Array): Buffer => createHash(algorithm).update(bytes).digest();

describe('timestamp', () => {
  it.each<{ kind: KeyKind; hash: string }>([
    { kind: 'p256', hash: 'sha256' },
    { kind: 'p384', hash: 'sha384' },
    { kind: 'p521', hash: 'sha512' },
    { kind: 'rsa2048', hash: 'sha256' },
  ])('is signed over its attributes, which name what was stamped and by whom: $kind', async ({ kind, hash }) => {
    const authority = await createTimestampAuthority({ kind, now: AT });
    const token = parse(timestamp({ authority, at: AT }, BYTES));
    expect(token.imprint).toEqual(hashOf(hash, BYTES));
    expect(token.time).toBe('20260304050607Z');
    expect(token.attribute('1.2.840.113549.1.9.4')).toEqual(der(0x04, hashOf(hash, token.info)));
    expect(token.attribute('1.2.840.113549.1.9.16.2.47')?.includes(hashOf('sha256', authority.certificate))).toBe(true);
    expect(signedBy(authority, token, hash)).toBe(true);
    expect(token.embedded).toHaveLength(0);
  });

  it('carries a critical timeStamping purpose and a chain', async () => {
    const { chain } = await createTimestampAuthority({ now: AT });
    const [leaf, root] = chain.map((bytes) => new X509Certificate(bytes));
    expect(leaf?.keyUsage).toEqual(['1.3.6.1.5.5.7.3.8']);
    expect(leaf?.verify(root!.publicKey)).toBe(true);
    expect(leaf?.raw.includes(Buffer.from('0603551d250101ff', 'hex'))).toBe(true);
  });

  it('may lack the purpose, or have it uncritical', async () => {
    const [without, uncritical] = await Promise.all([
      createTimestampAuthority({ eku: [] }),
      createTimestampAuthority({ ekuCritical: false }),
    ]);
    expect(new X509Certificate(without.certificate).keyUsage).toBeUndefined();
    expect(uncritical.certificate.includes(Buffer.from('0603551d250101ff', 'hex'))).toBe(false);
  });

  it.each<{
    name: string;
    use: Partial<TimestampUse>;
    holds: (token: Token, authority: TimestampAuthority) => boolean;
  }>([
    {
      name: 'a fraction of a second',
      use: { at: new Date(AT.getTime() + 120) },
      holds: ({ time }) => time === '20260304050607.12Z',
    },
    {
      name: 'other bytes',
      use: { over: Buffer.from('x') },
      holds: ({ imprint }) => imprint.equals(hashOf('sha256', Buffer.from('x'))),
    },
    {
      name: 'no ESSCertID',
      use: { essCertId: 'none' },
      holds: ({ attribute }) => attribute('1.2.840.113549.1.9.16.2.47') === undefined,
    },
    {
      name: 'ESSCertID with SHA-1',
      use: { essCertId: 'v1' },
      holds: ({ attribute }, { certificate }) =>
        attribute('1.2.840.113549.1.9.16.2.12')?.includes(hashOf('sha1', certificate)) === true,
    },
    {
      name: 'another certificate in ESSCertID',
      use: { essCertId: 'wrong' },
      holds: ({ attribute }, { certificate }) =>
        attribute('1.2.840.113549.1.9.16.2.47')?.includes(hashOf('sha256', certificate)) === false,
    },
    {
      name: 'its certificate',
      use: { embedCertificate: true },
      holds: ({ embedded }, { certificate }) => embedded.equals(certificate),
    },
    { name: 'a refusal', use: { status: 2 }, holds: ({ status }) => status === 2 },
  ])('may carry $name, and is still signed', async ({ use, holds }) => {
    const sigstore = await createSigstore({ now: AT });
    const token = parse(sigstore.timestamp(BYTES, use));
    expect(holds(token, sigstore.tsa)).toBe(true);
    expect(signedBy(sigstore.tsa, token, 'sha256')).toBe(true);
  });

  it('may be corrupt', async () => {
    const sigstore = await createSigstore();
    const token = parse(sigstore.timestamp(BYTES, { corrupt: true }));
    expect(signedBy(sigstore.tsa, token, 'sha256')).toBe(false);
  });
});

interface Token {
  readonly status: number | undefined;
  readonly info: Buffer;
  readonly imprint: Buffer;
  readonly time: string;
  readonly embedded: Buffer;
  readonly attributes: Buffer;
  readonly signature: Buffer;
  attribute(oid: string): Buffer | undefined;
}

/** Members by index path, as RFC 3161 and RFC 5652 number them. */
function at(bytes: Uint8Array, ...path: readonly number[]): Buffer {
  return path.reduce<Buffer>((contents, index) => readMembers(contents)[index]!.contents, Buffer.from(bytes));
}

function parse(response: Buffer): Token {
  const signedData = at(response, 0, 1, 1, 0);
  const info = at(signedData, 2, 1, 0);
  const signer = at(signedData, 4, 0);
  const attributes = at(signer, 3);
  return {
    status: at(response, 0, 0, 0)[0],
    info,
    imprint: at(info, 0, 2, 1),
    time: at(info, 0, 4).toString(),
    embedded: at(signedData, 3),
    attributes,
    signature: at(signer, 5),
    attribute: (oid) => {
      const found = readMembers(attributes).find(({ contents }) =>
        readMembers(contents)[0]!.bytes.equals(objectIdentifier(oid)),
      );
      return found === undefined ? undefined : at(found.contents, 1);
    },
  };
}

function signedBy(authority: TimestampAuthority, token: Token, hash: string): boolean {
  // RFC 5652 §5.4: signed is the SET OF (0x31), though [0] is what is stored.
  return verify(
    hash,
    der(0x31, token.attributes),
    new X509Certificate(authority.certificate).publicKey,
    token.signature,
  );
}
