import { createHttp, type Http, isLoopbackHost, proxyFromEnvironment } from '@sigtrail/http';
import { readEnvironmentAuthorities } from './environment-authorities.ts';
import { type ClientSettings, connectionOptions, type OciClientOptions } from './client-options.ts';

/** Makes the connections of a client. @throws TypeError naming a malformed option, never its value */
export function createClientHttp(
  options: OciClientOptions,
  settings: ClientSettings,
  isInsecure: (host: string) => boolean,
  warn: (text: string) => void,
): Http {
  const env = options.env ?? process.env;
  // The caller's own transport chooses its own proxy.
  const proxy = options.proxy ?? (options.transport === undefined ? proxyFromEnvironment(env) : undefined);
  return createHttp({
    ...connectionOptions(options),
    ca: authorities(options, env, warn),
    userAgent: settings.userAgent,
    retries: settings.retries,
    retryBaseMs: settings.retryBaseMs,
    allowHttp: rememberByHost((url) => isLoopbackHost(url.hostname) || isInsecure(url.host)),
    proxy: proxy === false ? undefined : proxy,
  });
}

// A transport of the caller's has authorities of its own.
function authorities(
  { ca, transport }: OciClientOptions,
  env: Readonly<Record<string, string | undefined>>,
  warn: (text: string) => void,
): OciClientOptions['ca'] {
  if (transport !== undefined) return ca;
  const found = readEnvironmentAuthorities(env);
  for (const problem of found.problems) warn(problem);
  if (found.ca.length === 0) return ca;
  return ca === undefined ? found.ca : [...(typeof ca === 'string' ? [ca] : ca), ...found.ca];
}

// Called for each request, mostly with the same host.
function rememberByHost(decide: (url: URL) => boolean): (url: URL) => boolean {
  let lastDecision: { readonly host: string; readonly allowed: boolean } | undefined;
  return (url) => {
    if (lastDecision?.host !== url.host) lastDecision = { host: url.host, allowed: decide(url) };
    return lastDecision.allowed;
  };
}
