import { context, der, objectIdentifier, sequence, utf8String } from './der.ts';
import type { ExtensionParts } from './x509.ts';

/** Fulcio's `OtherName` for identities that are neither URI nor e-mail address. */
export const OTHER_NAME_OID = '1.3.6.1.4.1.57264.1.7';

/** One name of the subjectAltName extension. */
export type SubjectAlternativeName =
  | { readonly kind: 'uri' | 'email' | 'dns'; readonly value: string }
  /** `192.0.2.1` or `2001:db8::1`. */
  | { readonly kind: 'ip'; readonly value: string }
  /** Default OID: Fulcio's, `1.3.6.1.4.1.57264.1.7`. */
  | { readonly kind: 'other-name'; readonly value: string; readonly oid?: string };

/** The subjectAltName extension, critical because Fulcio's leaves have an empty subject (RFC 5280 §4.2.1.6). */
export function subjectAlternativeNames(names: readonly SubjectAlternativeName[]): ExtensionParts {
  return { oid: '2.5.29.17', critical: true, value: sequence(...names.map(generalName)) };
}

function generalName(name: SubjectAlternativeName): Buffer {
  switch (name.kind) {
    case 'other-name':
      return context(0, objectIdentifier(name.oid ?? OTHER_NAME_OID), context(0, utf8String(name.value)));
    case 'email':
      return der(0x81, Buffer.from(name.value));
    case 'dns':
      return der(0x82, Buffer.from(name.value));
    case 'uri':
      return der(0x86, Buffer.from(name.value));
    case 'ip':
      return der(0x87, addressBytes(name.value));
  }
}

function addressBytes(address: string): Buffer {
  if (address.includes('.')) return Buffer.from(address.split('.').map(Number));
  const canonical = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [before = '', after] = canonical.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':'));
  const [head, tail] = [groups(before), groups(after ?? '')];
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return Buffer.from([...head, ...zeros, ...tail].map((group) => group.padStart(4, '0')).join(''), 'hex');
}
