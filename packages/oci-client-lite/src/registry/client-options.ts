import { optionError } from '@sigtrail/encoding';
import type { Credentials } from '../auth/credentials.ts';
import { checkHttpOptions, type HttpOptions } from '@sigtrail/http/options';
import type {
  ClientCertificate,
  OriginAuthorities,
  ProxySelector,
  RequestEvent,
  RequestGate,
  Resolve,
  Transport,
} from '@sigtrail/http';
import { z } from 'zod';
import type { CacheOptions } from '../content/content-cache.ts';
import {
  type ListingSettings,
  listingsSchema,
  parseListings,
  type SharedListingsOptions,
} from '../listings/listing-options.ts';
import type { Mirror } from './mirror.ts';
import { namedForPlainHttp } from './plain-http.ts';
import { type RegistryRoute, routesSchema } from './route.ts';
import type { RealmPolicy } from '../auth/realm-policy.ts';

/** Credentials given in the options. Without `registry` they go to every registry that this client is asked for, so name it if you use several. */
export type ExplicitCredentials = Credentials & {
  /** The exact `host[:port]` that they are for. */
  readonly registry?: string | undefined;
};

/** Credentials that a {@link Keychain} found. */
export type FoundCredentials = Credentials & {
  /** Where they come from, for the message of a registry that refuses them. */
  readonly from?: string;
};

/** Finds credentials by exact `host[:port]` (Docker Hub is `index.docker.io`) and repository. `undefined` is anonymous. */
export type Keychain = (
  registry: string,
  repository: string,
) => FoundCredentials | undefined | Promise<FoundCredentials | undefined>;

/** Something odd that did not stop the read. */
export interface OciWarning {
  /** `registry`: its words, to be shown and not acted on. `client`: ours. */
  readonly source: 'registry' | 'client';
  /** `host[:port]` it is about. */
  readonly registry: string;
  readonly text: string;
}

/** How to retry a manifest that is not found. */
export interface NotFoundRetry {
  /** Further attempts, as far as the deadline of the call allows. */
  readonly retries: number;
  /** The wait before the first further attempt, doubled each time. 1 000 ms. */
  readonly delayMs?: number | undefined;
}

/** Options of {@link createOciClient}. */
export interface OciClientOptions {
  /** Credentials, or a function that finds them. They replace the Docker configuration, which is read by default. */
  readonly credentials?: ExplicitCredentials | Keychain | undefined;
  /** `host[:port]` entries for which plain http is allowed; `*` is every host. Loopback hosts are always allowed. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /**
   * Path of a `config.json` (or its directory), its parsed content, a Kubernetes pull secret (`.dockerconfigjson`, `.dockercfg`), or `false`
   * for no configuration. Default: where Docker and Podman keep it.
   */
  readonly dockerConfig?: string | object | false | undefined;
  /**
   * `host[:port]` entries that the `HttpHeaders` of Docker's configuration are sent to. Default: nowhere. Docker sends them to every registry that a reference
   * names, and people keep API keys there.
   */
  readonly httpHeadersFor?: readonly string[] | undefined;
  /** Which token servers a registry may send us to. `any` */
  readonly realmPolicy?: RealmPolicy | undefined;
  /** Send passwords to token servers by OAuth 2's password grant, for those that want it. `false` */
  readonly passwordGrant?: boolean | undefined;
  /**
   * Mirrors to read from first, in order, by the registry that they mirror (`index.docker.io`). A mirror is only asked for digests, unless it is trusted with tags;
   * its bytes are hashed like all others. It gets its own credentials, never those of the registry.
   */
  readonly mirrors?: Readonly<Record<string, readonly (string | Mirror)[]>> | undefined;
  /** Where reads go instead of the host in a reference, and which hosts are blocked, according to the files that {@link readRegistryFiles} read. After `mirrors`. */
  readonly routes?: readonly RegistryRoute[] | undefined;
  /** Keep what was read by digest. 64 MiB in memory; `false` keeps nothing. */
  readonly cache?: CacheOptions | false | undefined;
  /** Share the answers about tags and lists of referrers with other processes, for reads with `sharedListings`. Default: nothing is shared. */
  readonly listings?: SharedListingsOptions | undefined;
  /** Retry a manifest that is not found: it may just have been pushed. Default: off. */
  readonly retryOnNotFound?: NotFoundRetry | undefined;
  /** Called once with each warning: `Warning` headers of registries, and oddities that this client found. */
  readonly onWarning?: ((warning: OciWarning) => void) | undefined;
  /** Decides when each origin may be asked. For clients that share the limits of a registry. */
  readonly gate?: RequestGate | undefined;
  /** Called at the beginning and the end of every request, like the diagnostics channel `sigtrail:http:request`. It holds no secret. */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
  /** Authorities trusted in addition to Node's own and those of `SSL_CERT_FILE` and `SSL_CERT_DIR`: PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** Further authorities, each trusted for some origins only. */
  readonly originAuthorities?: readonly OriginAuthorities[] | undefined;
  /** Client certificates, each for its origins only. */
  readonly clientCertificates?: readonly ClientCertificate[] | undefined;
  /** The proxy for each address; `false` for no proxy. Default: the proxy variables of `env`, as Go programs read them. */
  readonly proxy?: ProxySelector | false | undefined;
  /**
   * Addresses that may be reached although a more public registry names them, for split-horizon networks: IP addresses, CIDR ranges, host
   * names, `*.suffix`.
   */
  readonly allowAddresses?: readonly string[] | undefined;
  /** Sends the requests instead of undici, and handles `ca`, `clientCertificates`, `proxy` and `resolve` itself. */
  readonly transport?: Transport | undefined;
  /** Connections to one origin at a time. 8. */
  readonly connections?: number | undefined;
  /** Offer HTTP/2 to https servers. `false` */
  readonly http2?: boolean | undefined;
  /** 10 000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** Time to the first header. 20 000 ms. */
  readonly headersTimeoutMs?: number | undefined;
  /** Longest silence inside a body. 20 000 ms. */
  readonly idleTimeoutMs?: number | undefined;
  /** Name resolution. `node:dns`. */
  readonly resolve?: Resolve | undefined;
  /** Deadline of one call, all its requests together. 30 000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Largest manifest, index or page of referrers. 4 MiB. */
  readonly maxManifestBytes?: number | undefined;
  /** Largest blob. 16 MiB. */
  readonly maxBlobBytes?: number | undefined;
  /** Further attempts after a broken connection or 429, 502, 503, 504. 3. */
  readonly retries?: number | undefined;
  /** Longest first wait between attempts, doubled each time. 300 ms. */
  readonly retryBaseMs?: number | undefined;
  readonly userAgent?: string | undefined;
  /**
   * Where `DOCKER_CONFIG`, `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `XDG_CONFIG_HOME`, `HOME`, `PATH`, `SSL_CERT_FILE` and
   * `SSL_CERT_DIR` are read from.
   * `process.env`.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** A clock in milliseconds that never goes back, for the lifetimes of tokens and credentials. `performance.now` */
  readonly now?: (() => number) | undefined;
}

