import type { KeyObject } from 'node:crypto';
import { crypto, X509Certificate } from '@sigstore/core';
import { CompactObject } from './compact-object.ts';

/**
 * A certificate of `@sigstore/core` that remembers the answers of its own getters. Each getter reads the whole certificate anew, and
 * encodes it again for each comparison; the answers never differ, since nothing changes the certificate.
 */
export class RememberingCertificate extends X509Certificate {
  readonly #answers = new Map<string, unknown>();
  readonly #issuers = new WeakMap<X509Certificate, boolean>();

  static override parse(der: Buffer<ArrayBuffer> | string): RememberingCertificate {
    return new RememberingCertificate(X509Certificate.parse(der).root);
  }

  override get publicKey(): Buffer {
    return this.#once('publicKey', () => super.publicKey);
  }

  override get notBefore(): Date {
    return this.#once('notBefore', () => super.notBefore);
  }

  override get notAfter(): Date {
    return this.#once('notAfter', () => super.notAfter);
  }

  override get extKeyUsage(): X509Certificate['extKeyUsage'] {
    return this.#once('extKeyUsage', () => super.extKeyUsage);
  }

  override get extBasicConstraints(): X509Certificate['extBasicConstraints'] {
    return this.#once('extBasicConstraints', () => super.extBasicConstraints);
  }

  override get extAuthorityKeyID(): X509Certificate['extAuthorityKeyID'] {
    return this.#once('extAuthorityKeyID', () => super.extAuthorityKeyID);
  }

  override get extSubjectKeyID(): X509Certificate['extSubjectKeyID'] {
    return this.#once('extSubjectKeyID', () => super.extSubjectKeyID);
  }

  override verify(issuer?: X509Certificate): boolean {
    const by = issuer ?? this;
    const isIssuer = this.#issuers.get(by);
    if (isIssuer !== undefined) return isIssuer;
    const key = by instanceof RememberingCertificate ? by.#key : crypto.createPublicKey(by.publicKey);
    const holds = crypto.verify(this.#signed, key, this.signatureValue, this.signatureAlgorithm);
    this.#issuers.set(by, holds);
    return holds;
  }

  /** Compares contents, without encoding both: the reader accepts only one spelling of a length, so equal contents mean equal certificates. */
  override equals({ root }: X509Certificate): boolean {
    return this.root.tag.toDER() === root.tag.toDER() && this.root.value.equals(root.value);
  }

  /** A copy that the caller may change. */
  override clone(): X509Certificate {
    return new X509Certificate(CompactObject.copy(this.root));
  }

  get #key(): KeyObject {
    return this.#once('key', () => crypto.createPublicKey(this.publicKey));
  }

  /** What its issuer signed, as it was read: its parts are views of the same memory, and this is the first part. */
  get #signed(): Buffer {
    const { value: all } = this.root;
    const { value: signed } = this.tbsCertificate;
    return all.subarray(0, signed.byteOffset + signed.length - all.byteOffset);
  }

  #once<T>(name: string, answer: () => T): T {
    if (!this.#answers.has(name)) this.#answers.set(name, answer());
    return this.#answers.get(name) as T; // put there by this very name
  }
}
