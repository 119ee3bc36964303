import { ASN1Obj } from '@sigstore/core';

/**
 * An ASN.1 object of `@sigstore/core` that is written out in pieces of its own size. Its class takes a kilobyte for each part of a
 * certificate, of which there are about a hundred.
 */
export class CompactObject extends ASN1Obj {
  /** A copy, so that the caller may remove parts. */
  static copy({ tag, value, subs }: ASN1Obj): CompactObject {
    return new CompactObject(tag, value, subs.map(CompactObject.copy));
  }

  override toDER(): Buffer {
    const value = this.subs.length === 0 ? this.value : Buffer.concat(this.subs.map((part) => part.toDER()));
    return Buffer.concat([Buffer.of(this.tag.toDER(), ...lengthOf(value)), value]);
  }
}

/** X.690 §10.1: in as few bytes as possible. */
function lengthOf({ length }: Buffer): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 0x100)) bytes.unshift(rest % 0x100);
  return [0x80 | bytes.length, ...bytes];
}
