import { optionError } from '@sigtrail/encoding';
import { PREDICATE_ALIASES, type PredicateAlias } from './predicate-types.ts';

/**
 * The URI of a predicate type, given by it or by its short name.
 *
 * @throws TypeError with `code: 'invalid-option'` for a word that is neither: a misspelt type would match nothing, for ever
 */
export function predicateTypeUri(type: string): string {
  if (typeof type === 'string' && Object.hasOwn(PREDICATE_ALIASES, type))
    return PREDICATE_ALIASES[type as PredicateAlias];
  if (typeof type === 'string' && /^[a-z][a-z0-9+.-]*:\S+$/i.test(type)) return type;
  throw optionError(
    'invalid-option',
    `"type" must be a URI or one of ${Object.keys(PREDICATE_ALIASES).join(', ')}; got ${JSON.stringify(type)}`,
  );
}
