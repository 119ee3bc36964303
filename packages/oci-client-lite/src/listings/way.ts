import type { OciClientOptions } from '../registry/client-options.ts';
import { readEnvironmentAuthorities } from '../registry/environment-authorities.ts';

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY', 'no_proxy', 'NO_PROXY'] as const;

/**
 * How a client reaches hosts, is told that they are the ones that were meant, and shows who it is. Clients that differ in it may get another answer from a host of the
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
