import { checkOptions } from '@sigtrail/encoding';
import { parseAllowedAddresses } from './allow-addresses.ts';
import { connectionOptionsOf } from './connection-options.ts';
import { type Deadline, startDeadline } from './deadline.ts';
import { exchange, openExchange } from './exchange.ts';
import { follow, type Rules } from './follow.ts';
import { checkHeaders } from './header-value.ts';
import { HTTP_REQUEST, type HttpRequest, type HttpResponse, type HttpStream } from './http-request.ts';
import { checkHttpOptions, type HttpOptions } from './http-options.ts';
import { createPaces } from './pace.ts';
import { undiciTransport } from './undici-transport.ts';
import { watchTransport } from './watch-transport.ts';

/** Sends requests. Holds sockets: close it. */
export interface Http {
  /**
   * Sends a bounded request, follows redirects, and retries failures that may be temporary.
   * A status is never an error here.
   *
   * @throws HttpError
   * @throws TypeError for a header that can't be sent, a malformed address, or a limit that is not a number
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /**
   * The same for a body that is not held in memory: retries until there are headers, but not after that.
   *
   * @throws HttpError also from iterating the body
   * @throws TypeError for a header that can't be sent, a malformed address, or a limit that is not a number
   */
  stream(request: HttpRequest): Promise<HttpStream>;
  /** Closes all sockets. Requests in flight fail. */
  close(): Promise<void>;
}

/**
 * Makes a bounded HTTP client.
 *
 * @throws TypeError for an unknown or malformed option
 *
 * @example
 * ```ts
 * const http = createHttp({ proxy: proxyFromEnvironment(process.env) });
 * const answer = await http.request({ url: 'https://ghcr.io/v2/', maxBytes: 65_536, timeoutMs: 5000 });
 * answer.status; // 401
 * await http.close();
 * ```
 */
export function createHttp(options: HttpOptions = {}): Http {
  checkHttpOptions(options, 'createHttp');
  const transport =
    options.transport === undefined
      ? undiciTransport(connectionOptionsOf(options))
      : watchTransport(options.transport, options);
  const rules: Rules = {
    transport,
    allowed: parseAllowedAddresses(options.allowAddresses),
    allowHttp: options.allowHttp,
    userAgent: options.userAgent,
    retries: options.retries ?? 3,
    retryBaseMs: options.retryBaseMs ?? 300,
    maxRedirects: options.maxRedirects ?? 5,
    onRequest: options.onRequest,
    paces: createPaces(),
    gate: options.gate,
  };
  return {
    request: async (request) => {
      const [deadline, end] = begin(request);
      try {
        return await follow(request, deadline, rules, exchange);
      } finally {
        end();
      }
    },
    stream: async (request) => {
      const [deadline, end] = begin(request);
      try {
        const { isWhole, ...answer } = await follow(request, deadline, rules, (one, report) =>
          openExchange(one, report, end),
        );
        if (isWhole) end();
        return { ...answer, [Symbol.asyncDispose]: answer.cancel };
      } catch (error) {
        end();
        throw error;
      }
    },
    close: async () => {
      await transport.close?.();
    },
  };
}

/** The time budget of a request, and how to end it. */
function begin(request: HttpRequest): readonly [Deadline, () => void] {
  checkOptions(request, HTTP_REQUEST, 'request');
  // Neither has a default.
  HTTP_REQUEST.url(request.url, 'url', 'request');
  HTTP_REQUEST.maxBytes(request.maxBytes, 'maxBytes', 'request');
  checkHeaders(request.headers, 'headers');
  checkHeaders(request.secretHeaders, 'secretHeaders');
  if (request.deadline !== undefined) return [request.deadline, () => undefined];
  const deadline = startDeadline(request.timeoutMs ?? 30_000, request.signal);
  return [deadline, () => deadline.clear()];
}
