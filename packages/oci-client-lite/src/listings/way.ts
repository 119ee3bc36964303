import type { OciClientOptions } from '../registry/client-options.ts';
import { readEnvironmentAuthorities } from '../registry/environment-authorities.ts';

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY'] as const;

/**
 * How a client reaches hosts, recognises them, and identifies itself. Clients that differ in this may get different answers from a host of the
 * same name, so nothing is shared between them. Functions of the caller's have no name: the option `asker` stands for them.
 */
export function wayOf({
  ca,
  originAuthorities,
  clientCertificates,
  transport,
  proxy,
  env = process.env,
}: OciClientOptions): string {
  const isOurs = transport === undefined;
  return JSON.stringify([
    [ca ?? []].flat(),
    isOurs ? readEnvironmentAuthorities(env).ca : null,
    originAuthorities ?? null,
    clientCertificates ?? null,
    isOurs && proxy === undefined ? PROXY_VARIABLES.map((name) => env[name] ?? null) : proxy === false,
  ]);
}
