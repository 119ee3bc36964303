import type { LRUCache } from 'lru-cache';
import type { ContentCache } from './content/content-cache.ts';
import type { SharedListings } from './listings/shared-listings.ts';
import type { Registry } from './registry/registry.ts';
import type { SharedReads } from './registry/shared-read.ts';

/** A repository of a registry, with the state that its reads share. */
export interface Place {
  readonly registry: Registry;
  /** `host/path`, as in references. */
  readonly name: string;
  /** Path inside the registry. */
  readonly repository: string;
  /** Asked before the registry itself, in this order. */
  readonly mirrors: readonly MirrorPlace[];
  readonly cache: ContentCache;
  readonly sharedReads: SharedReads;
  /** The answers that other processes got. */
  readonly listings: SharedListings;
  /** Names of the places that have answered the referrers API. */
  readonly referrersApis: LRUCache<string, true>;
  readonly maxManifestBytes: number;
  readonly maxBlobBytes: number;
  /** Further attempts if a manifest is not found. */
  readonly notFoundRetries: number;
  /** The wait before the first further attempt, doubled each time. */
  readonly notFoundDelayMs: number;
}

/** Where a mirror keeps a repository. */
export interface MirrorPlace {
  readonly registry: Registry;
  readonly repository: string;
  /** What the mirror is asked for. A mirror that resolves tags may be days behind. */
  readonly reads: 'all' | 'digests' | 'tags';
}
