import { inTime, optionError } from '@sigtrail/encoding';
import { causeOf, isSigtrailError, SigtrailError, withCause } from '../error.ts';
import type { Problem, TrustSource } from '../report/report.ts';
import { combineRoots } from './combine-roots.ts';
import { AUTHORITY_PROFILES, type AuthorityProfile, type Relaxation, RELAXATIONS } from './profile.ts';
import { isTrustedRoot, type TrustedRoot } from './trusted-root.ts';
import type { TrustedRootSource } from './trusted-root-input.ts';

/** Trust anchors with their origin. */
export interface LoadedTrust {
  readonly root: TrustedRoot;
  readonly source: TrustSource;
  /** Why no root could be loaded: `trust-expired`, `trust-unavailable`, `deadline`. Then the root is empty, and there can be no verdict. */
  readonly problem?: Problem;
}

/** Requires trust, for answers that can't be indeterminate. @throws SigtrailError `trust-expired`, `trust-unavailable`, `deadline` */
export function requireTrust<T extends LoadedTrust>(loaded: T): T {
  const { problem } = loaded;
  if (problem === undefined) return loaded;
  if (problem.code === 'deadline') throw new SigtrailError('deadline', problem.message);
  const cause = causeOf(problem);
  throw new SigtrailError(problem.code === 'trust-expired' ? 'trust-expired' : 'trust-unavailable', problem.message, {
    cause,
  });
}

/**
 * Provides trust, asked once per call: `tufTrust()` of `sigtrail/trust`, or your own. If it throws
 * `trust-expired` or any other error, or does not answer before the deadline of the call, the verdict is `indeterminate`.
 */
export type TrustProvider = (now: Date) => Promise<LoadedTrust>;

/** A source of trust anchors: a document, or a provider that is asked anew for each call. */
export type TrustSourceInput = TrustedRootSource | TrustProvider;

/** The `trust` option: one source, or several that are trusted alike. */
export type TrustInput = TrustSourceInput | readonly TrustSourceInput[];

/**
 * Turns the `trust` option into a provider that validates strictly. A document is loaded once; a provider of the
 * caller's is asked each time, and may cache as it likes.
 *
 * @throws TypeError `invalid-option`
 */
export function createTrustProvider(input: TrustInput | undefined, timeoutMs = 30_000): TrustProvider {
  const sources: readonly TrustSourceInput[] = Array.isArray(input) ? input : [input ?? { embedded: true }];
  const [first, ...others] = sources.map((source) => providerOf(source, timeoutMs));
  if (first === undefined) throw optionError('invalid-option', '"trust" must name at least one trusted root');
  if (others.length === 0) return first;
  let last: { readonly parts: readonly LoadedTrust[]; readonly root: TrustedRoot } | undefined;
  return async (now) => {
    const parts = await Promise.all([first, ...others].map(async (provider) => provider(now)));
    // The same roots give the same object, so that preparing for it happens only once.
    if (last?.parts.every(({ root }, index) => root === parts[index]?.root) !== true)
      last = { parts, root: combineRoots(parts.map(({ root }) => root)) };
    return combineLoaded(parts, last.root);
  };
}

/**
 * Asks a provider. If it can't give trust now, that is the state of the world, and the report says so; a malformed root, or a
 * wrong option, is a mistake.
 */
async function askProvider(provider: TrustProvider, now: Date, timeoutMs: number): Promise<LoadedTrust> {
  const message = `the trust provider did not answer within ${timeoutMs} ms`;
  try {
    return await inTime(provider(now), timeoutMs, () => withoutTrust({ code: 'trust-unavailable', message }));
  } catch (error) {
    if (isSigtrailError(error)) {
      if (error.code !== 'trust-expired' && error.code !== 'trust-unavailable') throw error;
      return withoutTrust(withCause({ code: error.code, message: error.message }, error));
    }
    if (error instanceof TypeError && 'code' in error && !(error.cause instanceof Error)) throw error;
    const why = error instanceof Error ? error.message : 'it threw something that is not an Error';
    return withoutTrust(withCause({ code: 'trust-unavailable', message: `the trust provider failed: ${why}` }, error));
  }
}

/** No anchors, and why. */
export function withoutTrust(problem: Problem): LoadedTrust {
  return { root: combineRoots([]), source: { kind: 'none', name: 'no trusted root' }, problem };
}

/** Keeps for the whole what a reader must know about any part: how old the embedded snapshot is, when the first part expires, why a refresh failed. */
function combineLoaded(parts: readonly LoadedTrust[], root: TrustedRoot): LoadedTrust {
  const missing = parts.find(({ problem }) => problem !== undefined);
  if (missing !== undefined) return missing;
  const sources = parts.map(({ source }) => source);
  const [snapshot] = sources.filter(({ snapshotDate }) => snapshotDate !== undefined);
  const [expires] = sources.flatMap((source) => source.expires ?? []).toSorted();
  const warnings = sources.flatMap(({ warning }) => warning ?? []);
  return {
    root,
    source: {
      kind: 'combined',
      name: sources.map(({ name }) => name).join(' + '),
      digest: root.digest,
      ...(snapshot?.snapshotDate === undefined ? {} : { snapshotDate: snapshot.snapshotDate }),
      ...(snapshot?.ageDays === undefined ? {} : { ageDays: snapshot.ageDays }),
      ...(expires === undefined ? {} : { expires }),
      ...(warnings.length === 0 ? {} : { warning: warnings.join('; ') }),
    },
  };
}

