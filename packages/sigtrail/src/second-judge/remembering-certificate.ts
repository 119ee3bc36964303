import { X509Certificate } from '@sigstore/core';

/**
 * A certificate of `@sigstore/core` that remembers what its own getters answered. Each of them reads the whole certificate anew, and
 * writes it out again for each comparison; the answers are the same, since nothing changes it.
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
    const known = this.#issuers.get(by);
    if (known !== undefined) return known;
    const holds = super.verify(issuer);
    this.#issuers.set(by, holds);
    return holds;
  }

  override equals(other: X509Certificate): boolean {
    return other instanceof RememberingCertificate ? this.#der.equals(other.#der) : super.equals(other);
  }

  /** A copy, which its caller may change. */
  override clone(): X509Certificate {
    return X509Certificate.parse(Buffer.from(this.#der));
  }

  get #der(): Buffer {
    return this.#once('der', () => this.root.toDER());
  }

  #once<T>(name: string, answer: () => T): T {
    if (!this.#answers.has(name)) this.#answers.set(name, answer());
    return this.#answers.get(name) as T; // put there by this very name
  }
}
