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
  /** Sends one read, with headers that only this registry's origin may see. Finds the scheme on the way. */
  ask(request: WireRequest, secretHeaders: Readonly<Record<string, string>>, call: Call): Promise<HttpResponse>;
  /** Whether the scheme is decided: known from an answer, or the only one allowed. */
  isSettled(): boolean;
  /** Sends one read over the scheme that is known, for a body that is not held in memory. */
  open(request: WireRequest, secretHeaders: Readonly<Record<string, string>>, call: Call): Promise<HttpStream>;
}

/** The settings for scheme and transport. */
export interface WireContext {
  readonly http: Http;
  /** Whether plain http is allowed for a `host[:port]` that is not loopback. */
  readonly isInsecure: (registry: string) => boolean;
  /** The only scheme, where it is given. */
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

  /** Asks over one scheme, then over the other where that may help, and remembers the one that was answered over. */
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
        // The first failure is the one to explain, unless the second scheme got as far as an answer: a certificate, or a redirect that is refused.
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
 * The schemes to try with a registry, in order. Loopback: http first, because that is what local registries speak and
 * it costs no extra request. Hosts the caller calls insecure: https first. Everyone else: https only, private addresses included (unlike
 * ggcr), or a blocked port 443 would put credentials in clear (the CVE-2014-5277 class).
 */
export function schemesFor(host: string, isInsecure: (registry: string) => boolean): readonly [Scheme, Scheme?] {
  if (isLoopbackHost(new URL(`http://${host}`).hostname)) return ['http', 'https'];
  return isInsecure(host) ? ['https', 'http'] : ['https'];
}

// A name that does not resolve, or a port without a listener, is the same over both schemes.
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
  // Behind a proxy that fails, nothing is known of the registry.
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
