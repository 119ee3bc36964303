import { createHttp } from '@sigtrail/http';
import { optionError } from '@sigtrail/encoding';
import { isSigtrailError, SigtrailError } from '../../error.ts';
import type { LoadedTrust, TrustProvider } from '../load-trust.ts';
import { AUTHORITY_PROFILES, type AuthorityProfile } from '../profile.ts';
import { parseTrustedRoot } from '../parse-trusted-root.ts';
import type { TrustedRoot } from '../trusted-root.ts';
import { directoryCache, memoryCache, type TufCache } from './tuf-cache.ts';
import type { FetchFile } from './tuf-document.ts';
import { sharedCache } from './tuf-newest.ts';
import type { TufState } from './tuf-state.ts';
import { keptTarget, refreshTarget, type TufTarget } from './tuf-workflow.ts';

/** Where fresh trust comes from, and how often. */
export interface TufTrustOptions {
  /** Base URL of the repository. Default: the public-good instance's. */
  readonly mirror?: string;
  /** The first `root.json` that is trusted: JSON text or bytes. Embedded for the default mirror; required for any other. */
  readonly root?: string | Uint8Array;
  /** Name of the target. Default `trusted_root.json`. */
  readonly target?: string;
  /** The profile of its certificate authorities. Default `fulcio`; GitHub's repository needs `github`. */
  readonly profile?: AuthorityProfile;
  /** A directory that outlives the process, shared by any number of processes. Without it, memory only. */
  readonly cacheDirectory?: string;
  /** How long until the mirror is asked again even if nothing has expired. Default: 86,400,000 ms, one day. */
  readonly maxAgeMs?: number;
  /** Deadline of one refresh: 30,000 ms. */
  readonly timeoutMs?: number;
  /** `none`: uses only the cache, and opens no socket. */
  readonly network?: 'allow' | 'none';
}

const PUBLIC_GOOD_MIRROR = 'https://tuf-repo-cdn.sigstore.dev';
const KEYS = ['mirror', 'root', 'target', 'profile', 'cacheDirectory', 'maxAgeMs', 'timeoutMs', 'network'];

/** As in cosign and sigstore-go: a removed authority must not stay trusted any longer. */
const DEFAULT_MAX_AGE_MS = 86_400_000;

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
 * Trust from a TUF repository, kept fresh: Sigstore's, GitHub's, your own. The mirror is asked once a day, and when something has
 * expired. If there is no unexpired trust left, the verdict is `indeterminate`, with code `trust-expired` or
 * `trust-unavailable`.
 *
 * @throws TypeError `invalid-option`, `unknown-option`
 * @example
 * await using verifier = createVerifier({ trust: tufTrust({ cacheDirectory: '/var/cache/acme/tuf' }) });
 */
export function tufTrust(options: TufTrustOptions = {}): TrustProvider {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw optionError('invalid-option', '"options" must be an object');
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
  if (cacheDirectory === undefined) return memoryCache();
  const given = await root();
  return sharedCache(await directoryCache(cacheDirectory, mirror, given), { mirror, root: given });
}

function isFresh({ expires, refreshedAt }: Kept, now: Date, { maxAgeMs, network }: Settings): boolean {
  const age = now.getTime() - refreshedAt.getTime();
  return now < expires && (network === 'none' || age < maxAgeMs);
}

/** Takes trust from the cache if that is enough, else from the mirror; if the mirror fails, from the cache unless it has expired. */
async function obtain(
  settings: Settings,
  cache: TufCache,
  now: Date,
  lastRoot: TrustedRoot | undefined,
): Promise<Kept> {
  const source = { mirror: settings.mirror, target: settings.target, root: await settings.root(), now };
  let state = await cache.load();
  const target = await keptTarget(source, state).catch(() => undefined); // expired or damaged: the mirror is asked, and its failure says why
  const cached =
    target === undefined || !isReadable(target, settings)
      ? undefined
      : toKept(settings, target, refreshedAt(state, now), lastRoot, cache.warning);
  if (cached !== undefined && isFresh(cached, now, settings)) return cached;
  try {
    if (settings.network === 'none') throw new Error('no network is allowed, and nothing unexpired is cached');
    const fresh = await withMirror(settings, async (fetch) =>
      refreshTarget(source, state, fetch, (learned) => {
        state = learned;
      }),
    );
    return toKept(settings, fresh, now, lastRoot, cache.warning);
  } catch (cause) {
    if (cached !== undefined) {
      const warning = `the mirror could not refresh it: ${sentenceOf(cause)}`;
      return { ...cached, loaded: { ...cached.loaded, source: { ...cached.loaded.source, warning } } };
    }
    // The mirror signed something unusable. The caller's files are not to blame, and nothing has expired.
    const isMalformed = isSigtrailError(cause) && cause.code === 'invalid-trusted-root';
    const code = isMalformed
      ? 'trust-unavailable'
      : state.set !== undefined || /\bexpired\b/i.test(sentenceOf(cause))
        ? 'trust-expired'
        : 'trust-unavailable';
    const because = [sentenceOf(cause), cache.warning].filter((part) => part !== undefined).join('; ');
    throw new SigtrailError(code, `could not load unexpired trust from ${settings.mirror}: ${because}`, { cause });
  } finally {
    // Even after a failure: a newer root or timestamp, once verified, is never forgotten.
    await cache.save(state);
  }
}

/** Whether a cached target is a trusted root at all; if not, the mirror may have a better one by now. */
function isReadable({ bytes }: TufTarget, { profile }: Settings): boolean {
  try {
    parseTrustedRoot(bytes, profile);
    return true;
  } catch (error) {
    if (isSigtrailError(error) && error.code === 'invalid-trusted-root') return false;
    throw error;
  }
}

function toKept(
  { mirror, profile }: Settings,
  target: TufTarget,
  at: Date,
  lastRoot: TrustedRoot | undefined,
  warning: string | undefined,
): Kept {
  const root = parseTrustedRoot(target.bytes, profile);
  // The same document gives the same object, so that preparing for it happens only once.
  const same = lastRoot?.digest === root.digest ? lastRoot : root;
  const source = {
    kind: 'tuf',
    name: mirror,
    digest: root.digest,
    expires: target.expires.toISOString(),
    ...(warning === undefined ? {} : { warning }),
  } as const;
  return { loaded: { root: same, source }, expires: target.expires, refreshedAt: at };
}

/** A time in the future can't come from this clock: treat it as if the mirror had not been asked for a long time. */
function refreshedAt(state: TufState, now: Date): Date {
  return state.refreshedAt === undefined || state.refreshedAt > now ? new Date(0) : state.refreshedAt;
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
  const { mirror = PUBLIC_GOOD_MIRROR, root, target = 'trusted_root.json', maxAgeMs = DEFAULT_MAX_AGE_MS } = options;
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
