import { requireText } from '@sigtrail/encoding';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { HttpError } from './error.ts';
import { reasonOf } from './failure-reason.ts';
import { isWrongProtocol, whatTlsSays } from './tls-failure.ts';

/**
 * Makes the client that asks a proxy for a tunnel. Any failure before there is a tunnel is the proxy's: a certificate, a connection that
 * ends, an answer that is not HTTP. Once there is a tunnel, the same failures are the host's.
 */
export function proxyClient({ Pool }: typeof Undici, proxy: URL): (origin: URL, options: object) => Dispatcher {
  return (origin, options) =>
    new Pool(origin, options).compose(
      (dispatch) => (request, handler) =>
        dispatch(request, {
          onRequestStart: (controller, context) => handler.onRequestStart?.(controller, context),
          onRequestUpgrade: (controller, status, headers, socket) =>
            handler.onRequestUpgrade?.(controller, status, headers, socket),
          onResponseStart: (controller, status, headers, text) =>
            handler.onResponseStart?.(controller, status, headers, text),
          onResponseData: (controller, chunk) => handler.onResponseData?.(controller, chunk),
          onResponseEnd: (controller, trailers) => handler.onResponseEnd?.(controller, trailers),
          onResponseError: (controller, error) => handler.onResponseError?.(controller, proxyError(proxy, error)),
        }),
    );
}

/** The failure of a proxy, which says nothing about the host behind it. */
export function proxyError(proxy: URL, error: unknown): HttpError {
  const reason = reasonOf(error);
  return new HttpError('proxy', `the proxy ${proxy.host} ${whatItDid(reason)}`, { reason, cause: error });
}

function whatItDid(reason: string | undefined): string {
  if (reason?.startsWith('PROXY_') === true) return `answered ${reason.slice('PROXY_'.length)}`;
  const tls = whatTlsSays(reason);
  if (tls !== undefined) return `${tls}${isWrongProtocol(reason) ? ', and its address says https' : ''} (${reason})`;
  if (reason?.endsWith('_TIMEOUT') === true) return `did not answer in time (${reason})`;
  if (reason !== undefined && CLOSED.has(reason)) return `closed the connection without an answer (${reason})`;
  return `could not be reached (${reason ?? 'no reason is known'})`;
}

const CLOSED: ReadonlySet<string> = new Set(['UND_ERR_SOCKET', 'UND_ERR_PRX_CONN', 'ECONNRESET', 'EPIPE']);

/** What to check when a proxy failed in this way. */
export function proxyAdvice(reason: string | undefined): string {
  if (reason !== undefined) requireText(reason, 'proxyAdvice', 'reason');
  const variables = '“https_proxy”, “http_proxy” and “no_proxy”, or the option "proxy"';
  if (reason === 'PROXY_407') return `check the user and the password of the proxy in ${variables}`;
  if (reason === 'PROXY_403')
    return `its rules refuse the host: ask those who run it, or exempt the host in “no_proxy”`;
  if (reason?.startsWith('PROXY_5') === true) return 'it could not reach the host: ask those who run it';
  return `check ${variables}`;
}
