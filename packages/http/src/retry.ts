import { optionError, requireText } from '@sigtrail/encoding';

/** Statuses that may be temporary (RFC 6585 §4, RFC 9110 §15.5.9 and §15.6). */
const retryStatuses: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);
/** Statuses that mean that nothing was done, so that even a POST with effects may be sent again. */
const undoneStatuses: ReadonlySet<number> = new Set([429, 503]);

const neverSent: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  // The proxy could not connect to the origin.
  'PROXY_502',
  'PROXY_503',
  'PROXY_504',
]);
const broken: ReadonlySet<string> = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'UND_ERR_SOCKET',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
]);
const longestWaitMs = 60_000;

/** Whether an answer is worth a retry. */
export function isRetryStatus(status: number, mayRepeat: boolean): boolean {
  return (mayRepeat ? retryStatuses : undoneStatuses).has(status);
}

/** Whether a connection failure is worth a retry. A request with effects is only repeated if it was never sent. */
export function isRetryable(reason: string | undefined, mayRepeat: boolean): boolean {
  return reason !== undefined && (neverSent.has(reason) || (mayRepeat && broken.has(reason)));
}

/** Exponential with full jitter: 0…base·2ⁿ, at most 5 s. */
export function backoffMs(retry: number, baseMs: number, random: () => number = Math.random): number {
  return random() * Math.min(5000, baseMs * 2 ** retry);
}

/** How long to wait before the next try, or `undefined` if waiting is pointless: the server asked for more than a minute, or for more time than is left. */
export function waitBeforeRetryMs(
  retryAfter: number | undefined,
  backoff: number,
  remainingMs: number,
): number | undefined {
  const wait = retryAfter === undefined ? backoff : Math.max(retryAfter, Math.min(backoff, 100));
  return wait > longestWaitMs || wait >= remainingMs ? undefined : wait;
}

/** Reads `Retry-After` (RFC 9110 §10.2.3): seconds or a date. */
export function parseRetryAfter(value: string | undefined, now: number = Date.now()): number | undefined {
  if (value !== undefined) requireText(value, 'parseRetryAfter', 'value');
  checkNow(now, 'parseRetryAfter');
  const text = value?.trim() ?? '';
  if (text === '') return undefined;
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
  if (!/^[A-Z][a-z]{2}/.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}

/** @throws TypeError `invalid-option` for anything but a time in milliseconds */
export function checkNow(now: unknown, door: string): void {
  if (!Number.isFinite(now)) throw optionError('invalid-option', `${door}: "now" must be a time in milliseconds`);
}
