import { createHttp, isHttpError } from '@sigtrail/http';
import type { Http } from '@sigtrail/http';
import { z } from 'zod';

import { RekorError } from './error.ts';
import type { RekorErrorCode } from './error.ts';
import { parseLogEntry } from './log-entry.ts';
import type { LogEntry } from './log-entry.ts';
import { parseLogInfo } from './log-info.ts';
import type { LogInfo } from './log-info.ts';

/** How to reach a log. */
export interface RekorOptions {
  /** Address of the log, for example `https://rekor.sigstore.dev`. Plain http only to this machine. */
  readonly url: string;
  /** Public logs ask clients to name themselves. */
  readonly userAgent?: string;
  /** Deadline of each call, retries included. Default 30 000 ms. */
  readonly timeoutMs?: number;
}

/** Bounds of one call. */
export interface RekorCallOptions {
  readonly signal?: AbortSignal;
}

/** A client of one Rekor v1 log. What it returns is unverified. */
export interface Rekor {
  /** The entry at a global index. @throws RekorError `not-found`, `entry-mismatch`, `invalid-response`, or why the log could not be read */
  entryByIndex(logIndex: number, options?: RekorCallOptions): Promise<LogEntry>;
  /** The entry of a 64- or 80-digit UUID. @throws RekorError as `entryByIndex` */
  entryByUuid(uuid: string, options?: RekorCallOptions): Promise<LogEntry>;
  /** The log's trees and their signed sizes. @throws RekorError as `entryByIndex` */
  logInfo(options?: RekorCallOptions): Promise<LogInfo>;
  /** Closes the connections. Calls in flight fail. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

// An attestation of the public instance is at most 100 KB; private ones raise that limit.
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
const DEFAULT_USER_AGENT = 'sigtrail-rekor';

const Options = z.strictObject({
  url: z.string(),
  userAgent: z.exactOptional(z.string().regex(/^[\x20-\x7e]+$/)),
  timeoutMs: z.exactOptional(z.int().positive()),
});

/**
 * Makes a client of a Rekor v1 log. It checks that answers are about what was asked for, and never takes a key from the log.
 *
 * @throws TypeError for an unknown or malformed option
 * @example
 * await using rekor = createRekor({ url: 'https://rekor.sigstore.dev' });
 * const entry = await rekor.entryByIndex(658949562);
 */
export function createRekor(options: RekorOptions): Rekor {
  const parsed = Options.safeParse(options);
  if (!parsed.success) throw new TypeError(`createRekor: ${z.prettifyError(parsed.error)}`);
  const base = parseBase(options.url);
  const http = createHttp({ userAgent: options.userAgent ?? DEFAULT_USER_AGENT });
  // The host of every request is the caller's.
  const ask = (path: string, call: RekorCallOptions): Promise<Uint8Array> =>
    fetchAnswer(http, `${base}/api/v1/log${path}`, options.timeoutMs ?? 30_000, call.signal);
  return {
    async entryByIndex(logIndex, call = {}) {
      if (!Number.isSafeInteger(logIndex) || logIndex < 0)
        throw new TypeError('"logIndex" must be a whole number from 0 to 2^53-1');
      return parseLogEntry(await ask(`/entries?logIndex=${String(logIndex)}`, call), { logIndex });
    },
    async entryByUuid(text, call = {}) {
      const uuid = text.toLowerCase();
      if (!/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/.test(uuid))
        throw new TypeError('"uuid" must be 64 or 80 hexadecimal digits');
      return parseLogEntry(await ask(`/entries/${uuid}`, call), { uuid });
    },
    async logInfo(call = {}) {
      return parseLogInfo(await ask('', call));
    },
    close: () => http.close(),
    [Symbol.asyncDispose]: () => http.close(),
  };
}

function parseBase(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol)) throw new TypeError('"url" must be an https address');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw new TypeError('"url" must have no user information, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}

async function fetchAnswer(
  http: Http,
  url: string,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array> {
  const response = await http
    .request({ url, headers: { accept: 'application/json' }, maxBytes: MAX_ANSWER_BYTES, timeoutMs, signal })
    .catch((error: unknown) => {
      throw isHttpError(error)
        ? new RekorError(codeOf(error.code), `the log could not be read: ${error.message}`, { cause: error })
        : error;
    });
  const { status, retryAfterMs } = response;
  const details = { status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  if (status === 200) return response.body;
  // The body of an error is the server's prose: it stays out of our messages.
  if (status === 404) throw new RekorError('not-found', 'the log has no such entry', details);
  if (status === 429) throw new RekorError('rate-limited', 'the log asks to wait', details);
  if (status >= 500) throw new RekorError('server-error', `the log failed with status ${String(status)}`, details);
  throw new RekorError('invalid-response', `the log answered with status ${String(status)}`, details);
}

function codeOf(code: string): RekorErrorCode {
  switch (code) {
    case 'network':
    case 'timeout':
    case 'aborted':
    case 'too-large':
    case 'insecure-http':
    case 'blocked-redirect':
      return code;
    case 'blocked-address':
      return 'blocked-redirect';
    default:
      return 'invalid-response';
  }
}
