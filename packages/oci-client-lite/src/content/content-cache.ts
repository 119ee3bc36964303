import { LRUCache } from 'lru-cache';
import { type Digest, digestAlgorithm, digestOf } from '../reference/digest.ts';

/** Checked bytes, kept by repository and digest. */
export interface Content {
  readonly bytes: Uint8Array;
  /** The media type that a manifest was delivered with. */
  readonly mediaType: string | undefined;
}

/**
 * Where a user of this client keeps content beyond the process: a folder, a Redis. What comes out is hashed again, so it need not be
 * trusted. Keys hold no secret, differ where credentials differ, and fit neither file names nor anything else in particular: hash them.
 * A store that throws is reported through `onWarning` and treated as empty.
 */
export interface ContentStore {
  get(key: string): StoredContent | undefined | Promise<StoredContent | undefined>;
  set(key: string, content: StoredContent): void | Promise<void>;
}

/** What a {@link ContentStore} keeps. */
export interface StoredContent {
  readonly bytes: Uint8Array;
  readonly mediaType?: string | undefined;
}

/** Remembers what cannot change: bytes by digest. Tags, lists and absences are never kept. */
export interface ContentCache {
  /** The content, hashed again: a caller may have written to the bytes. */
  find(place: string, digest: Digest): Promise<Content | undefined> | Content | undefined;
  keep(place: string, digest: Digest, content: Content): Promise<void> | void;
}

/** How a cache is made. */
export interface CacheOptions {
  /** Bytes kept in memory, all together. 64 MiB; 0 keeps nothing. */
  readonly maxBytes?: number | undefined;
  /** Asked after the memory, and given what the memory keeps. */
  readonly store?: ContentStore | undefined;
}

const defaultTotalBytes = 64 * 1024 * 1024;
const maxEntryBytes = 4 * 1024 * 1024;

/**
 * Makes an empty cache. `place` keeps repositories and credentials apart: a caller may be allowed to read a digest in one and not in another, and must not learn from
 * the speed of an answer that another caller could read it.
 */
export function createContentCache(
  { maxBytes = defaultTotalBytes, store }: CacheOptions = {},
  onStoreFailure: () => void = () => undefined,
): ContentCache {
  const entries =
    maxBytes === 0
      ? undefined
      : new LRUCache<string, Content>({
          maxSize: maxBytes,
          maxEntrySize: Math.min(maxEntryBytes, maxBytes),
          sizeCalculation: (content) => content.bytes.byteLength + 1024,
        });
  const keyOf = (place: string, digest: Digest): string => `${place}@${digest}`;

  const fromStore = async (key: string, digest: Digest, from: ContentStore): Promise<Content | undefined> => {
    try {
      const stored = await from.get(key);
      if (stored === undefined || !(stored.bytes instanceof Uint8Array) || !isOf(stored.bytes, digest))
        return undefined;
      const content = { bytes: stored.bytes, mediaType: stored.mediaType };
      entries?.set(key, content);
      return content;
    } catch {
      onStoreFailure();
      return undefined;
    }
  };

  return {
    find: (place, digest) => {
      const key = keyOf(place, digest);
      const content = entries?.get(key);
      if (content !== undefined && isOf(content.bytes, digest)) return content;
      entries?.delete(key);
      return store === undefined ? undefined : fromStore(key, digest, store);
    },
    keep: async (place, digest, content) => {
      const key = keyOf(place, digest);
      entries?.set(key, content);
      if (store === undefined || content.bytes.byteLength > maxEntryBytes) return;
      try {
        await store.set(key, content);
      } catch {
        onStoreFailure();
      }
    },
  };
}

function isOf(bytes: Uint8Array, digest: Digest): boolean {
  return digestOf(bytes, digestAlgorithm(digest)) === digest;
}
