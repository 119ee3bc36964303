import type { Find } from './triangulation.ts';

/**
 * Each manifest once for each digest that it is attached to: it can be found in two places (a signature with a tag and a `subject`, both lists of
 * referrers). The first counts, unless only a later one could be read.
 */
export function distinct(finds: readonly Find[]): readonly Find[] {
  const byDigest = new Map<string, Find>();
  for (const find of finds) {
    const key = `${find.signs} ${find.id}`;
    const earlier = byDigest.get(key);
    if (earlier === undefined || (earlier.unread !== undefined && find.unread === undefined)) byDigest.set(key, find);
  }
  const ids = new Set<string>();
  return [...byDigest.values()].map((find) => {
    // The same manifest under the tags of two images makes two finds: each is verified for its own image.
    const id = ids.has(find.id) ? `${find.id}@${find.signs}` : find.id;
    ids.add(id);
    return id === find.id ? find : { ...find, id };
  });
}
