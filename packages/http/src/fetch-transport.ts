import { checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import { HttpError } from './error.ts';
import { redactUrl } from './redact-url.ts';
import type { Transport } from './transport.ts';

/** Options of {@link fetchTransport}. */
export interface FetchTransportOptions {
  /** `globalThis.fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

const OPTIONS: OptionTable<FetchTransportOptions> = {
  fetch: expecting('a function', (value) => typeof value === 'function'),
};

/**
 * A transport over `fetch`, for runtimes and tests that can't use undici. It is weaker than the default transport:
 *
 * - it can't see what a name resolves to, so only literal addresses and `localhost` names are guarded;
 * - `fetch` decodes a `Content-Encoding` by itself, so such answers are refused (by the layer above, as always);
 * - it joins repeated headers into one line, refuses some ports, and gives up no connection limits, proxies or certificates.
 *
 * Caps, deadlines, retries, redirects by hand and credentials that stay on their origin work as always.
 *
 * @example
 * ```ts
 * const http = createHttp({ transport: fetchTransport() });
 * ```
 */
export function fetchTransport(options: FetchTransportOptions = {}): Transport {
  checkOptions(options, OPTIONS, 'fetchTransport');
  return {
    exchange: async ({ method, url, headers, body, signal }) => {
      const send = options.fetch ?? globalThis.fetch;
      const response = await send(url, {
        method,
        headers,
        signal,
        redirect: 'manual',
        ...(body === undefined ? {} : { body }),
      });
      // Browsers hide the status and target of a redirect, which then can't be checked.
      if (response.type === 'opaqueredirect' || response.status === 0)
        throw new HttpError('blocked-redirect', 'this fetch hides where a redirect goes', { url: redactUrl(url) });
      return { status: response.status, headers: response.headers, body: response.body ?? nothing() };
    },
  };
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {}
