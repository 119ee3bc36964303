import { createHttp } from '@sigtrail/http';
import { optionError, SigtrailError } from '../../error.ts';
import type { LoadedTrust, TrustProvider } from '../load-trust.ts';
import { AUTHORITY_PROFILES, type AuthorityProfile } from '../profile.ts';
import { parseTrustedRoot, type TrustedRoot } from '../trusted-root.ts';
import { directoryCache, memoryCache, type TufCache } from './tuf-cache.ts';
import { decodeTufDocument } from './tuf-document.ts';
import { type FetchFile, type TufFiles, type TufTarget, updateTarget } from './tuf-updater.ts';

/** Where trust is kept fresh from. */
export interface TufTrustOptions {
  /** Base URL of the repository. Default: the public-good instance's. */
  readonly mirror?: string;
  /** The first `root.json` that is trusted: JSON text or bytes. Needed for every other mirror; embedded for the default one. */
  readonly root?: string | Uint8Array;
  /** Name of the target. Default `trusted_root.json`. */
  readonly target?: string;
  /** The profile of its certificate authorities. Default `fulcio`; GitHub's repository needs `github`. */
  readonly profile?: AuthorityProfile;
  /** A directory that outlives the process, shared by any number of processes. Without it, memory only. */
  readonly cacheDirectory?: string;
  /** Asks the mirror again after this long, though nothing has expired. Default: when something has. */
  readonly maxAgeMs?: number;
  /** Deadline of one refresh: 30,000 ms. */
  readonly timeoutMs?: number;
  /** `none`: only what is cached counts, and no socket is opened. */
  readonly network?: 'allow' | 'none';
}

const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';
const KEYS = ['mirror', 'root', 'target', 'profile', 'cacheDirectory', 'maxAgeMs', 'timeoutMs', 'network'];
const REFRESHED = ':refreshed';

interface Settings {
  readonly mirror: string;
  readonly root: () => Promise<Buffer>;
  readonly target: string;
  readonly profile?: AuthorityProfile;
  readonly cacheDirectory?: string;
  readonly maxAgeMs: number;
  readonly timeoutMs: number;
  readonly network: 'allow' | 'none';
}

interface Kept {
  readonly loaded: LoadedTrust;
  readonly expires: Date;
  readonly refreshedAt: Date;
}

/**
 * Trust from a TUF repository, kept fresh: Sigstore's, GitHub's, your own. What has not expired is used without asking
 * the mirror. When nothing unexpired can be had, the verdict is `indeterminate`, with code `trust-expired` or
 * `trust-unavailable`.
 *
 * @throws TypeError `invalid-option`, `unknown-option`
 * @example
 * await using verifier = createVerifier({ trust: tufTrust({ cacheDirectory: '/var/cache/acme/tuf' }) });
 */
export function tufTrust(options: TufTrustOptions = {}): TrustProvider {
  const settings = parseOptions(options);
  let cache: Promise<TufCache> | undefined;
  let kept: Kept | undefined;
  let obtaining: Promise<Kept> | undefined;
  return async (now) => {
    if (kept !== undefined && isFresh(kept, now, settings)) return kept.loaded;
    cache ??= openCache(settings);
    // Calls at the same time share one refresh.
    obtaining ??= cache
      .then(async (opened) => obtain(settings, opened, now, kept?.loaded.root))
      .finally(() => {
        obtaining = undefined;
      });
    kept = await obtaining;
    return kept.loaded;
  };
}

async function openCache({ cacheDirectory, mirror, root }: Settings): Promise<TufCache> {
  return cacheDirectory === undefined ? memoryCache() : directoryCache(cacheDirectory, mirror, await root());
}

function isFresh({ expires, refreshedAt }: Kept, now: Date, { maxAgeMs, network }: Settings): boolean {
  const age = now.getTime() - refreshedAt.getTime();
  return now < expires && (network === 'none' || age < maxAgeMs);
}

/** From the cache if that is enough, from the mirror if not; and when the mirror fails, from the cache if it has not expired. */
async function obtain(settings: Settings, cache: TufCache, now: Date, known: TrustedRoot | undefined): Promise<Kept> {
  return cache.exclusively(async (canWrite) => {
    const files = await cache.load();
    const first = await settings.root();
    const hadTimestamp = files.has('timestamp');
    if (!isNewer(files.get('root'), first)) files.set('root', first);
    const cached = await readCached(settings, files, now, known);
    if (cached !== undefined && isFresh(cached, now, settings)) return cached;
    try {
      if (settings.network === 'none') throw new Error('no network is allowed, and nothing unexpired is cached');
      const target = await withMirror(settings, async (fetch) =>
        updateTarget({ ...settings, files, fetch, now, preferCache: false }),
      );
      files.set(REFRESHED, Buffer.from(JSON.stringify({ at: now.toISOString() })));
      if (canWrite) await keep(cache, files);
      return toKept(settings, target, now, known);
    } catch (cause) {
      // Of a refresh that failed half-way only a newer root is kept: the rest would not fit what is cached.
      const root = files.get('root');
      if (canWrite && root !== undefined) await keep(cache, new Map([['root', root]]));
      if (cached !== undefined) {
        const warning = `the mirror could not refresh it: ${sentenceOf(cause)}`;
        return { ...cached, loaded: { ...cached.loaded, source: { ...cached.loaded.source, warning } } };
      }
      const code = hadTimestamp || /\bexpired\b/i.test(sentenceOf(cause)) ? 'trust-expired' : 'trust-unavailable';
      throw new SigtrailError(code, `no unexpired trust can be had from ${settings.mirror}: ${sentenceOf(cause)}`, {
        cause,
      });
    }
  });
}

