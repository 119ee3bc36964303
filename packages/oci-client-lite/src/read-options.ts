import { expecting, type OptionTable } from '@sigtrail/encoding';
import type { Patience } from '@sigtrail/http';
import { parsePlatform } from './reference/platform.ts';
import type { ManifestOptions, ReadOptions, ReferrersOptions, TagsOptions } from './repository.ts';

const text = expecting('a string', (value) => typeof value === 'string');

/** The options of every read. */
export const READ: OptionTable<ReadOptions> = {
  signal: expecting('an AbortSignal', (value) => value instanceof AbortSignal),
  timeoutMs: expecting('a positive number of milliseconds', (value) => typeof value === 'number' && value > 0),
  maxBytes: expecting('a number of bytes, 0 or more', (value) => typeof value === 'number' && value >= 0),
  patience: expecting(
    'an object such as { throttled: 0 }',
    (value) => typeof value === 'object' && value !== null && Number.isSafeInteger((value as Patience).throttled),
  ),
  sharedListings: expecting('"use" or "renew"', (value) => value === 'use' || value === 'renew'),
  onRequest: expecting('a function', (value) => typeof value === 'function'),
};

/** The options of reading a manifest. */
export const MANIFEST: OptionTable<ManifestOptions> = {
  ...READ,
  platform: expecting('os/architecture[/variant], such as "linux/arm64/v8", or its parts', isPlatform),
};

/** The options of listing referrers. */
export const REFERRERS: OptionTable<ReferrersOptions> = {
  ...READ,
  lists: expecting('"auto", "referrers-api", "fallback-tag" or "both"', (value) =>
    ['auto', 'referrers-api', 'fallback-tag', 'both'].includes(value as string),
  ),
  artifactType: text,
  annotations: expecting(
    'annotations, each with a text',
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.values(value).every((one) => typeof one === 'string'),
  ),
  partial: expecting('true or false', (value) => typeof value === 'boolean'),
};

const aCount = expecting('a whole number above zero', (value) => Number.isSafeInteger(value) && Number(value) > 0);

/** The options of listing tags. */
export const TAGS: OptionTable<TagsOptions> = { ...READ, pageSize: aCount, maxPages: aCount };

function isPlatform(value: unknown): boolean {
  if (typeof value !== 'string' && (typeof value !== 'object' || value === null)) return false;
  try {
    parsePlatform(value as string);
    return true;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return false;
  }
}
