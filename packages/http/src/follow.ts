import { optionError } from '@sigtrail/encoding';
import { type AddressSpace, isLocalhostName, isLoopbackHost, literalSpace, mayReach } from './address-space.ts';
import type { AllowedAddresses } from './allow-addresses.ts';
import type { Deadline } from './deadline.ts';
import { HttpError } from './error.ts';
import type { HttpHeaders } from './http-headers.ts';
import type { HttpRequest } from './http-request.ts';
import type { RequestEvent } from './observe.ts';
import type { Paces } from './pace.ts';
import type { RequestGate } from './request-gate.ts';
import { redactUrl } from './redact-url.ts';
import { parseRetryAfter } from './retry.ts';
import type { Transport } from './transport.ts';
import { type Exchanger, tryAgain } from './try-again.ts';

/** Settings for all requests of a client. */
export interface Rules {
  readonly transport: Transport;
  readonly allowed: AllowedAddresses;
  readonly allowHttp: ((url: URL) => boolean) | undefined;
  readonly userAgent: string | undefined;
  readonly retries: number;
  readonly retryBaseMs: number;
  readonly maxRedirects: number;
  readonly onRequest: ((event: RequestEvent) => void) | undefined;
  readonly paces: Paces;
  readonly gate: RequestGate | undefined;
}

/** A final answer, and where it came from. */
export type Final<A> = A & { readonly url: URL; readonly retryAfterMs?: number };

const redirectStatuses: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Sends a request and follows its redirects by hand: at each redirect, decides what may go to the next host. */
export async function follow<A extends { readonly status: number; readonly headers: HttpHeaders }>(
  request: HttpRequest,
  deadline: Deadline,
  rules: Rules,
  send: Exchanger<A>,
): Promise<Final<A>> {
  const { method = 'GET', body, maxBytes, onHop } = request;
  const first = parseUrl(request.url);
  // The host whose address space limits every host that is named from here on.
  const named = request.namedBy === undefined ? undefined : parseUrl(request.namedBy);
  const root = named ?? first;
  const plain = rules.userAgent === undefined ? request.headers : { 'user-agent': rules.userAgent, ...request.headers };
  let url = first;
  // Once a redirect has left the first origin, nothing secret is sent any more, not even back there.
  let isHome = true;
  for (let redirects = 0; ; redirects += 1) {
    checkScheme(url, redirects > 0 || named !== undefined, rules);
    const answer = await tryAgain(
      {
        method,
        url,
        headers: isHome ? { ...plain, ...request.secretHeaders } : { ...plain },
        body,
        maxBytes,
        deadline,
        transport: rules.transport,
        within: spaceFor(url, root, named !== undefined, rules),
        showCertificate: isHome,
      },
      send,
      { ...rules, redirects, onHop, mayRepeat: method !== 'POST' || request.repeatable === true },
    );
    const location = answer.headers['location']?.[0];
    if (!redirectStatuses.has(answer.status) || location === undefined) {
      const retryAfterMs = parseRetryAfter(answer.headers['retry-after']?.[0]);
      return { ...answer, url, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    }
    if (method === 'POST') throw blocked('a POST was redirected', url); // its body may hold a refresh token
    if (redirects >= rules.maxRedirects) throw blocked('too many redirects', url);
    const next = redirectTarget(location, url);
    if (next.origin !== first.origin) isHome = false;
    url = next;
  }
}

function redirectTarget(location: string, from: URL): URL {
  const next = URL.parse(location, from.href);
  if (next === null || (next.protocol !== 'https:' && next.protocol !== 'http:'))
    throw blocked('the redirect is not to http or https', from);
  if (next.username !== '' || next.password !== '') throw blocked('the redirect carries user information', from);
  if (from.protocol === 'https:' && next.protocol === 'http:')
    throw blocked(`${from.host} redirects from https to plain http at ${next.host}, which is not followed`, from);
  next.hash = '';
  return next;
}

function checkScheme(url: URL, fromResponse: boolean, { allowHttp }: Rules): void {
  if (url.protocol === 'https:') return;
  const isAllowed = allowHttp === undefined ? isLoopbackHost(url.hostname) : allowHttp(url);
  if (url.protocol === 'http:' && isAllowed) return;
  if (fromResponse) throw blocked('plain http is not allowed for the host that an answer named', url);
  throw new HttpError('insecure-http', `plain http is not allowed for ${url.host}`, { url: redactUrl(url) });
}

/**
 * The most private space that a connection for `url` may go to; `undefined` is the root itself, which the caller chose.
 * Literals never reach the guard on look-ups, and names never reach this guard, so both are needed.
 */
function spaceFor(url: URL, root: URL, isNamed: boolean, { transport, allowed }: Rules): AddressSpace | undefined {
  if (url.origin === root.origin) return undefined;
  const space = spaceOf(root.hostname, transport);
  const target = literalSpace(url.hostname);
  if (target !== undefined && !mayReach(space, target) && !allowed.address(url.hostname)) {
    const leads = `${root.host} ${isNamed ? 'names' : 'redirects to'} ${url.host}`;
    throw new HttpError('blocked-address', `${leads}, ${describe(target)}, which ${permission(target)}`, {
      url: redactUrl(url),
      reason: target,
    });
  }
  // If the transport resolves names itself, only this keeps an answer away from `localhost`.
  if (isLocalhostName(url.hostname) && !mayReach(space, 'loopback') && !allowed.host(url.hostname)) {
    const leads = `${root.host} ${isNamed ? 'names' : 'redirects to'} ${url.host}`;
    throw new HttpError('blocked-address', `${leads}, ${describe('loopback')}, which ${permission('loopback')}`, {
      url: redactUrl(url),
      reason: 'loopback',
    });
  }
  return space === 'forbidden' ? 'public' : space;
}

function describe(space: AddressSpace): string {
  switch (space) {
    case 'forbidden':
      return 'a link-local, metadata or reserved address';
    case 'loopback':
      return 'this very machine';
    case 'private':
      return 'a private address';
    case 'public':
      return 'a public address';
  }
}

function permission(space: AddressSpace): string {
  return space === 'forbidden'
    ? 'no answer may lead to'
    : 'a more public host may only lead to where "allowAddresses" has it';
}

// A name that was never dialled counts as `public`, which may name the fewest hosts.
function spaceOf(hostname: string, transport: Transport): AddressSpace {
  return literalSpace(hostname) ?? transport.spaceOf?.(hostname) ?? (isLocalhostName(hostname) ? 'loopback' : 'public');
}

function parseUrl(url: string | URL): URL {
  const parsed = URL.parse(String(url));
  if (parsed === null) throw optionError('invalid-option', 'request: "url" must be an absolute URL');
  if (parsed.username !== '' || parsed.password !== '')
    throw blocked('user information in an address is refused', parsed);
  return parsed;
}

function blocked(message: string, url: URL): HttpError {
  return new HttpError('blocked-redirect', message, { url: redactUrl(url) });
}
