import type { Updater as TufUpdater, UpdaterOptions } from 'tuf-js';
import { decodeTufDocument, isTarget, targetAddress } from './tuf-document.ts';

/** Signed documents of a TUF repository by role, as they were served: `root`, `timestamp`, `snapshot`, `targets`, delegated ones. */
export type TufFiles = Map<string, Buffer>;

/** Gets one file of the mirror. `undefined`: it isn't there (404, 403). */
export type FetchFile = (url: string, maxBytes: number) => Promise<Buffer | undefined>;

/** What one run of the client workflow came to. */
export interface TufTarget {
  readonly bytes: Buffer;
  /** When the first of the documents that it rests on expires. */
  readonly expires: Date;
}

/** Where to look, and what for. */
export interface TufSource {
  readonly mirror: string;
  readonly target: string;
  /** Read and written: what was verified last, and what is verified now. `root` must be there. */
  readonly files: TufFiles;
  readonly fetch: FetchFile;
  readonly now: Date;
  /** Documents that have not expired are taken without asking the mirror. */
  readonly preferCache: boolean;
}

// 512 KiB is the largest target that this client is for; metadata has tuf-js's own limits.
const MAX_TARGET_BYTES = 512 * 1024;
const TARGET = ':target';

/**
 * The client workflow of the TUF specification §5, as `tuf-js` has it, over our own transport, clock and storage. Throws
 * whatever is wrong: signatures, versions, expiry, lengths. What was verified until then is in `files`.
 */
export async function updateTarget(source: TufSource): Promise<TufTarget> {
  const { files, mirror, target, now } = source;
  const [{ Updater }, { DownloadHTTPError }] = await Promise.all([import('tuf-js'), import('tuf-js/dist/error.js')]);
  // tuf-js keeps its documents in a directory, written in place. These two methods are all that touches it; the directory
  // doesn't exist, so that a version of tuf-js without them fails at once.
  class StoredUpdater extends (Updater as unknown as new (
    options: UpdaterOptions,
  ) => Pick<TufUpdater, 'refresh' | 'getTargetInfo'>) {
    loadLocalMetadata(role: string): Buffer {
      const known = files.get(role);
      if (known === undefined) throw new Error(`no ${role} is kept`);
      return known;
    }
    persistMetadata(role: string, bytes: Buffer): void {
      files.set(role, bytes);
    }
  }
  const download = async (url: string, maxBytes: number): Promise<Buffer> => {
    const bytes = await source.fetch(url, maxBytes);
    if (bytes === undefined) throw new DownloadHTTPError(`${url} is not there`, 404);
    return bytes;
  };
  const updater = new StoredUpdater({
    metadataDir: '/nowhere',
    metadataBaseUrl: mirror,
    fetcher: {
      downloadBytes: download,
      downloadFile: () => Promise.reject(new Error('targets are not fetched by tuf-js')),
    },
    forceCache: source.preferCache,
  });
  // The verifier's clock decides about expiry, not the system's. tuf-js has no option for it; a version without this member throws here.
  (updater as unknown as { trustedSet: { referenceTime: Date } }).trustedSet.referenceTime = now;
  await updater.refresh();
  const info = await updater.getTargetInfo(target);
  if (info === undefined) throw new Error(`the repository has no target ${target}`);
  const expires = earliestExpiry(files);
  const kept = files.get(TARGET);
  if (kept !== undefined && isTarget(kept, info)) return { bytes: kept, expires };
  if (info.length > MAX_TARGET_BYTES) throw new Error(`the target is larger than ${MAX_TARGET_BYTES} bytes`);
  const bytes = await download(
    targetAddress(mirror, info, decodeTufDocument(rootOf(files)).consistentSnapshot),
    info.length,
  );
  if (!isTarget(bytes, info)) throw new Error('the target’s bytes are not those that the repository signed');
  files.set(TARGET, bytes);
  return { bytes, expires };
}

function rootOf(files: TufFiles): Buffer {
  const root = files.get('root');
  if (root === undefined) throw new Error('no root is kept');
  return root;
}

function earliestExpiry(files: TufFiles): Date {
  const times = [...files]
    .filter(([role]) => !role.startsWith(':'))
    .map(([, bytes]) => decodeTufDocument(bytes).expires.getTime());
  return new Date(Math.min(...times));
}