function providerOf(input: TrustSourceInput, timeoutMs: number): TrustProvider {
  if (typeof input === 'function') return async (now) => askProvider(input, now, timeoutMs);
  checkSource(input);
  let loading: Promise<LoadedTrust> | undefined;
  return async (now) => {
    loading ??= load(input).catch((error: unknown) => {
      // After a failure, the file is read again: a verifier lives as long as its service.
      loading = undefined;
      throw error;
    });
    const { root, source } = await loading;
    if (source.snapshotDate === undefined) return { root, source };
    return {
      root,
      source: {
        ...source,
        ageDays: Math.max(0, Math.floor((now.getTime() - Date.parse(source.snapshotDate)) / 86_400_000)),
      },
    };
  };
}

/** Checks as much of a source as possible before it is read, so that a misspelt option is found before the first call. @throws TypeError `unknown-option`, `invalid-option` */
function checkSource(input: unknown): void {
  if (typeof input !== 'object' || input === null)
    throw optionError(
      'invalid-option',
      '"trust" must be { embedded: true }, { file }, { json }, a trusted_root.json object, trustRoot.fromParts() or a provider',
    );
  if (!isTrustedRoot(input) && !('mediaType' in input)) profileOf(input);
}

async function load(input: TrustedRootSource): Promise<LoadedTrust> {
  if (isTrustedRoot(input))
    return { root: input, source: { kind: 'given', name: 'trusted root given by the caller', digest: input.digest } };
  const { profile, relax } = 'mediaType' in input ? {} : profileOf(input);
  const { readTrustedRoots } = await import('./read-trusted-roots.ts');
  if ('embedded' in input) {
    // Loaded only when needed: 15 kB that callers with a root of their own never use.
    const { PUBLIC_GOOD_ROOT, PUBLIC_GOOD_SNAPSHOT_DATE } = await import('./public-good-root.ts');
    const root = readTrustedRoots(PUBLIC_GOOD_ROOT, profile, relax);
    return {
      root,
      source: {
        kind: 'embedded',
        name: 'Sigstore public-good instance',
        digest: root.digest,
        snapshotDate: PUBLIC_GOOD_SNAPSHOT_DATE,
      },
    };
  }
  if ('file' in input) {
    const { file } = input;
    if (typeof file !== 'string') throw optionError('invalid-option', '"trust.file" must be a path');
    const bytes = await read(file);
    const root = inFile(file, () => readTrustedRoots(bytes, profile, relax));
    return { root, source: { kind: 'file', name: file, digest: root.digest } };
  }
  const json = 'json' in input ? input['json'] : input;
  if (typeof json !== 'string' && !(json instanceof Uint8Array) && (typeof json !== 'object' || json === null))
    throw optionError('invalid-option', '"trust.json" must be text or bytes');
  const root = readTrustedRoots(json as string | Uint8Array | Readonly<Record<string, unknown>>, profile, relax);
  return { root, source: { kind: 'given', name: 'trusted root given by the caller', digest: root.digest } };
}

function profileOf(input: object): {
  readonly profile?: AuthorityProfile | readonly AuthorityProfile[];
  readonly relax?: readonly Relaxation[];
} {
  const profile: unknown = 'profile' in input ? input.profile : undefined;
  const isProfile = (value: unknown): value is AuthorityProfile => AUTHORITY_PROFILES.some((known) => known === value);
  const isProfiles = (value: unknown): value is readonly AuthorityProfile[] =>
    Array.isArray(value) && value.length > 0 && value.every(isProfile);
  if (profile !== undefined && !isProfile(profile) && !isProfiles(profile))
    throw optionError(
      'invalid-option',
      `"trust.profile" must be one of ${AUTHORITY_PROFILES.join(', ')}, or a list of them, got ${JSON.stringify(profile) ?? typeof profile}`,
    );
  const unknown = Object.keys(input).find((name) => !['embedded', 'file', 'json', 'profile', 'relax'].includes(name));
  if (unknown !== undefined) throw optionError('unknown-option', `"trust.${unknown}" is not an option`);
  const relax: unknown = 'relax' in input ? input.relax : undefined;
  const isList = (value: unknown): value is readonly Relaxation[] =>
    Array.isArray(value) && value.every((what: unknown) => RELAXATIONS.some((known) => known === what));
  if (relax !== undefined && !isList(relax))
    throw optionError('invalid-option', `"trust.relax" must be a list of ${RELAXATIONS.join(', ')}`);
  if (relax !== undefined && relax.length > 0 && profile !== 'pki')
    throw optionError('invalid-option', '"trust.relax" needs profile "pki": no other profile can be relaxed');
  return {
    ...(profile === undefined ? {} : { profile }),
    ...(relax === undefined ? {} : { relax }),
  };
}

/** Names the malformed file, since several may be trusted. */
function inFile(file: string, parse: () => TrustedRoot): TrustedRoot {
  try {
    return parse();
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    const { code, message, path } = error;
    throw new SigtrailError(code, `${file}: ${message}`, { cause: error, ...(path === undefined ? {} : { path }) });
  }
}

async function read(file: string): Promise<Uint8Array> {
  const { readFile } = await import('node:fs/promises');
  try {
    return await readFile(file);
  } catch (cause) {
    throw new SigtrailError(
      'trust-unavailable',
      `the trusted root ${file} can't be read: ${cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error'}`,
      { cause },
    );
  }
}
