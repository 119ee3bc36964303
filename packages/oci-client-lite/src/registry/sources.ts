import { optionError } from '@sigtrail/encoding';
import { LRUCache } from 'lru-cache';
import type { ClientSettings } from './client-options.ts';
import { type Mirror, parseMirrorAddress } from './mirror.ts';
import { OciError } from '../error.ts';
import type { MirrorPlace, Place } from '../place.ts';
import { parseReference, type Reference, repositoryName } from '../reference/reference.ts';
import type { Access } from './access.ts';
import { createRegistry, type Registry, type RegistryContext } from './registry.ts';
import { checkSchemes, findRoute, hostInFiles, type RegistryRoute, relocate, type RouteHost } from './route.ts';

/** Where a repository is read: the mirrors, then its registry. */
export type Sources = Pick<Place, 'registry' | 'repository' | 'mirrors'>;

/** What making a registry needs. */
export interface SourcesContext {
  /** For registries that a reference names. */
  readonly own: RegistryContext;
  /** For other hosts, which must not get credentials without a named registry. */
  readonly elsewhere: RegistryContext;
  /** Whether plain http is allowed for a `host[:port]`. */
  readonly isInsecure: (host: string) => boolean;
}

type Placed = Pick<MirrorPlace, 'registry' | 'repository'>;
type RegistryOf = (name: string, access?: Access) => Registry;

/** Says where each reference is read, according to `mirrors` and `routes`. @throws TypeError for malformed mirrors and routes */
export function createSources(
  { mirrors, routes }: ClientSettings,
  { own, elsewhere, isInsecure }: SourcesContext,
): (reference: Reference) => Sources {
  checkSchemes(routes, isInsecure);
  const ownOf = registriesOf(own);
  const elsewhereOf = registriesOf(elsewhere);
  const mirrorsOf = readMirrors(mirrors, elsewhereOf, isInsecure);
  const placeOf = (reference: Reference, route: RegistryRoute, host: RouteHost): Placed => {
    const { registry, repository } = relocate(reference, route, host);
    const { scheme, apiPath, headers, from } = host;
    const isOwn = registry === reference.registry;
    const namespace = host.namespace === true && !isOwn ? hostInFiles(reference.registry) : undefined;
    const registryOf = isOwn ? ownOf : elsewhereOf;
    return { registry: registryOf(registry, { scheme, apiPath, headers, from, namespace }), repository };
  };
  return (reference) => {
    const own: Placed = { registry: ownOf(reference.registry), repository: reference.repository };
    const mirrors = mirrorsOf(reference);
    const route = findRoute(routes, reference);
    if (route === undefined) return { ...own, mirrors };
    if (route.blocked === true) return { ...own, registry: blockedRegistry(reference, route), mirrors: [] };
    const routed = (route.mirrors ?? []).map((host) => ({
      ...placeOf(reference, route, host),
      reads: host.reads ?? 'all',
    }));
    return {
      ...(route.server === undefined ? own : placeOf(reference, route, route.server)),
      mirrors: [...mirrors, ...routed],
    };
  };
}

/** Registries that a client remembers; one more costs the oldest, whose challenge is then asked for again. Strangers may choose the names. */
const MAX_REGISTRIES = 1_000;

/** Keeps the session of each registry: its challenge, and what is known about its credentials. */
function registriesOf(context: RegistryContext): RegistryOf {
  const made = new LRUCache<string, Registry>({ max: MAX_REGISTRIES });
  return (name, access) => {
    const key = JSON.stringify([name, access]);
    const registry = made.get(key) ?? createRegistry(name, context, access);
    made.set(key, registry);
    return registry;
  };
}

function readMirrors(
  mirrors: ClientSettings['mirrors'],
  registryOf: RegistryOf,
  isInsecure: (host: string) => boolean,
): (reference: Reference) => readonly MirrorPlace[] {
  const byRegistry = new Map(
    mirrors.map(([registry, list]) => {
      const name = canonicalRegistry(registry);
      return [name, list.map((mirror) => mirrorOf(mirror, name, registryOf, isInsecure))];
    }),
  );
  return ({ registry, repository }) => (byRegistry.get(registry) ?? []).map((placed) => placed(repository));
}

function mirrorOf(
  { url, tags = false, namespace = false }: Mirror,
  upstream: string,
  registryOf: RegistryOf,
  isInsecure: (host: string) => boolean,
): (repository: string) => MirrorPlace {
  const { registry, prefix } = parseMirrorAddress(url, isInsecure);
  // Docker Hub gets the name by which mirrors know it, the one that containerd sends.
  const access = namespace ? { namespace: hostInFiles(upstream) } : {};
  return (repository) => ({
    registry: registryOf(registry, access),
    repository: `${prefix}${repository}`,
    reads: tags ? 'all' : 'digests',
  });
}

function canonicalRegistry(registry: string): string {
  try {
    return parseReference(`${registry}/x/x`).registry;
  } catch {
    throw optionError('invalid-option', 'createOciClient: each key of "mirrors" must be a registry, host[:port]');
  }
}

/** A registry that a file forbids. */
function blockedRegistry(reference: Reference, { from }: RegistryRoute): Registry {
  const refuse = (): Promise<never> =>
    Promise.reject(new OciError('denied', `${from} blocks ${repositoryName(reference)}: nothing was asked`));
  return {
    name: reference.registry,
    send: refuse,
    open: refuse,
    warn: () => undefined,
    credentialScope: () => Promise.resolve('blocked'),
    askedAs: () => Promise.resolve('blocked'),
    addressOf: (path) => ({ url: `https://${reference.registry}${path}` }),
  };
}
