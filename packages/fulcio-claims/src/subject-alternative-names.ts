import { requireBytes } from '@sigtrail/encoding';
import { OTHER_NAME_OID } from './claim-names.ts';
import { type DerElement, TAG, readChildren, readDer, readObjectIdentifier } from './certificate/der.ts';
import { ClaimsError } from './error.ts';

/** OID of the subject alternative name extension (RFC 5280 §4.2.1.6). */
export const SUBJECT_ALTERNATIVE_NAME_OID = '2.5.29.17';

/** Whom a certificate names. Unverified, and the text exactly as the certificate spells it: no URL was parsed and written again. */
export interface SubjectAlternativeName {
  /**
   * `other-name`: a Fulcio user name (1.3.6.1.4.1.57264.1.7). `unsupported`: any other form, such as a directory name or a foreign
   * OtherName; its value is base64 of the DER, so that it is never mistaken for a name.
   */
  readonly kind: 'uri' | 'email' | 'dns' | 'ip' | 'other-name' | 'unsupported';
  readonly value: string;
  /** Type of an OtherName. */
  readonly oid?: string;
}

/**
 * Decodes the contents of a subject alternative name extension (`extnValue`), in the certificate's order. Not verified.
 *
 * @throws ClaimsError `invalid-der`; `invalid-subject-alternative-name` for an empty list, an empty or non-ASCII name, control characters,
 *   an address of a wrong length, or two Fulcio user names
 */
export function decodeSubjectAlternativeNames(extnValue: Uint8Array): SubjectAlternativeName[] {
  requireBytes(extnValue, 'decodeSubjectAlternativeNames', 'extnValue');
  const { tag, contents } = readDer(extnValue);
  if (tag !== TAG.sequence)
    throw new ClaimsError('invalid-der', 'subject alternative names are not a SEQUENCE', {
      oid: SUBJECT_ALTERNATIVE_NAME_OID,
    });
  const names = readChildren(contents, 'subject alternative names').map(decodeName);
  if (names.length === 0) throw refusal('are empty');
  if (names.filter(({ kind }) => kind === 'other-name').length > 1) throw refusal('have two user names');
  return names;
}

function decodeName(element: DerElement): SubjectAlternativeName {
  switch (element.tag) {
    case 0xa0:
      return decodeOtherName(element);
    case 0x81:
      return { kind: 'email', value: decodeIa5(element.contents) };
    case 0x82:
      return { kind: 'dns', value: decodeIa5(element.contents) };
    case 0x86:
      return { kind: 'uri', value: decodeIa5(element.contents) };
    case 0x87:
      return { kind: 'ip', value: decodeAddress(element.contents) };
    case 0xa3: // x400Address
    case 0xa4: // directoryName
    case 0xa5: // ediPartyName
    case 0x88: // registeredID
      return unsupported(element);
    default:
      throw refusal('have a form that RFC 5280 does not know');
  }
}

function decodeOtherName(element: DerElement): SubjectAlternativeName {
  const [type, wrapped, ...rest] = readChildren(element, 'OtherName');
  if (type?.tag !== TAG.objectIdentifier || wrapped?.tag !== 0xa0 || rest.length > 0)
    throw refusal('have a malformed OtherName');
  const oid = readObjectIdentifier(type, 'OtherName');
  const { tag, contents } = readDer(wrapped.contents);
  if (oid !== OTHER_NAME_OID) return { ...unsupported(element), oid };
  if (tag !== TAG.utf8String) throw refusal('have a user name that is not a UTF8String');
  let value: string;
  try {
    value = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(contents);
  } catch (cause) {
    throw refusal('have a user name that is not valid UTF-8', cause);
  }
  return { kind: 'other-name', value: plain(value), oid };
}

function unsupported({ bytes }: DerElement): SubjectAlternativeName {
  return { kind: 'unsupported', value: Buffer.from(bytes).toString('base64') };
}

function decodeIa5(contents: Uint8Array): string {
  if (contents.some((byte) => byte > 0x7f)) throw refusal('have a name that is not ASCII (IA5String)');
  return plain(Buffer.from(contents).toString('latin1'));
}

/** With a NUL or a line end in a name, readers and logs disagree about where it ends. */
function plain(name: string): string {
  if (name === '') throw refusal('have an empty name');
  if (/\p{Cc}/u.test(name)) throw refusal('have a name with a control character');
  return name;
}

function decodeAddress(contents: Uint8Array): string {
  if (contents.byteLength === 4) return contents.join('.');
  if (contents.byteLength !== 16) throw refusal('have an IP address of neither 4 nor 16 bytes');
  const view = new DataView(contents.buffer, contents.byteOffset, contents.byteLength);
  const groups = Array.from({ length: 8 }, (_, index) => view.getUint16(index * 2).toString(16));
  // WHATWG URL writes IPv6 in its canonical short form (RFC 5952 §4).
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

function refusal(what: string, cause?: unknown): ClaimsError {
  return new ClaimsError('invalid-subject-alternative-name', `subject alternative names ${what}`, {
    oid: SUBJECT_ALTERNATIVE_NAME_OID,
    ...(cause === undefined ? {} : { cause }),
  });
}
