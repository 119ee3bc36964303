import type { Location } from '@sigtrail/triangulate/names';

/** Why "not there" may not be true of the real registry: a sentence for each host that may be a pull-through cache. It changes no verdict. */
export function cacheNotes(locations: readonly Location[]): readonly string[] {
  const signs = new Map<string, string>();
  for (const { name, maybeCache } of locations)
    if (maybeCache !== undefined) signs.set(name.split('/', 1)[0] ?? name, maybeCache);
  return [...signs].map(
    ([host, sign]) =>
      `${host} may be a pull-through cache (${sign}), which can hide what the registry behind it lists: name that registry in the reference, and ${host} as one of its mirrors ("registry.mirrors", or a file for --registries-conf)`,
  );
}
