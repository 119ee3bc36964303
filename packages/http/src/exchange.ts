import type { HttpHeaders } from './http-headers.ts';
import type { AddressSpace } from './address-space.ts';
import type { Deadline } from './deadline.ts';
import { HttpError } from './error.ts';
import type { Outcome } from './observe.ts';
import { collect, readErrorBody } from './read-body.ts';
import { redactUrl } from './redact-url.ts';
import { toHttpError } from './to-http-error.ts';
import type { HttpMethod, Transport, TransportResponse } from './transport.ts';

/** What a request over a connection needs. */
export interface Exchange {
  readonly method: HttpMethod;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
  readonly maxBytes: number;
  readonly deadline: Deadline;
  readonly transport: Transport;
  readonly within: AddressSpace | undefined;
  readonly showCertificate: boolean;
}

/** The whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: HttpHeaders;
  readonly body: Uint8Array;
}

/** An answer whose body is a stream. */
export interface OpenAnswer extends Omit<Answer, 'body'> {
  readonly body: AsyncIterable<Uint8Array>;
  /** Whether the body was already read, so that there is nothing left to close. */
  readonly isWhole: boolean;
  cancel(): Promise<void>;
}

/** Reports the end of an exchange. */
type Report = (outcome: Outcome) => void;

/**
 * Sends one request and reads its body. No retry, no redirect.
 *
 * @throws HttpError
 */
export async function exchange(options: Exchange, report: Report): Promise<Answer> {
  try {
    const { status, headers: lines, body } = await open(options);
    const headers = toHeaders(lines);
    const whole = isGood(status)
      ? await collect(goodBody(body, headers, options), options.maxBytes, () => tooLarge(options))
      : await readErrorBody(body, headers, options.deadline);
    report({ status, bytes: whole.byteLength });
    return { status, headers, body: whole };
  } catch (error) {
    throw toHttpError(error, options);
  }
}

/**
 * Sends one request and hands its body on, under the same bounds. `onEnd` is called when the body of a 2xx is over; any other
 * answer was already read.
 *
 * @throws HttpError also from iterating the body
 */
export async function openExchange(options: Exchange, report: Report, onEnd: () => void): Promise<OpenAnswer> {
  try {
    const { status, headers: lines, body } = await open(options);
    const headers = toHeaders(lines);
    if (isGood(status) && options.method !== 'HEAD')
      return { status, headers, ...pieces(goodBody(body, headers, options), status, { ...options, report, onEnd }) };
    const whole = isGood(status)
      ? await collect(body, options.maxBytes, () => tooLarge(options))
      : await readErrorBody(body, headers, options.deadline);
    report({ status, bytes: whole.byteLength });
    return { status, headers, body: once(whole), isWhole: true, cancel: async () => await Promise.resolve() };
  } catch (error) {
    throw toHttpError(error, options);
  }
}

function pieces(
  body: AsyncIterable<Uint8Array>,
  status: number,
  options: Exchange & { readonly report: Report; readonly onEnd: () => void },
): Pick<OpenAnswer, 'body' | 'isWhole' | 'cancel'> {
  const source = body[Symbol.asyncIterator]();
  let bytes = 0;
  let isOver = false;
  let isCancelled = false;
  const finish = (outcome: Outcome): void => {
    if (isOver) return;
    isOver = true;
    options.onEnd();
    options.report({ status, bytes, ...outcome });
  };
  async function* read(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (let next = await source.next(); next.done !== true; next = await source.next()) {
        bytes += next.value.byteLength;
        if (bytes > options.maxBytes) throw tooLarge(options);
        yield next.value;
      }
      // A reader must not take a truncated stream for a complete one.
      if (isCancelled) throw new HttpError('aborted', 'the stream was cancelled', { url: redactUrl(options.url) });
      finish({});
    } catch (thrown) {
      const error = isCancelled
        ? new HttpError('aborted', 'the stream was cancelled', { url: redactUrl(options.url), cause: thrown })
        : toHttpError(thrown, options);
      finish({ error: error.code, ...(error.reason === undefined ? {} : { reason: error.reason }) });
      throw error;
    } finally {
      finish({});
      // After the end this does nothing; if a reader left early or a body exceeds its cap, it closes the connection.
      await source.return?.();
    }
  }
  return {
    body: read(),
    isWhole: false,
    cancel: async () => {
      isCancelled = !isOver;
      finish({});
      await source.return?.();
    },
  };
}

function open(options: Exchange): Promise<TransportResponse> {
  options.deadline.check();
  const { method, url, body, within, showCertificate } = options;
  return options.transport.exchange({
    method,
    url,
    headers: { ...options.headers, 'accept-encoding': 'identity' },
    body,
    signal: options.deadline.signal,
    within,
    showCertificate,
  });
}

/** The body of a 2xx, once its headers are found acceptable. */
function goodBody(body: AsyncIterable<Uint8Array>, headers: HttpHeaders, options: Exchange): AsyncIterable<Uint8Array> {
  if (options.method === 'HEAD') return body;
  const refuse = (error: HttpError): never => {
    void body[Symbol.asyncIterator]()
      .return?.()
      .catch(() => undefined);
    throw error;
  };
  const coding = headers['content-encoding']?.join(',').trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    // Decoded bytes are not the bytes that were sent, so they would not have the digest; besides, a chain of codings is a bomb (CVE-2026-22036).
    return refuse(
      new HttpError('invalid-response', 'the answer has a Content-Encoding although identity was asked for', {
        url: redactUrl(options.url),
      }),
    );
  }
  return Number(headers['content-length']?.[0]) > options.maxBytes ? refuse(tooLarge(options)) : body;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.byteLength > 0) yield await Promise.resolve(bytes);
}

function isGood(status: number): boolean {
  return status >= 200 && status < 300;
}

function tooLarge(options: Exchange): HttpError {
  return new HttpError('too-large', `the answer is larger than ${options.maxBytes} bytes`, {
    url: redactUrl(options.url),
  });
}

function toHeaders(lines: TransportResponse['headers']): HttpHeaders {
  const headers = Object.create(null) as Record<string, readonly string[]>; // no name that a server chooses reaches a prototype
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    const before = headers[key];
    headers[key] = before === undefined ? [value] : [...before, value];
  }
  return headers;
}
