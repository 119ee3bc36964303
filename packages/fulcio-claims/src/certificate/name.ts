import { type DerElement, expectTag, malformed, readChildren, readObjectIdentifier, TAG } from './der.ts';
import { assertOneSpelling, assertSorted } from './one-spelling.ts';

/**
 * Checks that a Name follows RFC 5280 §4.1.2.4: relative names, each a SET of types with one value. If an attribute had two values,
 * some readers would take the first and others the last.
 *
 * @throws ClaimsError `invalid-der`
 */
export function assertName(element: DerElement | undefined, what: string): DerElement {
  const name = expectTag(element, TAG.sequence, what);
  for (const relative of readChildren(name, what)) {
    const attributes = readChildren(expectTag(relative, TAG.set, what), what);
    if (attributes.length === 0) throw malformed(what, 'a relative name has no attribute');
    assertSorted(attributes, what);
    for (const attribute of attributes) {
      const [type, value, ...others] = readChildren(expectTag(attribute, TAG.sequence, what), what);
      readObjectIdentifier(type, what);
      if (value === undefined || others.length > 0) throw malformed(what, 'an attribute is not a type and a value');
      assertOneSpelling(value, what);
    }
  }
  return name;
}
