import { createGate } from '@sigtrail/encoding';
import { isHttpError } from '@sigtrail/http';

import { RekorError, isRekorError } from '../error.ts';
import type { RekorErrorCode, RekorErrorDetails } from '../error.ts';
import { openHttp } from './open-http.ts';
import type { ConnectionOptions } from './open-http.ts';
import { parseJson } from '../strict-json.ts';

/** One question to a log: nothing here writes, so a POST may be repeated. */
export interface Question {
  /** Below the log's address, with its slash. */
  readonly path: string;
  /** JSON of a POST; without it, a GET. */
  readonly body?: string;
  readonly accept?: string;
  readonly maxBytes?: number;
  readonly signal?: AbortSignal | undefined;
}

/** A good answer. */
export interface Answer {
  readonly status: number;
  readonly body: Uint8Array;
}

/** Asks a log. Any answer but 200 and 201 is a `RekorError`. */
export interface Asker {
  readonly url: string;
  ask(question: Question): Promise<Answer>;
  close(): Promise<void>;
}

/** Bounds of all questions. */
export interface AskerOptions {
  readonly url: string;
  readonly userAgent: string;
  readonly timeoutMs: number;
  readonly concurrency: number;
  readonly retries?: number | undefined;
  readonly connection?: ConnectionOptions;
}

// An attestation of the public instance is at most 100 KB; private ones raise that limit.
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Opens the way to a log. The host of every request is the caller's. */
export function createAsker({ url, userAgent, timeoutMs, concurrency, retries, connection = {} }: AskerOptions): Asker {
  const http = openHttp({ userAgent, retries }, connection);
  const gate = createGate(concurrency);
  return {
    url,
    close: () => http.close(),
    ask: ({ path, body, accept = 'application/json', maxBytes = MAX_ANSWER_BYTES, signal }) =>
      gate(async () => {
        const response = await http
          .request({
            ...(body === undefined ? {} : { method: 'POST' as const, body, repeatable: true }),
            url: url + path,
            headers: { accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
            maxBytes,
            timeoutMs,
            signal,
          })
          .catch((error: unknown) => {
            throw isHttpError(error)
              ? new RekorError(codeOf(error.code), `could not read the log at ${url}: ${error.message}`, {
                  cause: error,
                })
              : error;
          });
        const { status, retryAfterMs, headers } = response;
        if (status === 200 || status === 201) return { status, body: response.body };
        throw refusal(url, status, response.body, {
          status,
          ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
          ...existingEntry(status, headers),
        });
      }),
  };
}

/** Rekor's statuses, one by one (openapi.yaml, and what servers really answer). */
function refusal(url: string, status: number, body: Uint8Array, given: RekorErrorDetails): RekorError {
  const answer = readAnswer(body);
  const details = answer === undefined ? given : { ...given, answer };
  const said = `status ${String(status)}${answer === undefined ? '' : `, ${JSON.stringify(answer.message)}`}`;
  const log = `the log at ${url}`;
  switch (status) {
    case 400:
    case 422:
      return new RekorError('bad-request', `${log} refused the question (${said})`, details);
    case 404:
      // For an entry that isn't there the body is empty; a path that isn't there has words in it.
      return body.byteLength === 0
        ? new RekorError('not-found', `${log} has no such entry (status 404)`, details)
        : new RekorError(
            'not-a-log',
            `${log} has no such path (${said}); check that the address is that of a Rekor, and of its version`,
            details,
          );
    case 405:
      return new RekorError(
        'frozen',
        `${log} accepts no entries (${said}): it is closed or read-only; use the log’s current tree or address`,
        details,
      );
    case 409:
      return new RekorError('already-logged', `${log} already has this entry (${said})`, details);
    case 413:
      return new RekorError(
        'too-large',
        `the question is larger than ${log} allows (${said}); ask about fewer entries at a time`,
        details,
      );
    case 429:
      return new RekorError(
        'rate-limited',
        `${log} asks its clients to wait${given.retryAfterMs === undefined ? '' : ` for ${String(Math.ceil(given.retryAfterMs / 1000))} s`} (${said})`,
        details,
      );
    case 501:
      return new RekorError('not-enabled', `${log} has this endpoint switched off (${said})`, details);
    default:
      return status >= 500
        ? new RekorError('server-error', `${log} failed (${said}); try again later`, details)
        : new RekorError(
            'invalid-response',
            `${log} gave an answer that no Rekor gives (${said}); check the address`,
            details,
          );
  }
}

/** 409 names the entry that is there: v1 in `Location`, v2 in a header of its own. */
function existingEntry(
  status: number,
  headers: Readonly<Record<string, readonly string[] | undefined>>,
): Pick<RekorErrorDetails, 'existing'> {
  if (status !== 409) return {};
  const uuid = /\/([0-9a-f]{64}|[0-9a-f]{80})$/.exec(headers['location']?.[0] ?? '')?.[1];
  if (uuid !== undefined) return { existing: { uuid } };
  const index = Number(headers['x-log-index']?.[0] ?? Number.NaN);
  return Number.isSafeInteger(index) && index >= 0 ? { existing: { logIndex: index } } : {};
}

/** `{code, message}` of a refusal: a stranger's words, so cut short and without control characters, and apart from ours. */
function readAnswer(body: Uint8Array): { readonly code: number; readonly message: string } | undefined {
  let value: unknown;
  try {
    value = parseJson(body, { maxBytes: 64 * 1024, maxDepth: 8 });
  } catch (error) {
    if (isRekorError(error)) return undefined;
    throw error;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { code, message } = value as Readonly<Record<string, unknown>>;
  if (typeof code !== 'number' || typeof message !== 'string') return undefined;
  return { code, message: message.replaceAll(/\p{C}/gu, ' ').slice(0, 300) };
}

function codeOf(code: string): RekorErrorCode {
  switch (code) {
    case 'network':
    case 'proxy':
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
