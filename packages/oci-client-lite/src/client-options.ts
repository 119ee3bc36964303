/** Credentials for one registry host. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** Sent as `Authorization: Bearer` as it is. */
  | { readonly token: string }
  /** An OAuth 2 refresh token (`identitytoken`), exchanged at the registry's token server. */
  | { readonly identityToken: string };

/** Asked for credentials by exact `host[:port]` (Docker Hub is `index.docker.io`) and repository. `undefined` is anonymous. */
export type Keychain = (registry: string, repository: string) => Credentials | undefined | Promise<Credentials | undefined>;

/** Options of {@link createOciClient}. */
export interface OciClientOptions {
  /** Credentials for the hosts you use with this client, or a function that finds them. Without it, the Docker configuration is read. */
  readonly credentials?: Credentials | Keychain | undefined;
  /** `host[:port]` entries that may be spoken to in plain http; `*` is every host. Loopback hosts always may. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Path of a `config.json` (or its directory), its parsed content, or `false` for none. */
  readonly dockerConfig?: string | object | false | undefined;
  /** Deadline of one call, all its requests together. 30 000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Largest manifest, index or page of referrers. 4 MiB. */
  readonly maxManifestBytes?: number | undefined;
  /** Largest blob. 16 MiB. */
  readonly maxBlobBytes?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Where `DOCKER_CONFIG`, `DOCKER_AUTH_CONFIG` and `HOME` are read from. `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}
