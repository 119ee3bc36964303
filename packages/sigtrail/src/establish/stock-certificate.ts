import { ASN1Obj, RFC3161Timestamp, X509Certificate } from '@sigstore/core';
import type { Certificate } from '../crypto/certificate.ts';
import { isIssuedBy } from '../crypto/chain.ts';
import type { Memo } from '../crypto/memo.ts';
import { precertificateTbs } from '../crypto/sct.ts';
import { isTokenSignedBy, type TimestampToken } from '../crypto/timestamp-token.ts';

/**
 * A certificate as `@sigstore/verify` wants it, read by its own parser from the same bytes. Stock encodes each certificate
 * anew for every comparison, key and signature, which is more than half of its time; here each answer is made once. The
 * signature by an issuer is the primitive that both judges share.
 */
class StockCertificate extends X509Certificate {
  readonly own: Certificate;
  readonly judgedScts: boolean;
  readonly #memo: Memo;
  readonly #known = new Map<string, unknown>();

  constructor(own: Certificate, memo: Memo, judgedScts: boolean) {
    super(ASN1Obj.parseBuffer(Buffer.from(own.bytes)));
    this.own = own;
    this.judgedScts = judgedScts;
    this.#memo = memo;
  }

  override get publicKey(): Buffer {
    return Buffer.from(this.own.spki);
  }
  override get isCA(): boolean {
    return this.#once('isCA', () => super.isCA);
  }
  override get notBefore(): Date {
    return this.#once('notBefore', () => super.notBefore);
  }
  override get notAfter(): Date {
    return this.#once('notAfter', () => super.notAfter);
  }
  override get extBasicConstraints(): X509Certificate['extBasicConstraints'] {
    return this.#once('basicConstraints', () => super.extBasicConstraints);
  }
  override get extSubjectKeyID(): X509Certificate['extSubjectKeyID'] {
    return this.#once('subjectKeyId', () => super.extSubjectKeyID);
  }
  override get extAuthorityKeyID(): X509Certificate['extAuthorityKeyID'] {
    return this.#once('authorityKeyId', () => super.extAuthorityKeyID);
  }

  override equals(other: X509Certificate): boolean {
    return other instanceof StockCertificate
      ? Buffer.compare(this.own.bytes, other.own.bytes) === 0
      : super.equals(other);
  }

  override verify(issuer?: X509Certificate): boolean {
    const by = issuer ?? this;
    return by instanceof StockCertificate ? isIssuedBy(this.own, by.own, this.#memo) : super.verify(issuer);
  }

  /**
   * Stock asks for a copy only to cut the SCTs out of its list of extensions and to encode the rest: the precertificate,
   * which both judges share. With the SCTs judged before, there is nothing left to cut.
   */
  override clone(): X509Certificate {
    const extensions = this.judgedScts ? [] : [...this.extensions];
    const tbs = { toDER: () => precertificateTbs(this.own) };
    return Object.defineProperties(new X509Certificate(this.root), {
      extensions: { value: extensions },
      tbsCertificate: { value: tbs },
    });
  }

  #once<T>(name: string, read: () => T): T {
    if (!this.#known.has(name)) this.#known.set(name, read());
    // Each name is read by one getter only.
    return this.#known.get(name) as T;
  }
}

/** The certificate for the stock judge; with `judgedScts`, one whose SCTs stock has accepted before. */
export function stockCertificate(certificate: Certificate, memo: Memo, judgedScts = false): X509Certificate {
  return memo.byObject(
    judgedScts ? 'stock-certificate-judged' : 'stock-certificate',
    certificate,
    () => new StockCertificate(certificate, memo, judgedScts),
  );
}

/** A timestamp for the stock judge, in which the CMS signature is the primitive that both judges share. */
export function stockTimestamp(bytes: Uint8Array, token: TimestampToken, memo: Memo): RFC3161Timestamp {
  const timestamp = RFC3161Timestamp.parse(Buffer.from(bytes));
  // On this object only: imprint, digest and everything else stay stock's own.
  Object.defineProperty(timestamp, 'verifySignature', {
    value: (key: Parameters<RFC3161Timestamp['verify']>[1]): void => {
      if (!isTokenSignedBy(token, key, memo)) throw new Error('signature verification failed');
    },
  });
  return timestamp;
}