/** A disk that can't be written costs the next process a refresh, and nobody a verdict. */
async function keep(cache: TufCache, files: TufFiles): Promise<void> {
  await cache.save(files).catch(() => undefined);
}

async function readCached(
  settings: Settings,
  files: TufFiles,
  now: Date,
  known: TrustedRoot | undefined,
): Promise<Kept | undefined> {
  if (!files.has('timestamp')) return undefined;
  try {
    const fetch: FetchFile = () => Promise.reject(new Error('not cached'));
    const target = await updateTarget({ ...settings, files: new Map(files), fetch, now, preferCache: true });
    return toKept(settings, target, refreshedAt(files), known);
  } catch {
    return undefined; // expired, spoiled or not whole: the mirror is asked, and says why when that fails
  }
}

function toKept({ mirror, profile }: Settings, target: TufTarget, at: Date, known: TrustedRoot | undefined): Kept {
  const root = parseTrustedRoot(target.bytes, profile);
  // The same document is the same object, so that what was prepared for it is prepared once.
  const same = known?.digest === root.digest ? known : root;
  const source = { kind: 'tuf', name: mirror, digest: root.digest, expires: target.expires.toISOString() } as const;
  return { loaded: { root: same, source }, expires: target.expires, refreshedAt: at };
}

function refreshedAt(files: TufFiles): Date {
  try {
    const { at } = JSON.parse(files.get(REFRESHED)?.toString('utf8') ?? '{}') as { readonly at?: unknown };
    const time = new Date(typeof at === 'string' ? at : 0);
    return Number.isNaN(time.getTime()) ? new Date(0) : time;
  } catch {
    return new Date(0); // as if it were long ago: asked again
  }
}

function isNewer(kept: Buffer | undefined, first: Buffer): boolean {
  try {
    return kept !== undefined && decodeTufDocument(kept).version >= decodeTufDocument(first).version;
  } catch {
    return false;
  }
}

async function withMirror<T>({ timeoutMs }: Settings, act: (fetch: FetchFile) => Promise<T>): Promise<T> {
  const http = createHttp({ retries: 2 });
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    return await act(async (url, maxBytes) => {
      // The mirror's host was chosen by the caller.
      const { status, body } = await http.request({ url, maxBytes, timeoutMs, signal });
      if (status === 403 || status === 404) return undefined;
      if (status !== 200) throw new Error(`the mirror answered ${status}`);
      return Buffer.from(body);
    });
  } finally {
    await http.close();
  }
}

function sentenceOf(cause: unknown): string {
  return cause instanceof Error ? cause.message.slice(0, 300) : 'unknown error';
}

function parseOptions(options: TufTrustOptions): Settings {
  const unknown = Object.keys(options).find((name) => !KEYS.includes(name));
  if (unknown !== undefined) throw optionError('unknown-option', `"${unknown}" is not an option of tufTrust`);
  const { mirror = PUBLIC_GOOD_MIRROR, root, target = 'trusted_root.json', maxAgeMs = Infinity } = options;
  const { timeoutMs = 30_000, network = 'allow', profile, cacheDirectory } = options;
  const url = URL.parse(mirror);
  if (url === null || !['https:', 'http:'].includes(url.protocol) || url.search !== '' || url.username !== '')
    throw optionError('invalid-option', '"mirror" must be an http(s) URL without user or query');
  if (root === undefined && mirror !== PUBLIC_GOOD_MIRROR)
    throw optionError('invalid-option', '"root" is needed: the root.json that trust in this mirror begins with');
  if (root !== undefined && typeof root !== 'string' && !(root instanceof Uint8Array))
    throw optionError('invalid-option', '"root" must be the text or bytes of a root.json');
  if (typeof target !== 'string' || target === '') throw optionError('invalid-option', '"target" must be a name');
  if (Number.isNaN(maxAgeMs) || maxAgeMs < 0)
    throw optionError('invalid-option', '"maxAgeMs" must be a number of milliseconds');
  if (!Number.isSafeInteger(timeoutMs) || timeoutMs <= 0)
    throw optionError('invalid-option', '"timeoutMs" must be a positive number of milliseconds');
  if (!['allow', 'none'].includes(network)) throw optionError('invalid-option', '"network" must be "allow" or "none"');
  if (profile !== undefined && !AUTHORITY_PROFILES.includes(profile))
    throw optionError('invalid-option', `"profile" must be one of ${AUTHORITY_PROFILES.join(', ')}`);
  if (cacheDirectory !== undefined && (typeof cacheDirectory !== 'string' || cacheDirectory === ''))
    throw optionError('invalid-option', '"cacheDirectory" must be a path');
  return {
    mirror: mirror.replace(/\/+$/, ''),
    root: async () => Buffer.from(root ?? (await import('./public-good-tuf-root.ts')).PUBLIC_GOOD_TUF_ROOT),
    target,
    maxAgeMs,
    timeoutMs,
    network,
    ...(profile === undefined ? {} : { profile }),
    ...(cacheDirectory === undefined ? {} : { cacheDirectory }),
  };
}
