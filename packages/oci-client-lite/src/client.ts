import { createHttp, isLoopbackHost } from '@sigtrail/http';
import { runCall } from './call.ts';
import { createCredentialSource } from './client-credentials.ts';
import { type OciClientOptions, parseClientOptions } from './client-options.ts';
import { type ContentCache, createContentCache } from './content-cache.ts';
import { formatReference, parseReference, type Reference, repositoryName } from './reference.ts';
import { listReferrers } from './referrers.ts';
import { createRegistry, type Registry } from './registry.ts';
import { type Place, readBlob, readManifest } from './registry-content.ts';
import type { Repository } from './repository.ts';
import { listTags } from './tags.ts';
import { createTokens } from './tokens.ts';

/** A registry client: holds sockets, tokens and checked bytes, so make one and keep it. */
export interface OciClient {
  /** The repository of a reference; its tag and digest are not used. @throws OciError `invalid-reference` */
  repository(reference: Reference | string): Repository;
  /** Closes the sockets. Calls in flight fail. */
  close(): Promise<void>;
}

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
  const { timeoutMs, insecureRegistries } = settings;
  const isInsecure = (host: string): boolean =>
    insecureRegistries.has('*') || insecureRegistries.has(canonicalHost(host));
  const http = createHttp({
    userAgent: settings.userAgent,
    retries: settings.retries,
    retryBaseMs: settings.retryBaseMs,
    allowHttp: (url) => isLoopbackHost(url.hostname) || isInsecure(url.host),
  });
  const { now, realmPolicy, passwordGrant } = settings;
  const tokens = createTokens({ http, timeoutMs, now, realmPolicy, passwordGrant });
  const credentials = createCredentialSource(options, now);
  const cache: ContentCache = createContentCache();
  const registries = new Map<string, Registry>();

  return {
    repository: (reference) => {
      // A hand-made object goes through the grammar too: its parts become URLs.
      const parsed = parseReference(typeof reference === 'string' ? reference : formatReference(reference));
      let registry = registries.get(parsed.registry);
      if (registry === undefined) {
        registry = createRegistry(parsed.registry, { http, tokens, credentials, isInsecure, now });
        registries.set(parsed.registry, registry);
      }
      const { maxManifestBytes, maxBlobBytes } = settings;
      return repositoryOf(
        {
          registry,
          name: repositoryName(parsed),
          repository: parsed.repository,
          cache,
          maxManifestBytes,
          maxBlobBytes,
        },
        timeoutMs,
      );
    },
    close: () => http.close(),
  };
}

function repositoryOf(place: Place, timeoutMs: number): Repository {
  return {
    kind: 'registry',
    name: place.name,
    fetchManifest: (tagOrDigest, options = {}) =>
      runCall(options, timeoutMs, (call) => readManifest(capped(place, options.maxBytes), tagOrDigest, call)),
    fetchBlob: (descriptor, options = {}) =>
      runCall(options, timeoutMs, (call) => readBlob(place, descriptor, options.maxBytes ?? place.maxBlobBytes, call)),
    listReferrers: (digest, options = {}) =>
      runCall(options, timeoutMs, (call) => listReferrers(capped(place, options.maxBytes), digest, call, options)),
    listTags: (options = {}) => runCall(options, timeoutMs, (call) => listTags(capped(place, options.maxBytes), call)),
  };
}

function capped(place: Place, maxBytes: number | undefined): Place {
  return maxBytes === undefined || maxBytes >= place.maxManifestBytes
    ? place
    : { ...place, maxManifestBytes: maxBytes };
}

/** A `host[:port]` as URLs write it. */
function canonicalHost(host: string): string {
  return URL.parse(`http://${host}`)?.host ?? host.toLowerCase();
}
