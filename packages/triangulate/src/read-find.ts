import { createOciClient, type Repository } from 'oci-client-lite';
import { layerCap } from './fetch-contents.ts';
import type { Settings } from './options.ts';
import type { Sources } from './sources.ts';
import type { Triangulated } from './triangulation.ts';

/** Reads the bytes of finds after the call is over. */
export function createReadFind(
  sources: Sources,
  settings: Settings,
  contents: Triangulated['contents'],
): Triangulated['read'] {
  const open = [sources.image, ...sources.attached.map(({ repository }) => repository)];
  return async (find, options = {}) => {
    const { layer, kind, repository: name } = find;
    if (layer === undefined) throw new TypeError(`${find.id} has no layer whose bytes could be read`);
    const known = contents.get(layer.digest);
    if (known !== undefined) return known;
    const repository = open.find((candidate) => candidate.name === name);
    if (repository === undefined) throw new TypeError(`${find.id} is in ${name}, where this call has not looked`);
    const maxBytes = Math.min(options.maxBytes ?? Number.POSITIVE_INFINITY, layerCap(kind, settings.maxBundleBytes));
    return await withOpen(repository, settings, (opened) => opened.fetchBlob(layer, { ...options, maxBytes }));
  };
}

/** A client that the call made for itself is closed by now. */
async function withOpen<T>(
  repository: Repository,
  { client, repository: given, repositories, registry }: Settings,
  work: (repository: Repository) => Promise<T>,
): Promise<T> {
  const isGiven = repository === given || Object.values(repositories).includes(repository);
  if (client !== undefined || isGiven || repository.kind === 'layout') return await work(repository);
  const own = createOciClient(registry);
  try {
    return await work(own.repository(repository.name));
  } finally {
    await own.close();
  }
}
