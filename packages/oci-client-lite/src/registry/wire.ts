import {
  type Http,
  type HttpError,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
  isHttpError,
  isLoopbackHost,
  isUntrusted,
  isWrongProtocol,
  redactUrl,
} from '@sigtrail/http';
import type { Call } from './call.ts';
import { OciError } from '../error.ts';
import { dockerHub } from '../reference/reference.ts';

/** A read below the origin of a registry. */
export interface WireRequest {
  /** `GET` */
  readonly method?: 'GET' | 'HEAD' | undefined;
  readonly path: string;
  readonly accept: string;
  readonly maxBytes: number;
  readonly note?: string | undefined;
}

/** The connection to one registry: which host and which scheme. */
export interface Wire {
  /** The origin, once it is known: `https://ghcr.io`. */
  origin(): string;
  /** Sends a read, with headers that only this registry's origin may see, and finds the scheme in doing so. */
  ask(request: WireRequest, secretHeaders: Readonly<Record<string, string>>, call: Call): Promise<HttpResponse>;
  /** Whether the scheme is decided: known from an answer, or the only one allowed. */
  isSettled(): boolean;
  /** Sends a read over the known scheme, for a body that is not held in memory. */
  open(request: WireRequest, secretHeaders: Readonly<Record<string, string>>, call: Call): Promise<HttpStream>;
}

/** The settings for scheme and transport. */
export interface WireContext {
  readonly http: Http;
  /** Whether plain http is allowed for a `host[:port]` that is not loopback. */
  readonly isInsecure: (registry: string) => boolean;
  /** The only allowed scheme, if given. */
  readonly scheme?: Scheme | undefined;
}

type Scheme = 'http' | 'https';

/** Makes the connection to a registry; nothing is sent yet. */
export function createWire(name: string, context: WireContext): Wire {
  const host = name === dockerHub ? 'registry-1.docker.io' : name;
  const [first, second] = context.scheme === undefined ? schemesFor(host, context.isInsecure) : [context.scheme];
  let scheme: Scheme | undefined;

  const toHttp = (
    over: Scheme,
    request: WireRequest,
    secretHeaders: Readonly<Record<string, string>>,
    call: Call,
  ): HttpRequest => ({
    method: request.method,
    url: `${over}://${host}${request.path}`,
    headers: { accept: request.accept },
    secretHeaders,
    maxBytes: request.maxBytes,
    deadline: call.deadline,
    onHop: (hop) => call.onHop(hop, request.note),
  });

  /** Tries one scheme, then the other if that may help, and remembers which one worked. */
  const findScheme = async (
    method: WireRequest['method'],
    ask: (over: Scheme) => Promise<HttpResponse>,
  ): Promise<HttpResponse> => {
    let bare: HttpResponse | undefined;
    try {
      const response = await ask(first);
      // A HEAD has no body to ask for TLS; any 400 may mean it.
      if (second !== undefined && method === 'HEAD' && response.status === 400) bare = response;
      else if (second === undefined || !wantsTls(first, response)) {
        scheme = first;
        return response;
      }
    } catch (error) {
      if (!isUnreached(error)) throw error;
      if (second === undefined) throw explainPlainHttp(name, error);
      if (!mayDependOnScheme(error.reason, host)) throw error;
      const response = await ask(second).catch((other: unknown) => {
        // The first failure is the one to explain, unless the second scheme got as far as an answer: a certificate, or a refused redirect.
        const isSilence = isHttpError(other) && (other.code === 'timeout' || isUnreached(other));
        throw isSilence && !isUntrusted(other.reason) ? error : other;
      });
      scheme = second;
      return response;
    }
    try {
      const response = await ask(second);
      scheme = second;
      return response;
    } catch (error) {
      if (bare === undefined || !isUnreached(error)) throw error;
      scheme = first;
      return bare;
    }
  };

  return {
    origin: () => `${scheme ?? first}://${host}`,
    isSettled: () => scheme !== undefined || second === undefined,
    open: (request, secretHeaders, call) => context.http.stream(toHttp(scheme ?? first, request, secretHeaders, call)),
    ask: (request, secretHeaders, call) => {
      const ask = (over: Scheme): Promise<HttpResponse> =>
        context.http.request(toHttp(over, request, secretHeaders, call));
      return scheme === undefined ? findScheme(request.method, ask) : ask(scheme);
    },
  };
}

/**
 * The schemes to try with a registry, in order. Loopback: http first, because local registries speak it and
 * it saves a request. Hosts that the caller calls insecure: https first. All others: https only, including private addresses (unlike
 * ggcr), or blocking port 443 would expose credentials in the clear (the CVE-2014-5277 class).
 */
export function schemesFor(host: string, isInsecure: (registry: string) => boolean): readonly [Scheme, Scheme?] {
  if (isLoopbackHost(new URL(`http://${host}`).hostname)) return ['http', 'https'];
  return isInsecure(host) ? ['https', 'http'] : ['https'];
}

// A name that does not resolve, or a port without a listener, fails over both schemes.
function mayDependOnScheme(reason: string | undefined, host: string): boolean {
  if (reason === 'ENOTFOUND' || reason === 'EAI_AGAIN') return false;
  return reason !== 'ECONNREFUSED' || !/:\d+$/.test(host.replace(/^\[.*\]/, ''));
}

// Go and nginx answer a plain request on a TLS port with a readable 400.
function wantsTls(scheme: Scheme, response: HttpResponse): boolean {
  return (
    scheme === 'http' &&
    response.status === 400 &&
    /HTTP request .{0,20}HTTPS (?:server|port)/i.test(new TextDecoder().decode(response.body.subarray(0, 4096)))
  );
}

function isUnreached(error: unknown): error is HttpError {
  return isHttpError(error) && (error.code === 'network' || error.code === 'proxy');
}

function explainPlainHttp(registry: string, error: HttpError): unknown {
  // If the proxy fails, nothing is known about the registry.
  if (error.code !== 'network' || !isWrongProtocol(error.reason)) return error;
  return new OciError(
    'insecure-http',
    `${registry} does not speak TLS; plain http needs "insecureRegistries: ['${registry}']"`,
    {
      url: error.url === undefined ? undefined : redactUrl(error.url),
      actual: error.reason,
      cause: error,
    },
  );
}