/** Options with their defaults filled in. */
export interface ClientSettings {
  readonly isInsecure: (host: string) => boolean;
  readonly realmPolicy: RealmPolicy;
  readonly passwordGrant: boolean;
  readonly now: () => number;
  readonly timeoutMs: number;
  readonly maxManifestBytes: number;
  readonly maxBlobBytes: number;
  readonly retries: number | undefined;
  readonly retryBaseMs: number | undefined;
  readonly userAgent: string;
  readonly notFoundRetries: number;
  readonly notFoundDelayMs: number;
  readonly mirrors: readonly (readonly [registry: string, mirrors: readonly Mirror[]])[];
  readonly routes: readonly RegistryRoute[];
  readonly listings: ListingSettings | undefined;
}

// Lazy: programs that never make a client should not pay for building it at import.
const credentialsSchema = z.lazy(() =>
  z.union([
    z.custom<Keychain>((value) => typeof value === 'function'),
    z.strictObject({ username: z.string().min(1), password: z.string(), registry: z.string().optional() }),
    z.strictObject({ token: z.string().min(1), registry: z.string().optional() }),
    z.strictObject({
      identityToken: z.string().min(1),
      username: z.string().optional(),
      password: z.string().optional(),
      registry: z.string().optional(),
    }),
  ]),
);
const bytes = z.lazy(() => z.int().positive());
const aFunction = <T>(): z.ZodType<T> => z.custom<T>((value) => typeof value === 'function');
const ofConnections = <T>(): z.ZodType<T> => z.custom<T>(() => true); // `checkHttpOptions` checks their values
const mirrorSchema = z.lazy(() =>
  z.union([
    z.string(),
    z.strictObject({ url: z.string(), tags: z.boolean().optional(), namespace: z.boolean().optional() }),
  ]),
);
const optionsSchema = z.lazy(() =>
  z.strictObject({
    credentials: credentialsSchema.optional(),
    insecureRegistries: z.array(z.string()).optional(),
    dockerConfig: z.union([z.string(), z.literal(false), z.looseObject({})]).optional(),
    httpHeadersFor: z.array(z.string()).optional(),
    realmPolicy: z.union([z.enum(['any', 'same-host']), aFunction<RealmPolicy>()]).optional(),
    passwordGrant: z.boolean().optional(),
    now: aFunction<() => number>().optional(),
    mirrors: z.record(z.string(), z.array(mirrorSchema)).optional(),
    routes: routesSchema.optional(),
    cache: z
      .union([
        z.literal(false),
        z.strictObject({
          maxBytes: z.int().nonnegative().optional(),
          store: z.object({ get: aFunction(), set: aFunction() }).optional(),
        }),
      ])
      .optional(),
    listings: listingsSchema.optional(),
    retryOnNotFound: z
      .strictObject({ retries: z.int().nonnegative(), delayMs: z.number().nonnegative().optional() })
      .optional(),
    onWarning: aFunction().optional(),
    proxy: z.union([z.literal(false), aFunction<ProxySelector>()]).optional(),
    onRequest: ofConnections().optional(),
    gate: ofConnections().optional(),
    ca: ofConnections().optional(),
    originAuthorities: ofConnections().optional(),
    clientCertificates: ofConnections().optional(),
    allowAddresses: ofConnections().optional(),
    transport: ofConnections().optional(),
    connections: ofConnections().optional(),
    http2: ofConnections().optional(),
    connectTimeoutMs: ofConnections().optional(),
    headersTimeoutMs: ofConnections().optional(),
    idleTimeoutMs: ofConnections().optional(),
    resolve: ofConnections().optional(),
    timeoutMs: z.number().positive().optional(),
    maxManifestBytes: bytes.optional(),
    maxBlobBytes: bytes.optional(),
    retries: z.int().nonnegative().optional(),
    retryBaseMs: z.number().nonnegative().optional(),
    userAgent: z
      .string()
      .regex(/^[\x20-\x7e]*$/)
      .optional(),
    env: z.custom<object>((value) => typeof value === 'object' && value !== null).optional(),
  }),
);

