import type { RateLimit } from '@sigtrail/http';
import { LRUCache } from 'lru-cache';
import { createCredentialSource, createMirrorCredentialSource } from './auth/client-credentials.ts';
import { createClientHttp } from './registry/client-http.ts';
import { type OciClientOptions, parseClientOptions } from './registry/client-options.ts';
import { createNotices } from './registry/client-warnings.ts';
import { createContentCache } from './content/content-cache.ts';
import type { Place } from './place.ts';
import {
  type DigestReference,
  formatReference,
  parseReference,
  type Reference,
  repositoryName,
} from './reference/reference.ts';
import { createSharedListings } from './listings/shared-listings.ts';
import { wayOf } from './listings/way.ts';
import type { RegistryContext } from './registry/registry.ts';
import { registryRepository } from './registry/registry-repository.ts';
import type { OciRepository, ReadOptions, ResolvedManifest } from './repository.ts';
import { isLoopback } from './registry/loopback.ts';
import { createSources } from './registry/sources.ts';
import { createSharedReads } from './registry/shared-read.ts';
import { createTokens } from './auth/tokens.ts';

/** A registry client: holds sockets, tokens and checked bytes, so make one and keep it. */
export interface OciClient {
  /** The repository of a reference; its tag and digest are not used. @throws OciError `invalid-reference` */
  repository(reference: Reference | string): OciRepository;
  /**
   * Resolves a reference once: work by the digest from here on.
   *
   * @example
   * ```ts
   * const { reference } = await client.resolve('ghcr.io/acme/app:1.4');
   * const { referrers } = await client.repository(reference).listReferrers(reference.digest);
   * ```
   * @throws OciError `not-found` if it is positively absent; `invalid-reference`, `invalid-digest`
   */
  resolve(reference: Reference | string, options?: ReadOptions): Promise<ResolvedReference>;
  /** The limits on requests that a registry (`host[:port]`; Docker Hub is `index.docker.io`) stated last. */
  rateLimit(registry: string): RateLimit | undefined;
  /** Closes the sockets. Calls in flight fail. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a reference resolves to. */
export interface ResolvedReference extends ResolvedManifest {
  /** With the digest, and the tag if there was one. */
  readonly reference: DigestReference;
}

/** Repositories that are remembered to have the referrers API. Where strangers choose the names, as under an admission webhook, they must not fill the memory. */
const MAX_REFERRERS_APIS = 10_000;

/**
 * Makes a registry client.
 *
 * @throws TypeError for an unknown or malformed option
 *
 * @example
 * ```ts
 * const client = createOciClient();
 * const image = await client.repository('ghcr.io/acme/app').fetchManifest('1.4');
 * image.digest; // computed from the bytes
 * await client.close();
 * ```
 */
export function createOciClient(options: OciClientOptions = {}): OciClient {
  const settings = parseClientOptions(options);
  const { timeoutMs, isInsecure, now, realmPolicy, passwordGrant } = settings;
  const notices = createNotices(options.onWarning);
  const http = createClientHttp(options, settings, isInsecure, (text) => notices.warn('', text));
  const shared: Omit<RegistryContext, 'credentials'> = {
    http,
    tokens: createTokens({ http, timeoutMs, now, realmPolicy, passwordGrant }),
    isInsecure,
    now,
    onAnswer: notices.onAnswer,
    warn: notices.warn,
  };
  const credentials = createCredentialSource(options, now);
  const sourcesOf = createSources(settings, {
    own: { ...shared, credentials },
    elsewhere: { ...shared, credentials: createMirrorCredentialSource(options, credentials) },
    isInsecure: (host) => isInsecure(host) || isLoopback(host),
  });
  const everywhere = {
    cache: createContentCache(options.cache === false ? { maxBytes: 0 } : options.cache, () =>
      notices.warn('', 'the store of the cache failed and was left out'),
    ),
    sharedReads: createSharedReads(),
    listings: createSharedListings(
      settings.listings,
      () => wayOf(options),
      () => notices.warn('', 'the store of listings failed and was left out'),
    ),
    referrersApis: new LRUCache<string, true>({ max: MAX_REFERRERS_APIS }),
    maxManifestBytes: settings.maxManifestBytes,
    maxBlobBytes: settings.maxBlobBytes,
    notFoundRetries: settings.notFoundRetries,
    notFoundDelayMs: settings.notFoundDelayMs,
  };
  const placeOf = (reference: Reference): Place => ({
    ...everywhere,
    ...sourcesOf(reference),
    name: repositoryName(reference),
  });
  // A hand-written object is checked against the grammar, too: its parts become URLs.
  const read = (reference: Reference | string): Reference =>
    parseReference(typeof reference === 'string' ? reference : formatReference(reference));

  return {
    repository: (reference) => registryRepository(placeOf(read(reference)), timeoutMs),
    resolve: async (reference, readOptions = {}) => {
      const parsed = read(reference);
      const { tag = 'latest', digest: named } = parsed;
      const resolved = await registryRepository(placeOf(parsed), timeoutMs).resolve(named ?? tag, readOptions);
      return { ...resolved, reference: { ...parsed, digest: resolved.digest } };
    },
    rateLimit: (registry) => notices.rateLimit(parseReference(`${registry}/x`).registry),
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}
