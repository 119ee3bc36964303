import { createHttp, type Http, isLoopbackHost, proxyFromEnvironment } from '@sigtrail/http';
import { type ClientSettings, connectionOptions, type OciClientOptions } from './client-options.ts';

/** Makes the connections of a client. @throws TypeError naming a malformed option, never its value */
export function createClientHttp(
  options: OciClientOptions,
  settings: ClientSettings,
  isInsecure: (host: string) => boolean,
): Http {
  const env = options.env ?? process.env;
  // A transport of the caller's chooses its own proxy.
  const proxy = options.proxy ?? (options.transport === undefined ? proxyFromEnvironment(env) : undefined);
  return createHttp({
    ...connectionOptions(options),
    userAgent: settings.userAgent,
    retries: settings.retries,
    retryBaseMs: settings.retryBaseMs,
    allowHttp: rememberByHost((url) => isLoopbackHost(url.hostname) || isInsecure(url.host)),
    proxy: proxy === false ? undefined : proxy,
  });
}

// Asked for each request, mostly about the same host.
function rememberByHost(decide: (url: URL) => boolean): (url: URL) => boolean {
  let known: { readonly host: string; readonly allowed: boolean } | undefined;
  return (url) => {
    if (known?.host !== url.host) known = { host: url.host, allowed: decide(url) };
    return known.allowed;
  };
}
