import { readFile } from 'node:fs/promises';
import { optionError, SigtrailError } from '../error.ts';
import type { TrustSource } from '../report.ts';
import { parseTrustedRoot, type TrustedRoot, type TrustedRootInput } from './trusted-root.ts';

/** Trust anchors with their origin. */
export interface LoadedTrust {
  readonly root: TrustedRoot;
  readonly source: TrustSource;
}

/** Where trust comes from; the seam that a TUF client fills. */
export type TrustProvider = (now: Date) => Promise<LoadedTrust>;

/** Turns the `trust` option into a provider that loads once and validates strictly. */
export function createTrustProvider(input: TrustedRootInput | undefined): TrustProvider {
  let loading: Promise<LoadedTrust> | undefined;
  return async (now) => {
    loading ??= load(input ?? { embedded: true }).catch((error: unknown) => {
      // A file that could not be read a moment ago is read again: a verifier lives as long as its service.
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

async function load(input: TrustedRootInput): Promise<LoadedTrust> {
  if (typeof input !== 'object' || input === null)
    throw optionError(
      'invalid-option',
      '"trust" must be { embedded: true }, { file }, { json } or a trusted_root.json object',
    );
  if ('embedded' in input) {
    // Loaded only when asked for: 15 kB that most callers with a root of their own never need.
    const { PUBLIC_GOOD_ROOT, PUBLIC_GOOD_SNAPSHOT_DATE } = await import('./public-good-root.ts');
    const root = parseTrustedRoot(PUBLIC_GOOD_ROOT);
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
    if (typeof input['file'] !== 'string') throw optionError('invalid-option', '"trust.file" must be a path');
    const root = parseTrustedRoot(await read(input['file']));
    return { root, source: { kind: 'file', name: input['file'], digest: root.digest } };
  }
  const json = 'json' in input ? input['json'] : input;
  if (typeof json !== 'string' && !(json instanceof Uint8Array) && (typeof json !== 'object' || json === null))
    throw optionError('invalid-option', '"trust.json" must be text or bytes');
  const root = parseTrustedRoot(json as string | Uint8Array | Readonly<Record<string, unknown>>);
  return { root, source: { kind: 'given', name: 'trusted root given by the caller', digest: root.digest } };
}

async function read(file: string): Promise<Uint8Array> {
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
