import {
  type DerElement,
  expectTag,
  malformed,
  readChildren,
  readDer,
  readObjectIdentifier,
  TAG,
} from './certificate/der.ts';

const WHAT = 'distinguished name';

/** Short names of RFC 4514 §3, and further ones that OpenSSL and certificate viewers show. All others are shown as dotted text. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'T',
  '2.5.4.42': 'G',
  '2.5.4.43': 'I',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'E',
};

/**
 * A distinguished name as text: values escaped according to RFC 4514 §2.4, relative names in the order of the certificate and separated by
 * `, `, as `openssl x509` shows them. Control and direction characters are escaped, too, so that a name can't redraw a terminal.
 *
 * @throws ClaimsError `invalid-der`
 * @example formatDistinguishedName(parseCertificate(der).issuer) // 'O=sigstore.dev, CN=sigstore-intermediate'
 */
export function formatDistinguishedName(name: Uint8Array): string {
  return readChildren(expectTag(readDer(name, WHAT), TAG.sequence, WHAT), WHAT)
    .map(formatRelativeName)
    .join(', ');
}

function formatRelativeName(element: DerElement): string {
  const attributes = readChildren(expectTag(element, TAG.set, WHAT), WHAT);
  if (attributes.length === 0) throw malformed(WHAT, 'a relative name has no attribute (RFC 5280 §4.1.2.4)');
  return attributes.map(formatAttribute).join('+');
}

function formatAttribute(element: DerElement): string {
  const [type, value, ...rest] = readChildren(expectTag(element, TAG.sequence, WHAT), WHAT);
  const oid = readObjectIdentifier(type, WHAT);
  if (value === undefined || rest.length > 0) throw malformed(WHAT, 'an attribute is not a type and a value');
  const text = readText(value);
  const shown = text === undefined ? `#${Buffer.from(value.bytes).toString('hex')}` : escapeValue(text);
  return `${SHORT_NAMES[oid] ?? oid}=${shown}`;
}

const ASCII_STRINGS: ReadonlySet<number> = new Set([0x13, 0x16]); // PrintableString, IA5String
const BMP_STRING = 0x1e;

/** The text of an unambiguous string type; every other value is shown as the hexadecimal of its DER (RFC 4514 §2.4). */
function readText({ tag, contents }: DerElement): string | undefined {
  if (tag === TAG.utf8String) return decode('utf-8', contents);
  if (tag === BMP_STRING && contents.length % 2 === 0) return decode('utf-16be', contents);
  return ASCII_STRINGS.has(tag) && contents.every((byte) => byte < 0x80)
    ? Buffer.from(contents).toString('latin1')
    : undefined;
}

function decode(encoding: string, bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined; // not text in that encoding: shown as hexadecimal
  }
}

function escapeValue(text: string): string {
  return text
    .replaceAll(/["+,;<>\\]/g, (character) => `\\${character}`)
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
      Buffer.from(character)
        .toString('hex')
        .replaceAll(/../g, (byte) => `\\${byte}`),
    )
    .replaceAll(/^[ #]| $/g, (character) => `\\${character}`);
}
