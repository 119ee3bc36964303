import { requireObject } from '@sigtrail/encoding';
import { checkNow } from './retry.ts';
import type { HttpHeaders } from './http-headers.ts';

/** A warning that a server sent with its answer. The text is the server's: show it, don't act on it. */
export interface HttpWarning {
  /** Three digits; 299 is what registries use. */
  readonly code: number;
  readonly agent: string;
  readonly text: string;
}

/** The limits on requests that a server states. Fields that it doesn't send are absent. */
export interface RateLimit {
  /** Requests in a window. */
  readonly limit?: number;
  /** Requests left in the window. */
  readonly remaining?: number;
  /** Length of the window. */
  readonly windowSeconds?: number;
  /** Time until the window is over. */
  readonly resetSeconds?: number;
  /** Who is counted, e.g. an address (`docker-ratelimit-source`). */
  readonly source?: string;
}

const mostWarnings = 16;
const longestText = 1024;
const limitHeaders = [
  'ratelimit',
  'ratelimit-policy',
  'docker-ratelimit-source',
  ...['limit', 'remaining', 'reset'].flatMap((name) => [`ratelimit-${name}`, `x-ratelimit-${name}`]),
];

/** Reads `Warning` headers (RFC 7234 §5.5, used by distribution-spec §warnings): malformed ones are left out, control characters are blanked. */
export function readWarnings(headers: HttpHeaders): readonly HttpWarning[] {
  requireObject(headers, 'readWarnings', 'headers');
  const found: HttpWarning[] = [];
  for (const line of headers['warning'] ?? []) {
    for (const [, code = '', agent = '', quoted = ''] of line
      .slice(0, 16 * 1024)
      .matchAll(/(?:^|,)\s*(\d{3}) (\S{1,256}) "((?:[^"\\]|\\.)*)"/g)) {
      const text = quoted
        .replace(/\\(.)/g, '$1')
        .replace(/[\p{Cc}\p{Cf}]/gu, ' ')
        .slice(0, longestText);
      if (found.length < mostWarnings) found.push({ code: Number(code), agent, text });
    }
  }
  return found;
}

/**
 * Reads what servers send about rate limits: `RateLimit-*` with Docker Hub's `100;w=21600`, `X-RateLimit-*` (GitHub's reset is a
 * time since 1970), and the one-header form `RateLimit: "default";r=50;t=30`. `undefined` without such a header.
 */
export function readRateLimit(headers: HttpHeaders, now: number = Date.now()): RateLimit | undefined {
  requireObject(headers, 'readRateLimit', 'headers');
  checkNow(now, 'readRateLimit');
  // On the path of every answer: most have no such header.
  if (!limitHeaders.some((name) => headers[name] !== undefined)) return undefined;
  const value = (name: string): string | undefined =>
    headers[`ratelimit-${name}`]?.[0] ?? headers[`x-ratelimit-${name}`]?.[0];
  const one = headers['ratelimit']?.[0];
  const policy = headers['ratelimit-policy']?.[0];
  const reset = wholeNumber(value('reset')) ?? parameter(one, 't');
  const fields = {
    limit: wholeNumber(value('limit')) ?? parameter(one, 'limit') ?? parameter(policy, 'q'),
    remaining: wholeNumber(value('remaining')) ?? parameter(one, 'r') ?? parameter(one, 'remaining'),
    windowSeconds: parameter(value('limit'), 'w') ?? parameter(value('remaining'), 'w') ?? parameter(policy, 'w'),
    // No window lasts thirty years: a larger number is a time since 1970.
    resetSeconds: reset !== undefined && reset > 1e9 ? Math.max(0, reset - Math.floor(now / 1000)) : reset,
    source: headers['docker-ratelimit-source']?.[0]?.replace(/[^\x21-\x7e]/g, '').slice(0, 128),
  };
  const present = Object.entries(fields).filter(([, field]) => field !== undefined);
  return present.length === 0 ? undefined : (Object.fromEntries(present) as RateLimit); // the fields above, less the absent ones
}

function wholeNumber(text: string | undefined): number | undefined {
  const [, digits] = /^\s*(\d{1,12})\s*(?:[;,]|$)/.exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}

function parameter(text: string | undefined, name: string): number | undefined {
  const [, digits] = new RegExp(`(?:^|[;,\\s])${name}=(\\d{1,12})(?![\\d.])`).exec(text ?? '') ?? [];
  return digits === undefined ? undefined : Number(digits);
}
