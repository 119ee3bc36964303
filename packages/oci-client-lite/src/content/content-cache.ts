import { LRUCache } from 'lru-cache';
import { type Digest, digestAlgorithm, digestOf } from '../reference/digest.ts';
import { copyOf, guardStore } from './guarded-store.ts';

/** Checked bytes, kept by repository and digest. */
export interface Content {
  readonly bytes: Uint8Array;
  /** The media type with which a manifest was delivered. */
  readonly mediaType: string | undefined;
}

/**
 * Where a user of this client keeps content beyond the process: a folder, a Redis. Whatever the store returns is hashed again, so the store need not be
 * trusted. Keys hold no secret, differ if credentials differ, and are not made for file names or anything else in particular: hash them.
 * A store that throws is reported through `onWarning` and treated as empty; so is a store that does not answer within two seconds, which is then skipped for half a minute.
 */
export interface ContentStore {
  get(key: string): Uint8Array | undefined | Promise<Uint8Array | undefined>;
  set(key: string, bytes: Uint8Array): void | Promise<void>;
}

/** Whether the bytes themselves say what they are. Only the bytes are hashed, so only the bytes go to a store. */
export type SpeaksForItself = (content: Content) => boolean;

/** Remembers what cannot change: bytes by digest. Tags, lists and absences are never kept. */
export interface ContentCache {
  /** The content, hashed again, since a caller may have written to the bytes. */
  find(
    place: string,
    digest: Digest,
    speaksForItself: SpeaksForItself,
  ): Promise<Content | undefined> | Content | undefined;
  keep(place: string, digest: Digest, content: Content, speaksForItself: SpeaksForItself): Promise<void> | void;
}

/** How a cache is made. */
export interface CacheOptions {
  /** Total bytes kept in memory. 64 MiB; 0 keeps nothing. */
  readonly maxBytes?: number | undefined;
  /** Asked if the memory has nothing, and given whatever the memory keeps. */
  readonly store?: ContentStore | undefined;
}

const defaultTotalBytes = 64 * 1024 * 1024;
const maxEntryBytes = 4 * 1024 * 1024;

/**
 * Makes an empty cache. `place` keeps repositories and credentials apart: a caller may be allowed to read a digest in one repository but not in another, and must not learn from
 * the speed of an answer that a different caller could read it.
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

  const guarded = store === undefined ? undefined : guardStore(store, onStoreFailure);
  const fromStore = async (
    key: string,
    digest: Digest,
    speaksForItself: SpeaksForItself,
  ): Promise<Content | undefined> => {
    const bytes = await guarded?.ask(async (from) => copyOf(await from.get(key), maxEntryBytes));
    if (bytes === undefined) return undefined;
    const content = { bytes, mediaType: undefined };
    if (!isOf(content.bytes, digest) || !speaksForItself(content)) return undefined;
    entries?.set(key, content);
    return content;
  };

  return {
    find: (place, digest, speaksForItself) => {
      const key = keyOf(place, digest);
      const content = entries?.get(key);
      if (content !== undefined && isOf(content.bytes, digest)) return content;
      entries?.delete(key);
      return store === undefined ? undefined : fromStore(key, digest, speaksForItself);
    },
    keep: (place, digest, content, speaksForItself) => {
      const key = keyOf(place, digest);
      entries?.set(key, content);
      // Without a store there is no promise: waiting for it within a deadline costs as much as hashing the bytes.
      if (guarded === undefined || content.bytes.byteLength > maxEntryBytes || !speaksForItself(content))
        return undefined;
      return guarded.ask((to) => to.set(key, Uint8Array.from(content.bytes)));
    },
  };
}

function isOf(bytes: Uint8Array, digest: Digest): boolean {
  return digestOf(bytes, digestAlgorithm(digest)) === digest;
}
