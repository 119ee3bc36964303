import { createHash } from 'node:crypto';
import { type Http, type HttpResponse, redactUrl, startDeadline } from '@sigtrail/http';
import { LRUCache } from 'lru-cache';
import { z } from 'zod';
import { type Call, within } from './call.ts';
import type { Credentials } from './client-options.ts';
import { nullable } from './descriptor.ts';
import { OciError } from './error.ts';
import { readRegistryCodes } from './errors-from-http.ts';
import { parseJson } from './json.ts';

/** What a token is asked for. */
export interface TokenRequest {
  /** Token server, from a challenge: chosen by the registry, not by the caller. */
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** The registry that named the realm. */
  readonly namedBy: string;
}

/** Fetches and keeps bearer tokens. */
export interface Tokens {
  /** A token from memory, if one is valid. */
  known(request: TokenRequest): string | undefined;
  /** A token from the server; calls at the same time share one request. */
  fetch(request: TokenRequest, call: Call): Promise<string>;
  /** Forgets a token the registry refused. */
  forget(request: TokenRequest): void;
}

const maxTokenBytes = 64 * 1024;
// Token servers that do not say mean 60 s (distribution token specification, "expires_in"); we stop a little before.
const shortestLifeMs = 60_000;
const skewMs = 10_000;
const answerSchema = z.object({
  token: nullable(z.string()),
  access_token: nullable(z.string()),
  expires_in: nullable(z.number()),
});

/** Makes a token store for one client. */
export function createTokens(http: Http, timeoutMs: number): Tokens {
  const tokens = new LRUCache<string, { readonly token: string; readonly until: number }>({ max: 1000 });
  const flights = new Map<string, Promise<string>>();
  return {
    known: (request) => {
      const entry = tokens.get(keyOf(request));
      return entry !== undefined && entry.until > performance.now() ? entry.token : undefined;
    },
    forget: (request) => void tokens.delete(keyOf(request)),
    fetch: async (request, call) => {
      const key = keyOf(request);
      let flight = flights.get(key);
      if (flight === undefined) {
        flight = fetchToken(http, request, timeoutMs, call)
          .then((entry) => {
            tokens.set(key, entry);
            return entry.token;
          })
          .finally(() => flights.delete(key));
        flight.catch(() => undefined); // whoever waits sees it; nobody may be left waiting
        flights.set(key, flight);
      }
      return await within(flight, call.deadline);
    },
  };
}

/** The `Authorization` value of Basic (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

async function fetchToken(
  http: Http,
  request: TokenRequest,
  timeoutMs: number,
  call: Call,
): Promise<{ token: string; until: number }> {
  const asked = performance.now();
  // Its own time budget: several calls may wait for it, and the one that started it may be aborted.
  const deadline = startDeadline(timeoutMs);
  try {
    const common = {
      maxBytes: maxTokenBytes,
      deadline,
      namedBy: request.namedBy,
      onHop: (hop: Parameters<Call['onHop']>[0]) => call.onHop(hop, 'token'),
    };
    const { credentials } = request;
    const response =
      credentials !== undefined && 'identityToken' in credentials
        ? await http.request({
            ...common,
            method: 'POST',
            url: realmUrl(request, false),
            headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
            body: refreshForm(request, credentials.identityToken),
          })
        : await http.request({
            ...common,
            url: realmUrl(request, true),
            headers: { accept: 'application/json' },
            secretHeaders:
              credentials !== undefined && 'username' in credentials
                ? { authorization: basicAuthorization(credentials.username, credentials.password) }
                : undefined,
          });
    return readToken(response, asked);
  } finally {
    deadline.clear();
  }
}

function readToken(response: HttpResponse, asked: number): { token: string; until: number } {
  const url = redactUrl(response.url);
  if (response.status !== 200) throw refusal(response, url);
  const answer = parseJson(response.body, answerSchema, 'invalid-response', 'answer of the token server', url);
  const token = answer.access_token || answer.token || '';
  if (!/^[\x21-\x7e]{1,32768}$/.test(token))
    throw new OciError('invalid-response', 'the token server sent no token that fits a header', { url });
  return { token, until: asked + Math.max((answer.expires_in ?? 0) * 1000, shortestLifeMs) - skewMs };
}

// Never `not-found`: a token server that is not there says nothing about what is in the registry.
function refusal(response: HttpResponse, url: string): OciError {
  const { status, retryAfterMs } = response;
  const code =
    status === 403 ? 'denied' : status === 429 ? 'rate-limited' : status >= 500 ? 'server-error' : 'unauthorized';
  return new OciError(code, `the token server answered ${status}`, {
    status,
    retryAfterMs,
    url,
    registryCodes: readRegistryCodes(response.body),
  });
}

function realmUrl(request: TokenRequest, withQuery: boolean): URL {
  const url = URL.parse(request.realm);
  if (
    url === null ||
    (url.protocol !== 'https:' && url.protocol !== 'http:') ||
    url.username !== '' ||
    url.password !== ''
  ) {
    throw new OciError('blocked-redirect', 'the realm of the challenge is not a plain http(s) address', {
      url: redactUrl(request.realm),
    });
  }
  if (url.protocol === 'http:' && request.namedBy.startsWith('https:')) {
    throw new OciError('blocked-redirect', 'a registry on https names a token server on http', { url: redactUrl(url) });
  }
  url.hash = '';
  if (withQuery) {
    if (request.service !== undefined) url.searchParams.set('service', request.service);
    for (const scope of request.scopes) url.searchParams.append('scope', scope);
  }
  return url;
}

// RFC 6749 §6, as Docker's "oauth2" token specification has it: one space-joined scope.
function refreshForm(request: TokenRequest, refreshToken: string): string {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    refresh_token: refreshToken,
    client_id: 'oci-client-lite',
    scope: request.scopes.join(' '),
  });
  if (request.service !== undefined) form.set('service', request.service);
  return form.toString();
}

function keyOf(request: TokenRequest): string {
  const who = createHash('sha256')
    .update(JSON.stringify(request.credentials ?? null))
    .digest('hex');
  return JSON.stringify([request.namedBy, request.realm, request.service, request.scopes, who]);
}
