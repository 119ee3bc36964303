import { optionError, requireObject } from '@sigtrail/encoding';
import { BlockList, isIP } from 'node:net';
import { isLoopbackHost } from './address-space.ts';
import { HttpError } from './error.ts';

/** The proxy that a request to `url` goes through; `undefined` goes direct. */
export type ProxySelector = (url: URL) => URL | undefined;

/** Environment variables, as `process.env` holds them. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * A selector that follows the proxy variables of `env`: {@link selectProxy}, remembering each origin.
 *
 * @example
 * ```ts
 * const http = createHttp({ proxy: proxyFromEnvironment(process.env) });
 * ```
 */
export function proxyFromEnvironment(env: Environment): ProxySelector {
  requireObject(env, 'proxyFromEnvironment', 'env');
  const proxyOfOrigin = new Map<string, URL | undefined>();
  return (url) => {
    if (proxyOfOrigin.has(url.origin)) return proxyOfOrigin.get(url.origin);
    const proxy = selectProxy(url, env);
    if (proxyOfOrigin.size > 1000) proxyOfOrigin.clear();
    proxyOfOrigin.set(url.origin, proxy);
    return proxy;
  };
}

/**
 * The proxy that the environment names for `url`, as Go's `httpproxy` reads it: `https_proxy` for https and `http_proxy` for
 * http (one never stands in for the other), in lower case first, then `HTTPS_PROXY` and `HTTP_PROXY`. `no_proxy` is a list of
 * host names (with everything below them), `.suffix` and `*.suffix` (only below), IP addresses, CIDR ranges, each but the
 * ranges with an optional `:port`, or `*`. Loopback hosts never go through a proxy.
 *
 * @example
 * ```ts
 * selectProxy('https://ghcr.io/v2/', { https_proxy: 'proxy.corp:3128', no_proxy: '10.0.0.0/8' })?.href; // 'http://proxy.corp:3128/'
 * ```
 * @throws HttpError `invalid-proxy` for a value that is not the address of an http or https proxy
 */
export function selectProxy(url: URL | string, env: Environment): URL | undefined {
  requireObject(env, 'selectProxy', 'env');
  const target = url instanceof URL ? url : URL.parse(url);
  if (target === null) throw optionError('invalid-option', 'selectProxy: "url" must be an address');
  const variable = target.protocol === 'https:' ? 'https_proxy' : 'http_proxy';
  const upper = env[variable.toUpperCase()];
  // A CGI program gets the client's `Proxy:` header as HTTP_PROXY (httpoxy); it can trust only the lower-case name.
  const isCgi = variable === 'http_proxy' && (env['REQUEST_METHOD'] ?? '') !== '';
  const value = nonEmpty(env[variable]) ?? (isCgi ? undefined : nonEmpty(upper));
  if (value === undefined || isLoopbackHost(target.hostname)) return undefined;
  const list = nonEmpty(env['no_proxy']) ?? env['NO_PROXY'] ?? '';
  return isExempt(target, list) ? undefined : parseProxy(value, variable);
}

/** Whether a `NO_PROXY` list covers a target. */
function isExempt(target: URL, list: string): boolean {
  const host = bareHost(target.hostname);
  const port = target.port === '' ? (target.protocol === 'https:' ? '443' : '80') : target.port;
  return list.split(',').some((entry) => covers(entry.trim().toLowerCase(), host, port));
}

function covers(entry: string, host: string, port: string): boolean {
  if (entry === '' || entry === '*') return entry === '*';
  const family = isIP(host);
  const [network = '', prefix, ...rest] = entry.split('/');
  if (prefix !== undefined) return family !== 0 && rest.length === 0 && inRange(host, network, prefix);
  const [, name = entry, wantedPort] = /^(\[[^\]]*\]|[^:]*):(\d+)$/.exec(entry) ?? [];
  if (wantedPort !== undefined && wantedPort !== port) return false;
  const wanted = bareHost(name.replace(/^\*(?=\.)/, ''));
  if (wanted === '') return false;
  if (isIP(wanted) !== 0 || family !== 0) return wanted === host;
  return wanted.startsWith('.') ? host.endsWith(wanted) : host === wanted || host.endsWith(`.${wanted}`);
}

function inRange(host: string, network: string, prefix: string): boolean {
  const family = isIP(network);
  if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 6 ? 128 : 32)) return false;
  const list = new BlockList();
  list.addSubnet(network, Number(prefix), family === 6 ? 'ipv6' : 'ipv4');
  return list.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4');
}

/** The canonical spelling of a host: no brackets, no final dot, IPv6 canonical, and IPv4 addresses mapped into IPv6 as IPv4. */
function bareHost(hostname: string): string {
  const text = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/(?<=.)\.$/, '');
  if (isIP(text) !== 6) return text;
  const canonical = URL.parse(`http://[${text}]/`)?.hostname.slice(1, -1) ?? text;
  // NO_PROXY=10.0.0.1 covers [::ffff:10.0.0.1] too, or that spelling would go to the proxy (axios CVE-2026-44492).
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical) ?? [];
  if (high === undefined || low === undefined) return canonical;
  const [first, second] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return `${first >> 8}.${first & 255}.${second >> 8}.${second & 255}`;
}

/** Reads the address of a proxy; `host:port` means http. Never repeats the value, which may hold a password. */
function parseProxy(value: string, variable: string): URL {
  const proxy = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (proxy !== null && proxy.hostname !== '' && isProxyUrl(proxy)) return proxy;
  const what = `"${variable}" must be the address of an http or https proxy`;
  if (proxy !== null && !isProxyUrl(proxy))
    throw new HttpError('invalid-proxy', `${what}: ${unsupportedProxy('it', proxy.protocol)}`);
  // `http://user:p#ss@proxy:3128`: an address ends at the first of these.
  const [, odd] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?[^@]*?([#/?])[^@]*@/i.exec(value) ?? [];
  const hint =
    odd === undefined ? '' : `; a “${odd}” in its password is written %${odd.charCodeAt(0).toString(16).toUpperCase()}`;
  throw new HttpError('invalid-proxy', `${what}${hint}`);
}

/** Why an unsupported kind of proxy is refused. */
export function unsupportedProxy(which: string, protocol: string): string {
  const kind = protocol.startsWith('socks') ? 'a SOCKS proxy' : 'an unsupported kind of proxy';
  return `${which} is ${kind} (${protocol}), and only http and https proxies are supported`;
}

/** Whether this kind of proxy is supported. */
export function isProxyUrl(proxy: URL): boolean {
  return proxy.protocol === 'http:' || proxy.protocol === 'https:';
}

function nonEmpty(value: string | undefined): string | undefined {
  return value === undefined || value.trim() === '' ? undefined : value.trim();
}
