import type { Signer } from '../../report/report.ts';
import { type Field, fieldTable } from './fields.ts';
import { html, type Markup } from './markup.ts';

/** What the certificate of a proven signer says, or its key. */
export function claimsTable(signer: Signer): Markup {
  if (signer.kind === 'key')
    return fieldTable('The key that signed', [{ name: 'Public key', value: signer.fingerprint, mark: 'proven' }]);
  return html`${fieldTable('The certificate: issued by an authority of the trusted root, to whoever held this identity', fieldsOf(signer))}`;
}

function fieldsOf(signer: Extract<Signer, { readonly kind: 'certificate' }>): readonly Field[] {
  const { unknown, ...claims } = signer.claims;
  return [
    ...signer.subjectAlternativeNames.map(({ kind, value }) => field(`Name (${kind})`, value)),
    ...Object.entries(claims).map(([name, value]) => field(inWords(name), String(value))),
    ...(unknown ?? []).map(({ oid, value }) => field(oid, `${value} (base64, not known here)`)),
    field('Valid from', signer.notBefore),
    field('Valid to', signer.notAfter),
    field('Authority', signer.authority),
    field('Serial number', signer.serialNumber),
  ];
}

function field(name: string, value: string): Field {
  return { name, value, mark: 'proven' };
}

/** The name of a field that may be the name of a claim, which is one word in camel case. */
export function claimName(name: string): string {
  return /^[a-z][A-Za-z0-9]*$/.test(name) ? inWords(name) : name;
}

/** `sourceRepositoryUri` → `Source repository URI`. */
function inWords(name: string): string {
  const words = name.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  const text = words.replaceAll(/\b(uri|url|sha|oid|id)\b/g, (word) => word.toUpperCase());
  return text.charAt(0).toUpperCase() + text.slice(1);
}
