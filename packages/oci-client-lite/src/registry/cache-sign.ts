import type { HttpHeaders } from '@sigtrail/http';
import { harmless } from '../harmless.ts';

/** Headers of caches and of proxies in front of registries. */
const cacheHeaders = ['x-proxy-cache', 'x-cache', 'x-cache-status', 'via', 'age'] as const;
// A cache that had to ask, or was told not to keep the answer, hides nothing.
const notFromMemory = /\b(?:miss|bypass|dynamic|expired|error)\b/i;

/**
 * Why the host that answered "no referrers" may be a pull-through cache, which hides what the registry behind it lists; `undefined` if nothing suggests it.
 * A hint for people: any server can send these headers, or omit them.
 */
export function cacheSignOf(headers: HttpHeaders, url: URL, answer: 'absent' | 'unsupported'): string | undefined {
  const named = url.searchParams.get('ns');
  if (named !== null) return `it mirrors another registry (?ns=${harmless(named)})`;
  for (const name of cacheHeaders) {
    const value = headers[name]?.[0];
    if (value === undefined || value === '' || (name === 'age' && !(Number(value) > 0))) continue;
    // An empty list is only in doubt if it came from a cache.
    if (answer === 'absent' && (name === 'via' || notFromMemory.test(value))) continue;
    return `its answer has the header ${name}: ${harmless(value)}`;
  }
  return answer === 'unsupported' && headers['docker-distribution-api-version'] !== undefined
    ? 'it has no referrers API, like distribution, which is also used as a pull-through cache'
    : undefined;
}
