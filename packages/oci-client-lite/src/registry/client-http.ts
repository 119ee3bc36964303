import { optionError } from '@sigtrail/encoding';
import { createHttp, type Http, type HttpOptions, isLoopbackHost, proxyFromEnvironment } from '@sigtrail/http';
import type { ClientSettings, OciClientOptions } from './client-options.ts';

/** Makes the connections of a client. @throws TypeError naming a malformed option, never its value */
export function createClientHttp(
  options: OciClientOptions,
  settings: ClientSettings,
  isInsecure: (host: string) => boolean,
): Http {
  const env = options.env ?? process.env;
  // A transport of the caller's chooses its own proxy.
  const proxy = options.proxy ?? (options.transport === undefined ? proxyFromEnvironment(env) : undefined);
  const given: HttpOptions = {
    userAgent: settings.userAgent,
    retries: settings.retries,
    retryBaseMs: settings.retryBaseMs,
    allowHttp: rememberByHost((url) => isLoopbackHost(url.hostname) || isInsecure(url.host)),
    onRequest: options.onRequest,
    ca: options.ca,
    clientCertificates: options.clientCertificates,
    proxy: proxy === false ? undefined : proxy,
    allowAddresses: options.allowAddresses,
    transport: options.transport,
    connections: options.connections,
    http2: options.http2,
    connectTimeoutMs: options.connectTimeoutMs,
    headersTimeoutMs: options.headersTimeoutMs,
    idleTimeoutMs: options.idleTimeoutMs,
    resolve: options.resolve,
  };
  try {
    return createHttp(given);
  } catch (error) {
    if (error instanceof TypeError)
      throw optionError('invalid-option', error.message.replace('createHttp', 'createOciClient'));
    throw error;
  }
}

// Asked for each request, mostly about the same host.
function rememberByHost(decide: (url: URL) => boolean): (url: URL) => boolean {
  let known: { readonly host: string; readonly allowed: boolean } | undefined;
  return (url) => {
    if (known?.host !== url.host) known = { host: url.host, allowed: decide(url) };
    return known.allowed;
  };
}
