import {
  expectTag,
  malformed,
  readBoolean,
  readChildren,
  readDer,
  readNamedBits,
  readObjectIdentifier,
  readUnsignedInteger,
  TAG,
} from './der.ts';
import { OID } from './oid.ts';
import { assertOneSpelling } from './one-spelling.ts';

/**
 * Checks the value of an extension when its certificate is read, so that a bad certificate in a trusted root is refused with the root, rather than
 * with the first signature that is checked against it. Values of extensions that RFC 5280 and RFC 6962 don't define are not checked:
 * Fulcio's old extensions hold bare text.
 *
 * @throws ClaimsError `invalid-der`
 */
export function assertExtensionValue(oid: string, value: Uint8Array): void {
  const what = 'certificate extension';
  if (!ARCS.some((arc) => oid.startsWith(arc))) return;
  assertOneSpelling(readDer(value, what), what);
  READERS.get(oid)?.(value);
}

const ARCS = ['2.5.29.', '1.3.6.1.5.5.7.1.', '1.3.6.1.4.1.11129.2.4.'];

/** The purposes of an extKeyUsage (RFC 5280 §4.2.1.12). */
export function readPurposes(value: Uint8Array): readonly string[] {
  const what = 'extKeyUsage';
  const list = expectTag(readDer(value, what), TAG.sequence, what);
  const purposes = readChildren(list, what).map((purpose) => readObjectIdentifier(purpose, what));
  if (purposes.length === 0) throw malformed(what, 'the list is empty (RFC 5280 §4.2.1.12)');
  return purposes;
}

/** The bits of a keyUsage. */
export function readKeyUsage(value: Uint8Array): (bit: number) => boolean {
  return readNamedBits(readDer(value, 'keyUsage'), 'keyUsage');
}

/** What basicConstraints say (RFC 5280 §4.2.1.9). */
export function readBasicConstraints(value: Uint8Array): { readonly isCa: boolean; readonly pathLength?: number } {
  const what = 'basicConstraints';
  const parts = [...readChildren(expectTag(readDer(value, what), TAG.sequence, what), what)];
  const isCa = parts[0]?.tag === TAG.boolean;
  // FALSE is the default, so DER omits it (X.690 §11.5).
  if (isCa && !readBoolean(expectTag(parts.shift(), TAG.boolean, what), what))
    throw malformed(what, 'FALSE is written out');
  const [length, ...rest] = parts;
  if (rest.length > 0) throw malformed(what, 'more than a flag and a path length');
  return length === undefined ? { isCa } : { isCa, pathLength: Number(readUnsignedInteger(length, what)) };
}

const READERS: ReadonlyMap<string, (value: Uint8Array) => unknown> = new Map<string, (value: Uint8Array) => unknown>([
  [OID.extendedKeyUsage, readPurposes],
  [OID.keyUsage, readKeyUsage],
  [OID.basicConstraints, readBasicConstraints],
]);
