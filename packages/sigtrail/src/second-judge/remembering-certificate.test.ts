import { ASN1Obj, X509Certificate } from '@sigstore/core';
import { createSigstore } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { now } from '../../test/attempt.ts';
import { PUBLIC_GOOD_ROOT } from '../trust/public-good-root.ts';
import { CompactObject } from './compact-object.ts';
import { RememberingCertificate } from './remembering-certificate.ts';

let all: readonly Buffer<ArrayBuffer>[];

beforeAll(async () => {
  const sigstore = await createSigstore({
    now,
    ca: { certificates: [{ kind: 'p384' }, { kind: 'p384', pathLength: 0 }] },
  });
  const leaf = await sigstore.issueCertificate();
  const other = await sigstore.issueCertificate({ scts: 'none' });
  all = [
    ...[JSON.stringify(sigstore.trustedRoot()), PUBLIC_GOOD_ROOT].flatMap(certificatesOf),
    Buffer.from(leaf.der),
    Buffer.from(other.der),
  ];
});

/** All certificates in a `trusted_root.json`. */
function certificatesOf(root: string): readonly Buffer<ArrayBuffer>[] {
  const { certificateAuthorities, timestampAuthorities } = JSON.parse(root) as Record<
    'certificateAuthorities' | 'timestampAuthorities',
    readonly { readonly certChain: { readonly certificates: readonly { readonly rawBytes: string }[] } }[]
  >;
  return [...certificateAuthorities, ...timestampAuthorities].flatMap(({ certChain }) =>
    certChain.certificates.map(({ rawBytes }) => Buffer.from(rawBytes, 'base64')),
  );
}

describe('a certificate that remembers', () => {
  it('says of every pair of certificates what @sigstore/core says: who issued whom, and which are equal', () => {
    let issued = 0;
    for (const der of all)
      for (const by of all) {
        const [stock, stockIssuer] = [X509Certificate.parse(der), X509Certificate.parse(by)];
        const [ours, issuer] = [RememberingCertificate.parse(der), RememberingCertificate.parse(by)];
        const expected = stock.verify(stockIssuer);
        if (expected) issued += 1;
        expect([ours.verify(issuer), ours.verify(issuer), ours.verify(stockIssuer)]).toEqual([
          expected,
          expected,
          expected,
        ]);
        expect([ours.equals(issuer), ours.equals(stockIssuer)]).toEqual(Array(2).fill(stock.equals(stockIssuer)));
      }
    expect(issued).toBeGreaterThan(6);
  });

  it('does not take a certificate for issued when a byte of it was changed, wherever it can still be read', () => {
    const [leaf = Buffer.alloc(0), issuer = Buffer.alloc(0)] = [all.at(-1), all[0]];
    const by = RememberingCertificate.parse(issuer);
    expect(RememberingCertificate.parse(leaf).verify(by)).toBe(true);
    let read = 0;
    for (let at = 0; at < leaf.length; at += 1) {
      const changed = Buffer.from(leaf);
      changed[at] = (changed[at] ?? 0) ^ 1;
      const stock = readable(changed);
      if (stock === undefined) continue;
      read += 1;
      expect(new RememberingCertificate(stock.root).verify(by)).toBe(stock.verify(X509Certificate.parse(issuer)));
    }
    expect(read).toBeGreaterThan(leaf.length / 2);
  });

  it('is copied to the byte, and the copy can be changed without it', () => {
    for (const der of all) {
      const certificate = RememberingCertificate.parse(der);
      const copy = certificate.clone();
      expect(copy.root.toDER().equals(der)).toBe(true);
      copy.extensions.splice(0, 1);
      const stock = X509Certificate.parse(Buffer.from(der));
      stock.extensions.splice(0, 1);
      expect(copy.tbsCertificate.toDER().equals(stock.tbsCertificate.toDER())).toBe(true);
      expect(certificate.clone().root.toDER().equals(der)).toBe(true);
    }
  });
});

function readable(der: Buffer<ArrayBuffer>): X509Certificate | undefined {
  try {
    const certificate = X509Certificate.parse(der);
    return certificate.signatureAlgorithm === undefined ? undefined : certificate;
  } catch {
    return undefined; // the changed byte was a tag or a length
  }
}

it.each([0, 1, 127, 128, 255, 256, 65_535, 65_536])(
  'a value of %i bytes is written as @sigstore/core writes it',
  (size) => {
    const [stock] = X509Certificate.parse(all[0] ?? Buffer.alloc(0)).root.subs;
    if (stock === undefined) throw new Error('the certificate has no parts');
    const value = Buffer.alloc(size, 7);
    const own = new CompactObject(stock.tag, value, []);
    expect(own.toDER().equals(new ASN1Obj(stock.tag, value, []).toDER())).toBe(true);
  },
);
