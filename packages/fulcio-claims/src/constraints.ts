import { decodeObjectIdentifier, OBJECT_IDENTIFIER, readDer, readDerList, SEQUENCE } from './der.ts';
import { ClaimsError } from './error.ts';

/** OID of the extension that says what a certificate is for (RFC 5280 §4.2.1.12). */
export const EXTENDED_KEY_USAGE_OID = '2.5.29.37';

/** OID of the extension that says whether it is an authority's (RFC 5280 §4.2.1.9). */
export const BASIC_CONSTRAINTS_OID = '2.5.29.19';

const BOOLEAN = 0x01;
const INTEGER = 0x02;

/**
 * Decodes an extended key usage extension: dotted OIDs in the certificate's order.
 *
 * @throws ClaimsError `invalid-der`
 */
export function decodeExtendedKeyUsages(extnValue: Uint8Array): readonly string[] {
  const { tag, contents } = readDer(extnValue);
  const purposes = tag === SEQUENCE ? readDerList(contents) : [];
  if (purposes.length === 0 || purposes.some((purpose) => purpose.tag !== OBJECT_IDENTIFIER))
    throw refusal('extended key usage is not a list of object identifiers', EXTENDED_KEY_USAGE_OID);
  return purposes.map((purpose) => decodeObjectIdentifier(purpose.contents));
}

/**
 * Decodes basic constraints: is it the certificate of an authority? `FALSE` written out is not DER, since it is the default.
 *
 * @throws ClaimsError `invalid-der`
 */
export function decodeIsAuthority(extnValue: Uint8Array): boolean {
  const { tag, contents } = readDer(extnValue);
  const [first, ...rest] = tag === SEQUENCE ? readDerList(contents) : [];
  const isAuthority = first?.tag === BOOLEAN && first.contents.byteLength === 1 && first.contents[0] === 0xff;
  const [pathLength, ...more] = isAuthority ? rest : first === undefined ? [] : [first, ...rest];
  if (
    tag !== SEQUENCE ||
    more.length > 0 ||
    (pathLength !== undefined && (pathLength.tag !== INTEGER || pathLength.contents.byteLength === 0))
  )
    throw refusal('basic constraints are malformed', BASIC_CONSTRAINTS_OID);
  return isAuthority;
}

function refusal(what: string, oid: string): ClaimsError {
  return new ClaimsError('invalid-der', what, { oid });
}
