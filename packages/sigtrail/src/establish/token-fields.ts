import { type DerElement, expectTag, malformed, readChildren, TAG } from '@sigtrail/fulcio-claims/certificate';

/**
 * The fields of a SEQUENCE whose tags, in hexadecimal and in their order, match a pattern: nothing twice, nothing left over, nothing in
 * another place. An optional field is a group that may be missing.
 */
export function fieldsOf(element: DerElement | undefined, tags: RegExp, what: string): readonly DerElement[] {
  const fields = readChildren(expectTag(element, TAG.sequence, what), what);
  if (!tags.test(fields.map(({ tag }) => tag.toString(16)).join(' ')))
    throw malformed(what, 'its fields are not the ones that its structure has, in their order');
  return fields;
}
