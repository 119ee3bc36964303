import type { OciClient, Repository } from 'oci-client-lite';
import * as z from 'zod';

/** What the caller is after; only carriers that can hold it are looked at, and only its bytes are fetched. */
export type Wanted = 'signatures' | 'attestations' | 'sboms';

/** How `triangulate` looks. */
export interface TriangulateOptions {
  /** Reads the registry. One is made and closed by this call when absent; keep your own to share tokens and sockets. */
  readonly client?: OciClient | undefined;
  /** Where to look instead of where the reference points: a mirror, or a repository in memory. The reference still says which tag or digest. */
  readonly repository?: Repository | undefined;
  /** Default: everything. Referrers of other kinds are listed all the same, unread. */
  readonly want?: readonly Wanted[] | undefined;
  /** Fetch the bytes of what is wanted; default true. */
  readonly fetch?: boolean | undefined;
  /** Ends the call. Before the image is resolved it rejects; after that, what was not read yet is `unknown`. */
  readonly signal?: AbortSignal | undefined;
  /** Deadline of the whole call; default 30 000 ms. */
  readonly timeoutMs?: number | undefined;
  /** Largest bundle; default 16 MiB. */
  readonly maxBundleBytes?: number | undefined;
}

/** Options with their defaults filled in. */
export interface Settings {
  readonly client: OciClient | undefined;
  readonly repository: Repository | undefined;
  readonly want: readonly Wanted[];
  readonly fetch: boolean;
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  readonly maxBundleBytes: number;
}

const hasFunctions = (value: unknown, names: readonly string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  names.every((name) => typeof (value as Record<string, unknown>)[name] === 'function');

const optionsSchema = z.strictObject({
  client: z.custom<OciClient>((value) => hasFunctions(value, ['repository', 'close'])).optional(),
  repository: z
    .custom<Repository>((value) => hasFunctions(value, ['fetchManifest', 'fetchBlob', 'listReferrers']))
    .optional(),
  // An empty list would find nothing anywhere, and nothing found must never come from having looked nowhere.
  want: z
    .array(z.enum(['signatures', 'attestations', 'sboms']))
    .min(1)
    .optional(),
  fetch: z.boolean().optional(),
  signal: z.instanceof(AbortSignal).optional(),
  timeoutMs: z.number().positive().optional(),
  maxBundleBytes: z.int().positive().optional(),
});

/** Checks options and fills in the defaults. @throws TypeError naming the option */
export function parseOptions(options: TriangulateOptions): Settings {
  const result = optionsSchema.safeParse(options);
  if (!result.success) {
    const issue = result.error.issues[0];
    const unknown = issue?.code === 'unrecognized_keys';
    const name = unknown ? issue.keys.join(', ') : String(issue?.path[0] ?? '');
    throw new TypeError(`triangulate: ${unknown ? 'unknown' : 'malformed'} option "${name}"`);
  }
  const { client, repository, want, fetch, signal, timeoutMs, maxBundleBytes } = result.data;
  return {
    client,
    repository,
    want: want ?? ['signatures', 'attestations', 'sboms'],
    fetch: fetch ?? true,
    signal,
    timeoutMs: timeoutMs ?? 30_000,
    maxBundleBytes: maxBundleBytes ?? 16 * 1024 * 1024,
  };
}
