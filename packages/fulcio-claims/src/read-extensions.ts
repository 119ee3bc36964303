import { decodeObjectIdentifier, OBJECT_IDENTIFIER, readDer, readDerList, SEQUENCE } from './der.ts';
import { ClaimsError } from './error.ts';

const BOOLEAN = 0x01;
const OCTET_STRING = 0x04;
const EXTENSIONS = 0xa3;

/** One extension of a certificate, as its bytes have it. */
export interface ReadExtension {
  readonly oid: string;
  readonly isCritical: boolean;
  readonly value: Uint8Array;
}

/**
 * The extensions of a certificate in their one spelling (RFC 5280 §4.1): object identifier, `TRUE` where it is critical, octets, and nothing
 * else. Of an extension with a fourth part, one reader takes the second octets and the next the last.
 *
 * @throws ClaimsError `invalid-der`, `invalid-certificate`
 */
export function readExtensions(certificate: Uint8Array): readonly ReadExtension[] {
  const [tbs] = readDerList(readDer(certificate).contents);
  const fields = tbs?.tag === SEQUENCE ? readDerList(tbs.contents) : [];
  const found = fields.filter(({ tag }) => tag === EXTENSIONS);
  const [wrapped] = found;
  if (wrapped === undefined) return [];
  const list = readDer(wrapped.contents);
  if (found.length > 1 || fields.at(-1) !== wrapped || list.tag !== SEQUENCE) throw refusal();
  return readDerList(list.contents).map(({ tag, contents }) => {
    const parts = tag === SEQUENCE ? readDerList(contents) : [];
    const [type, flag] = parts;
    const value = parts.at(-1);
    const isCritical = parts.length === 3;
    if (
      (parts.length !== 2 && !isCritical) ||
      type?.tag !== OBJECT_IDENTIFIER ||
      value?.tag !== OCTET_STRING ||
      // FALSE is the default, so DER leaves it out.
      (isCritical && !(flag?.tag === BOOLEAN && flag.contents.byteLength === 1 && flag.contents[0] === 0xff))
    )
      throw refusal();
    return { oid: decodeObjectIdentifier(type.contents), isCritical, value: value.contents };
  });
}

function refusal(): ClaimsError {
  return new ClaimsError('invalid-certificate', 'certificate has a malformed list of extensions');
}
