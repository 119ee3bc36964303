import { ClaimsError } from '../error.ts';
import { type DerElement, expectTag, readBoolean, readChildren, readObjectIdentifier, TAG } from './der.ts';
import { assertExtensionValue } from './extension-values.ts';

/** One X.509 extension: `value` is the content of the extnValue OCTET STRING. */
export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
  /** The whole Extension element, which is cut out to rebuild a precertificate (RFC 6962 §3.2). */
  readonly bytes: Uint8Array;
}

const WHAT = 'certificate extension';

/**
 * Reads the extensions of a certificate in their only spelling (RFC 5280 §4.1): object identifier, TRUE if it is critical, octets,
 * and nothing else. If an extension had a fourth part, some readers would take the first octets and others the last.
 *
 * @throws ClaimsError `invalid-certificate`, `invalid-der`, `duplicate-extension`
 */
export function readExtensions(field: DerElement): readonly CertificateExtension[] {
  const [list, ...others] = readChildren(field, WHAT);
  if (others.length > 0) throw refusal('more than one list');
  const elements = readChildren(expectTag(list, TAG.sequence, WHAT), WHAT);
  if (elements.length === 0) throw refusal('the list is empty');
  const seen = new Set<string>();
  return elements.map((element) => {
    const extension = readExtension(element);
    const { oid } = extension;
    // RFC 5280 §4.2: never twice, since each reader could believe a different one.
    if (seen.has(oid)) throw new ClaimsError('duplicate-extension', `extension ${oid} appears twice`, { oid });
    seen.add(oid);
    return extension;
  });
}

function readExtension(element: DerElement): CertificateExtension {
  const parts = readChildren(expectTag(element, TAG.sequence, WHAT), WHAT);
  const critical = parts.length === 3;
  if (parts.length !== 2 && !critical) throw refusal(`${parts.length} parts, expected two or three`);
  // FALSE is the default, so DER leaves it out (X.690 §11.5).
  if (critical && !readBoolean(expectTag(parts[1], TAG.boolean, WHAT), WHAT))
    throw refusal('"critical" is FALSE and written out');
  const oid = readObjectIdentifier(parts[0], WHAT);
  const value = expectTag(parts.at(-1), TAG.octetString, WHAT).contents;
  assertExtensionValue(oid, value);
  return { oid, critical, value, bytes: element.bytes };
}

function refusal(why: string): ClaimsError {
  return new ClaimsError('invalid-certificate', `${WHAT} is malformed: ${why}`);
}
