import { LRUCache } from 'lru-cache';
import { type Digest, digestAlgorithm, digestOf } from './digest.ts';

/** Checked bytes, kept by repository and digest. */
export interface Content {
  readonly bytes: Uint8Array;
  readonly mediaType: string | undefined;
}

/** Remembers what cannot change: bytes by digest. Tags, lists and absences are never kept. */
export interface ContentCache {
  /** The content, hashed again: its bytes were handed out and may have been written to. */
  find(place: string, digest: Digest): Content | undefined;
  keep(place: string, digest: Digest, content: Content): void;
}

const maxTotalBytes = 64 * 1024 * 1024;
const maxEntryBytes = 4 * 1024 * 1024;

/** Makes an empty cache of 64 MiB. `place` keeps repositories apart: who may read a digest in one may not in another. */
export function createContentCache(): ContentCache {
  const entries = new LRUCache<string, Content>({
    maxSize: maxTotalBytes,
    maxEntrySize: maxEntryBytes,
    sizeCalculation: (content) => content.bytes.byteLength + 1024,
  });
  const keyOf = (place: string, digest: Digest): string => `${place}@${digest}`;
  return {
    find: (place, digest) => {
      const content = entries.get(keyOf(place, digest));
      if (content === undefined) return undefined;
      if (digestOf(content.bytes, digestAlgorithm(digest)) === digest) return content;
      entries.delete(keyOf(place, digest));
      return undefined;
    },
    keep: (place, digest, content) => void entries.set(keyOf(place, digest), content),
  };
}
