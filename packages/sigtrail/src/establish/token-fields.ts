import { type DerElement, expectTag, malformed, readChildren, TAG } from '@sigtrail/fulcio-claims/certificate';

/**
 * The fields of a SEQUENCE whose tags, in hexadecimal and in order, match a pattern: no field twice, left over or
 * out of place. An optional field is a group that may be missing.
 */
export function fieldsOf(element: DerElement | undefined, tags: RegExp, what: string): readonly DerElement[] {
  const fields = readChildren(expectTag(element, TAG.sequence, what), what);
  if (!tags.test(fields.map(({ tag }) => tag.toString(16)).join(' ')))
    throw malformed(what, 'its fields are not those of its structure, in order');
  return fields;
}