/**
 * Checks options before there is a client, so that making it later can't fail because of them.
 *
 * @throws TypeError `unknown-option`, `invalid-option`, naming the option, never its value
 */
export function checkClientOptions(options: OciClientOptions): void {
  parseClientOptions(options);
}

/** The options that go to the HTTP client unchanged. */
export function connectionOptions(options: OciClientOptions): HttpOptions {
  return {
    onRequest: options.onRequest,
    gate: options.gate,
    ca: options.ca,
    originAuthorities: options.originAuthorities,
    clientCertificates: options.clientCertificates,
    proxy: options.proxy === false ? undefined : options.proxy,
    allowAddresses: options.allowAddresses,
    transport: options.transport,
    connections: options.connections,
    http2: options.http2,
    connectTimeoutMs: options.connectTimeoutMs,
    headersTimeoutMs: options.headersTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
    resolve: options.resolve,
  };
}

/** Checks options and fills in the defaults. @throws TypeError naming the option, never its value */
export function parseClientOptions(options: OciClientOptions): ClientSettings {
  const result = optionsSchema.safeParse(options);
  if (!result.success) {
    const issue = result.error.issues[0];
    const keys = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : undefined;
    const at = keys === undefined ? (issue?.path.slice(0, 1) ?? []) : [...(issue?.path ?? []), keys];
    const name = at.map(String).join('.');
    throw optionError(
      keys === undefined ? 'invalid-option' : 'unknown-option',
      `createOciClient: ${issue?.code === 'unrecognized_keys' ? 'unknown' : 'malformed'} option "${name}"`,
    );
  }
  checkHttpOptions(connectionOptions(options), 'createOciClient');
  const given = result.data;
  return {
    isInsecure: namedForPlainHttp(given.insecureRegistries ?? []),
    realmPolicy: given.realmPolicy ?? 'any',
    passwordGrant: given.passwordGrant ?? false,
    now: given.now ?? (() => performance.now()),
    timeoutMs: given.timeoutMs ?? 30_000,
    maxManifestBytes: given.maxManifestBytes ?? 4 * 1024 * 1024,
    maxBlobBytes: given.maxBlobBytes ?? 16 * 1024 * 1024,
    retries: given.retries,
    retryBaseMs: given.retryBaseMs,
    userAgent: given.userAgent ?? 'oci-client-lite',
    notFoundRetries: given.retryOnNotFound?.retries ?? 0,
    notFoundDelayMs: given.retryOnNotFound?.delayMs ?? 1000,
    mirrors: Object.entries(given.mirrors ?? {}).map(([registry, list]) => [
      registry,
      list.map((mirror) => (typeof mirror === 'string' ? { url: mirror } : mirror)),
    ]),
    routes: given.routes ?? [],
    listings: parseListings(given.listings, options),
  };
}
