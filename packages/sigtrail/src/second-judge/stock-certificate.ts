import { ASN1Obj, X509Certificate } from '@sigstore/core';
import type { Certificate, CertificateExtension } from '../crypto/certificate.ts';
import { isIssuedBy } from '../establish/chain.ts';
import { readDer, TAG } from '../crypto/der.ts';
import type { Memo } from '../establish/memo.ts';
import { precertificateTbs } from '../establish/sct.ts';
import { importedSpki } from './shared-primitives.ts';

// Nothing is left to be read from here: a question that is answered by no getter below has no answer, which refuses.
const NOTHING = ASN1Obj.parseBuffer(Buffer.of(TAG.sequence, 0));

/**
 * A certificate as `@sigstore/verify` wants it. Stock reads all of a certificate and encodes it anew for every comparison,
 * key and signature, which is most of its time; here it is read once, by our strict reader, and stock reads the values of
 * the extensions that it asks for. The signature by an issuer is the primitive that both judges share.
 */
class StockCertificate extends X509Certificate {
  readonly own: Certificate;
  readonly #memo: Memo;

  constructor(own: Certificate, memo: Memo) {
    super(NOTHING);
    this.own = own;
    this.#memo = memo;
  }

  override get publicKey(): Buffer {
    return importedSpki(this.own.spki, this.own.publicKey);
  }
  override get serialNumber(): Buffer {
    return bufferOf(this.own.tbsFields[1]?.contents);
  }
  override get issuer(): Buffer {
    return this.#once('issuer', () => bufferOf(readDer(this.own.issuer).contents));
  }
  override get subject(): Buffer {
    return this.#once('subject', () => bufferOf(readDer(this.own.subject).contents));
  }
  override get notBefore(): Date {
    return this.own.notBefore;
  }
  override get notAfter(): Date {
    return this.own.notAfter;
  }
  override get extensions(): ASN1Obj[] {
    return this.#once('extensions', () => this.own.extensions.map(stockExtension));
  }
  override get isCA(): boolean {
    return this.#once('isCA', () => super.isCA);
  }
  override get extBasicConstraints(): X509Certificate['extBasicConstraints'] {
    return this.#once('basicConstraints', () => ({ found: super.extBasicConstraints })).found;
  }
  override get extSubjectKeyID(): X509Certificate['extSubjectKeyID'] {
    return this.#once('subjectKeyId', () => ({ found: super.extSubjectKeyID })).found;
  }
  override get extAuthorityKeyID(): X509Certificate['extAuthorityKeyID'] {
    return this.#once('authorityKeyId', () => ({ found: super.extAuthorityKeyID })).found;
  }

  override equals(other: X509Certificate): boolean {
    return other instanceof StockCertificate && Buffer.compare(this.own.bytes, other.own.bytes) === 0;
  }

  override verify(issuer: X509Certificate = this): boolean {
    return issuer instanceof StockCertificate && isIssuedBy(this.own, issuer.own, this.#memo);
  }

  /** Stock asks for a copy only to cut the SCTs out of its list of extensions and to encode the rest: the precertificate, which both judges share. */
  override clone(): X509Certificate {
    const toDER = (): Buffer => this.#memo.byObject('precertificate', this.own, () => precertificateTbs(this.own));
    return Object.defineProperties(new X509Certificate(NOTHING), {
      extensions: { value: [...this.extensions] },
      tbsCertificate: { value: { toDER } },
    });
  }

  #once<T>(name: string, read: () => T): T {
    return this.#memo.byObject(`stock ${name}`, this.own, read);
  }
}

/** An extension that was cut out already: stock's reader is asked for its value only when stock looks inside. */
function stockExtension({ oid, critical, value }: CertificateExtension): ASN1Obj {
  const name = { toOID: () => oid };
  const contents = {
    value: bufferOf(value),
    get subs(): readonly Pick<ASN1Obj, 'value'>[] {
      return readInside(this.value);
    },
  };
  // What stock reads of an extension: its name, whether it is critical, and its value.
  return { subs: critical ? [name, { toBoolean: () => true }, contents] : [name, contents] } as unknown as ASN1Obj;
}

/** The one structure in an extension's value. Stock reads the octet string of SCTs once more, in vain, for another one inside. */
function readInside(value: Buffer): readonly Pick<ASN1Obj, 'value'>[] {
  if (value[0] === TAG.octetString) return [{ value: bufferOf(readDer(value).contents) }];
  return [ASN1Obj.parseBuffer(Buffer.from(value))];
}

function bufferOf(bytes: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A certificate for one judgement of the stock judge. */
export function stockCertificate(certificate: Certificate, memo: Memo): X509Certificate {
  return new StockCertificate(certificate, memo);
}
