import { type HttpHeaders, type RateLimit, readRateLimit, readWarnings } from '@sigtrail/http';
import { LRUCache } from 'lru-cache';
import type { OciWarning } from './client-options.ts';

/** The remarks that come with the answers of registries. */
export interface Notices {
  /** Reads the headers of an answer. */
  onAnswer(registry: string, headers: HttpHeaders): void;
  /** A warning of our own. */
  warn(registry: string, text: string): void;
  /** The limits on requests that a registry stated last. */
  rateLimit(registry: string): RateLimit | undefined;
}

/** Collects the notices of one client, and passes each warning on once. */
export function createNotices(onWarning: ((warning: OciWarning) => void) | undefined): Notices {
  const told = new LRUCache<string, true>({ max: 1000 });
  const limits = new LRUCache<string, RateLimit>({ max: 200 });
  const tell = (warning: OciWarning): void => {
    const key = `${warning.source} ${warning.registry} ${warning.text}`;
    if (told.has(key)) return;
    told.set(key, true);
    onWarning?.(warning);
  };
  return {
    onAnswer: (registry, headers) => {
      const limit = readRateLimit(headers);
      if (limit !== undefined) limits.set(registry, limit);
      if (onWarning === undefined || headers['warning'] === undefined) return;
      for (const { text } of readWarnings(headers)) tell({ source: 'registry', registry, text });
    },
    warn: (registry, text) => tell({ source: 'client', registry, text }),
    rateLimit: (registry) => limits.get(registry),
  };
}
