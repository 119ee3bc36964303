import { z } from 'zod';
import type { RealmPolicy } from './realm-policy.ts';

/** Credentials for a registry. */
export type Credentials =
  | { readonly username: string; readonly password: string }
  /** Sent as `Authorization: Bearer` as it is. */
  | { readonly token: string }
  /**
   * An OAuth 2 refresh token (`identitytoken` in Docker's file), exchanged at the registry's token server. A token server without that
   * grant is asked with user and password where they are there too, anonymously otherwise.
   */
  | { readonly identityToken: string; readonly username?: string; readonly password?: string };

/** Credentials given in the options. Without `registry` they go to every registry this client is asked for, so name it where you use several. */
export type ExplicitCredentials = Credentials & {
  /** Exact `host[:port]` they are for. */
  readonly registry?: string | undefined;
};

/** Asked for credentials by exact `host[:port]` (Docker Hub is `index.docker.io`) and repository. `undefined` is anonymous. */
export type Keychain = (
  registry: string,
  repository: string,
) => Credentials | undefined | Promise<Credentials | undefined>;

/** Options of {@link createOciClient}. */
export interface OciClientOptions {
  /** Credentials, or a function that finds them. They replace the Docker configuration, which is read otherwise. */
  readonly credentials?: ExplicitCredentials | Keychain | undefined;
  /** `host[:port]` entries that may be spoken to in plain http; `*` is every host. Loopback hosts always may. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /**
   * Path of a `config.json` (or its directory), its parsed content, a Kubernetes pull secret (`.dockerconfigjson`, `.dockercfg`), or `false`
   * for none. Unless given: where Docker and Podman keep it.
   */
  readonly dockerConfig?: string | object | false | undefined;
  /** Which token servers a registry may send us to. `any` */
  readonly realmPolicy?: RealmPolicy | undefined;
  /** Send passwords to token servers by OAuth 2's password grant, for those that want it. `false` */
  readonly passwordGrant?: boolean | undefined;
  /** Deadline of one call, all its requests together. 30 000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Largest manifest, index or page of referrers. 4 MiB. */
  readonly maxManifestBytes?: number | undefined;
  /** Largest blob. 16 MiB. */
  readonly maxBlobBytes?: number | undefined;
  /** Further tries after a broken connection or 429, 502, 503, 504. 3. */
  readonly retries?: number | undefined;
  /** Longest first wait between tries, doubled each time. 300 ms. */
  readonly retryBaseMs?: number | undefined;
  readonly userAgent?: string | undefined;
  /**
   * Where `DOCKER_CONFIG`, `DOCKER_AUTH_CONFIG`, `REGISTRY_AUTH_FILE`, `XDG_RUNTIME_DIR`, `XDG_CONFIG_HOME`, `HOME` and `PATH` are read from.
   * `process.env`.
   */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** A clock in milliseconds that never goes back, for the lifetimes of tokens and credentials. `performance.now` */
  readonly now?: (() => number) | undefined;
}

/** Options with their defaults filled in. */
export interface ClientSettings {
  readonly insecureRegistries: ReadonlySet<string>;
  readonly realmPolicy: RealmPolicy;
  readonly passwordGrant: boolean;
  readonly now: () => number;
  readonly timeoutMs: number;
  readonly maxManifestBytes: number;
  readonly maxBlobBytes: number;
  readonly retries: number | undefined;
  readonly retryBaseMs: number | undefined;
  readonly userAgent: string;
}

const credentialsSchema = z.union([
  z.custom<Keychain>((value) => typeof value === 'function'),
  z.strictObject({ username: z.string().min(1), password: z.string(), registry: z.string().optional() }),
  z.strictObject({ token: z.string().min(1), registry: z.string().optional() }),
  z.strictObject({
    identityToken: z.string().min(1),
    username: z.string().optional(),
    password: z.string().optional(),
    registry: z.string().optional(),
  }),
]);
const bytes = z.int().positive();
const optionsSchema = z.strictObject({
  credentials: credentialsSchema.optional(),
  insecureRegistries: z.array(z.string()).optional(),
  dockerConfig: z.union([z.string(), z.literal(false), z.looseObject({})]).optional(),
  realmPolicy: z
    .union([z.enum(['any', 'same-host']), z.custom<RealmPolicy>((value) => typeof value === 'function')])
    .optional(),
  passwordGrant: z.boolean().optional(),
  now: z.custom<() => number>((value) => typeof value === 'function').optional(),
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
});

/** Checks options and fills in the defaults. @throws TypeError naming the option, never its value */
export function parseClientOptions(options: OciClientOptions): ClientSettings {
  const result = optionsSchema.safeParse(options);
  if (!result.success) {
    const issue = result.error.issues[0];
    const name = issue?.code === 'unrecognized_keys' ? issue.keys.join(', ') : String(issue?.path[0] ?? '');
    throw new TypeError(
      `createOciClient: ${issue?.code === 'unrecognized_keys' ? 'unknown' : 'malformed'} option "${name}"`,
    );
  }
  const given = result.data;
  return {
    insecureRegistries: new Set(
      (given.insecureRegistries ?? []).map((entry) =>
        entry === '*' ? '*' : (URL.parse(`http://${entry}`)?.host ?? entry),
      ),
    ),
    realmPolicy: given.realmPolicy ?? 'any',
    passwordGrant: given.passwordGrant ?? false,
    now: given.now ?? (() => performance.now()),
    timeoutMs: given.timeoutMs ?? 30_000,
    maxManifestBytes: given.maxManifestBytes ?? 4 * 1024 * 1024,
    maxBlobBytes: given.maxBlobBytes ?? 16 * 1024 * 1024,
    retries: given.retries,
    retryBaseMs: given.retryBaseMs,
    userAgent: given.userAgent ?? 'oci-client-lite',
  };
}
