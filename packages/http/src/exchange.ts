import { type Dispatcher, request as undiciRequest } from 'undici';
import type { Deadline } from './deadline.ts';
import { HttpError, isHttpError } from './error.ts';
import { redactUrl } from './redact-url.ts';

/** Header values by lower-case name, repeated headers kept apart. */
export type HttpHeaders = Readonly<Record<string, readonly string[]>>;

/** What one request over one connection needs. */
export interface Exchange {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly maxBytes: number;
  readonly deadline: Deadline;
  readonly dispatcher: Dispatcher;
}

/** What came back. */
export interface Answer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
}

const maxErrorBytes = 64 * 1024;
const empty = new Uint8Array(0);

/**
 * Sends one request and reads its body. No retry, no redirect.
 *
 * @throws HttpError
 */
export async function exchange(options: Exchange): Promise<Answer> {
  const { deadline } = options;
  deadline.check();
  try {
    const response = await undiciRequest(options.url, {
      method: options.method,
      dispatcher: options.dispatcher,
      headers: { ...options.headers, 'accept-encoding': 'identity' },
      body: options.body ?? null,
      signal: deadline.signal,
    });
    const headers = toHeaders(response.headers);
    response.body.on('error', () => undefined); // destroying a body half-way reports an error nobody waits for
    const good = response.statusCode >= 200 && response.statusCode < 300;
    const body = good
      ? await readBody(response.body, headers, options)
      : await readErrorBody(response.body, headers).catch((error: unknown) => {
          // The status is the answer: Debian's registry declares 105 bytes for a 33-byte error body.
          if (deadline.signal.aborted) throw error;
          return empty;
        });
    return { status: response.statusCode, headers, body };
  } catch (error) {
    throw toHttpError(error, options);
  }
}

type Body = Dispatcher.ResponseData['body'];

async function readBody(body: Body, headers: HttpHeaders, options: Exchange): Promise<Uint8Array> {
  if (options.method === 'HEAD') {
    await body.dump();
    return empty;
  }
  const coding = headers['content-encoding']?.join(',').trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    body.destroy();
    // Decoded bytes are not the bytes that were sent, and so not the bytes a digest speaks of; a chain of codings is a bomb (CVE-2026-22036).
    throw new HttpError('invalid-response', 'the answer has a Content-Encoding although identity was asked for', {
      url: redactUrl(options.url),
    });
  }
  const declared = Number(headers['content-length']?.[0] ?? Number.NaN);
  if (declared > options.maxBytes) {
    body.destroy();
    throw tooLarge(options);
  }
  return await collect(body, options.maxBytes, () => {
    throw tooLarge(options);
  });
}

async function readErrorBody(body: Body, headers: HttpHeaders): Promise<Uint8Array> {
  if (headers['content-encoding'] !== undefined || Number(headers['content-length']?.[0] ?? 0) > maxErrorBytes) {
    body.destroy();
    return empty;
  }
  return await collect(body, maxErrorBytes, () => undefined);
}

async function collect(body: Body, maxBytes: number, onTooLarge: () => void): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  // Leaving the loop early destroys the stream, and with it the connection.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    size += chunk.byteLength;
    if (size > maxBytes) {
      onTooLarge();
      return empty;
    }
    chunks.push(chunk);
  }
  const whole = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function tooLarge(options: Exchange): HttpError {
  return new HttpError('too-large', `the answer is larger than ${options.maxBytes} bytes`, {
    url: redactUrl(options.url),
  });
}

function toHeaders(raw: Readonly<Record<string, string | string[] | undefined>>): HttpHeaders {
  const headers = Object.create(null) as Record<string, readonly string[]>;
  for (const [name, value] of Object.entries(raw)) {
    if (value !== undefined) headers[name.toLowerCase()] = typeof value === 'string' ? [value] : value;
  }
  return headers;
}

function toHttpError(error: unknown, options: Exchange): HttpError {
  const url = redactUrl(options.url);
  if (options.deadline.signal.aborted) {
    const why = options.deadline.error(error);
    return new HttpError(why.code, why.message, { url, cause: why.cause });
  }
  const blocked = findHttpError(error);
  if (blocked !== undefined)
    return blocked.url === undefined
      ? new HttpError(blocked.code, blocked.message, { url, reason: blocked.reason, cause: error })
      : blocked;
  const reason = reasonOf(error);
  if (reason?.endsWith('_TIMEOUT') === true)
    return new HttpError('timeout', `${options.url.host} did not answer in time`, { url, reason, cause: error });
  return new HttpError('network', `no answer from ${options.url.host}${reason === undefined ? '' : ` (${reason})`}`, {
    url,
    reason,
    cause: error,
  });
}

// Happy Eyeballs wraps the failures of all addresses in an AggregateError.
function findHttpError(error: unknown): HttpError | undefined {
  for (
    let current: unknown = error, depth = 0;
    current instanceof Error && depth < 5;
    current = current.cause, depth += 1
  ) {
    if (isHttpError(current)) return current;
  }
  return undefined;
}

function reasonOf(error: unknown): string | undefined {
  for (let current: unknown = error, depth = 0; current instanceof Error && depth < 5; depth += 1) {
    const code = (current as NodeJS.ErrnoException).code;
    if (typeof code === 'string') return code;
    current = current instanceof AggregateError ? current.errors[0] : current.cause;
  }
  return undefined;
}
