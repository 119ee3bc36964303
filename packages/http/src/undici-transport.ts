import { checkOptions } from '@sigtrail/encoding';
import { namesOfCommonJs } from '@sigtrail/encoding/common-js';
import type * as Undici from 'undici';
import type { Dispatcher } from 'undici';
import { type AddressSpace, isLocalhostName, literalSpace } from './address-space.ts';
import { parseAllowedAddresses } from './allow-addresses.ts';
import { createCertificates } from './certificates.ts';
import { CONNECTION_OPTIONS, type ConnectionOptions } from './connection-options.ts';
import { dispatch } from './dispatch.ts';
import { HttpError, isHttpError } from './error.ts';
import { isBrokenInstallation, isConnectionFailure, isProxyFailure, reasonOf } from './failure-reason.ts';
import { createSeenSpaces, guardedLookup } from './guarded-lookup.ts';
import { proxyClient, proxyError } from './proxy-failure.ts';
import { isProxyUrl, unsupportedProxy } from './proxy.ts';
import { redactUrl } from './redact-url.ts';
import type { Transport, TransportRequest } from './transport.ts';

/**
 * The default transport: undici's connections over TCP and TLS, directly or through a proxy, with the address guard on what
 * names resolve to. With a proxy, the proxy resolves names, so the guard only sees literal addresses.
 *
 * @example
 * ```ts
 * const inner = undiciTransport({ proxy: proxyFromEnvironment(process.env) });
 * const http = createHttp({ transport: { ...inner, exchange: (request) => inner.exchange(mark(request)) } });
 * ```
 * @throws TypeError `unknown-option`, `invalid-option`
 */
export function undiciTransport(options: ConnectionOptions = {}): Transport {
  checkOptions(options, CONNECTION_OPTIONS, 'undiciTransport');
  const allowed = parseAllowedAddresses(options.allowAddresses);
  const certificates = createCertificates(options);
  const seen = createSeenSpaces();
  const dispatchers = new Map<string, Dispatcher>();
  let isClosed = false;

  // A pool for each space, so that a socket dialled for a trusted name is never reused for an untrusted one, and for each setting of certificates. Plain http has
  // pools of its own, which need none.
  const pick = (
    undici: typeof Undici,
    { url, within, showCertificate }: TransportRequest,
    proxy: URL | undefined,
  ): Dispatcher => {
    const setting = certificates.settingOf(url.origin, showCertificate);
    const isPlain = url.protocol === 'http:';
    const key = `${within ?? 'chosen'} ${isPlain ? 'plain' : (setting ?? '')} ${proxy?.href ?? ''}`;
    let dispatcher = dispatchers.get(key);
    if (dispatcher === undefined) {
      dispatcher =
        proxy === undefined ? direct(undici, within, isPlain ? {} : tls(setting)) : through(undici, proxy, setting);
      dispatchers.set(key, dispatcher);
    }
    return dispatcher;
  };
  const common = {
    allowH2: options.http2 ?? false,
    pipelining: 1,
    connections: options.connections ?? 8,
    headersTimeout: options.headersTimeoutMs ?? 20_000,
    bodyTimeout: options.idleTimeoutMs ?? 20_000,
    maxHeaderSize: 32 * 1024,
  };
  const timeout = options.connectTimeoutMs ?? 10_000;
  const tls = (setting: string | undefined): object => {
    const secureContext = certificates.context(setting);
    return secureContext === undefined ? {} : { secureContext };
  };
  const direct = ({ Agent }: typeof Undici, within: AddressSpace | undefined, secured: object): Dispatcher =>
    new Agent({
      ...common,
      connect: { timeout, lookup: guardedLookup(within, options.resolve, allowed, seen), ...secured },
    });
  const through = (undici: typeof Undici, proxy: URL, setting: string | undefined): Dispatcher => {
    if (!isProxyUrl(proxy))
      throw new HttpError('invalid-proxy', unsupportedProxy('the proxy', proxy.protocol), { url: redactUrl(proxy) });
    const { username, password } = proxy;
    return new undici.ProxyAgent({
      ...common,
      uri: `${proxy.protocol}//${proxy.host}`,
      connectTimeout: timeout,
      clientFactory: proxyClient(undici, proxy),
      // Only CONNECT (or, for http, the proxy itself) sees these.
      ...(username === '' && password === '' ? {} : { token: basic(username, password) }),
      requestTls: { timeout, allowH2: common.allowH2, ...tls(setting) },
      proxyTls: { timeout, lookup: guardedLookup(undefined, options.resolve, allowed, seen), ...tls(undefined) },
    });
  };

  return {
    exchange: async (request) => {
      const undici = loaded ?? (await loadUndici());
      // Checked again, since the transport may have been closed meanwhile: a connection made now would outlive it.
      if (isClosed) throw new undici.errors.ClientDestroyedError();
      const proxy = options.proxy?.(request.url);
      const answer = dispatch(pick(undici, request, proxy), request);
      return await (proxy === undefined ? answer : answer.catch(blameProxy(proxy, request.url)));
    },
    spaceOf: (hostname) =>
      literalSpace(hostname) ?? seen.of(hostname) ?? (isLocalhostName(hostname) ? 'loopback' : undefined),
    close: async () => {
      isClosed = true;
      await Promise.all([...dispatchers.values()].map((dispatcher) => dispatcher.destroy()));
    },
  };
}

/**
 * Loaded with the first request: it takes half as long as the rest of this package, and many programs never open a connection. Loaded by its
 * file, because for the bare name Bun returns a module of its own, whose agents ignore the guarded lookup, certificates and limits.
 *
 * @throws Error `unsupported-runtime` if something else is loaded all the same
 */
async function loadUndici(): Promise<typeof Undici> {
  const undici: typeof Undici = namesOfCommonJs(await import('undici/index.js'));
  if (typeof undici.Agent?.prototype?.dispatch !== 'function')
    throw Object.assign(
      new Error(
        'what this runtime loads as undici can\'t hold connections to the addresses that were checked; give a "transport", for example fetchTransport()',
      ),
      { code: 'unsupported-runtime' },
    );
  loaded = undici;
  return undici;
}

// Importing a module again, and reading its names, costs as much as hashing a manifest.
let loaded: typeof Undici | undefined;

/** Blames a proxy for a failure on the way to a host. For http there is no tunnel, only the proxy at the other end. */
function blameProxy(proxy: URL, url: URL): (error: unknown) => never {
  return (error) => {
    const reason = reasonOf(error);
    if (isHttpError(error) || isBrokenInstallation(reason)) throw error;
    if (!isProxyFailure(reason) && !(url.protocol === 'http:' && isConnectionFailure(reason))) throw error;
    throw proxyError(proxy, error);
  };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${decoded(username)}:${decoded(password)}`).toString('base64')}`;
}

function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes; // not UTF-8, so kept as it is, like a stray percent sign
    }
  });
}
