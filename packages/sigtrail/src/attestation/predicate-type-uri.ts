import { optionError } from '@sigtrail/encoding';
import { PREDICATE_ALIASES, type PredicateAlias } from './predicate-types.ts';

/**
 * The URI of a predicate type, from the URI itself or a short name.
 *
 * @throws TypeError with `code: 'invalid-option'` for a word that is neither: a misspelt type would never match anything
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
