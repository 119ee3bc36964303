import { createHash } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { type Call, within } from '../registry/call.ts';
import type { Credentials } from './credentials.ts';
import { type GrantContext, requestToken, type TokenRequest } from './token-grant.ts';

/** Fetches and keeps bearer tokens. */
export interface Tokens {
  /** A token from memory, if one is valid. */
  known(request: TokenRequest): string | undefined;
  /** A token from the server; calls at the same time share one request. */
  fetch(request: TokenRequest, call: Call): Promise<string>;
  /** Forgets a token that the registry refused. */
  forget(request: TokenRequest): void;
}

/** How the tokens of one client are fetched. */
export interface TokensContext extends GrantContext {
  /** A clock in milliseconds that never goes back: the wall clock may be set while a token lives. */
  readonly now: () => number;
}

/** Makes a token store for one client. */
export function createTokens(context: TokensContext): Tokens {
  const tokens = new LRUCache<string, { readonly token: string; readonly until: number }>({ max: 1000 });
  const flights = new Map<string, Promise<string>>();
  // Token servers may replace a refresh token when it is used (RFC 6749 §6); the configuration still has the first one.
  const replaced = new LRUCache<string, string>({ max: 200 });

  const fetchAndKeep = async (key: string, request: TokenRequest, call: Call): Promise<string> => {
    const requestedAt = context.now();
    const who = identityOf(request);
    const answer = await requestToken(current(request, replaced.get(who)), context, call);
    if (answer.refreshToken !== undefined) replaced.set(who, answer.refreshToken);
    tokens.set(key, { token: answer.token, until: requestedAt + answer.lifeMs });
    return answer.token;
  };

  return {
    known: (request) => {
      const entry = tokens.get(keyOf(request));
      return entry !== undefined && entry.until > context.now() ? entry.token : undefined;
    },
    forget: (request) => void tokens.delete(keyOf(request)),
    fetch: async (request, call) => {
      const key = keyOf(request);
      let flight = flights.get(key);
      if (flight === undefined) {
        flight = fetchAndKeep(key, request, call).finally(() => flights.delete(key));
        flight.catch(() => undefined); // every waiting caller sees the error; if there is no caller, it must not go unhandled
        flights.set(key, flight);
      }
      return await within(flight, call.deadline);
    },
  };
}

/** A name for credentials that doesn't reveal them. */
export function credentialId(credentials: Credentials | undefined): string {
  if (credentials === undefined) return 'anonymous';
  return createHash('sha256').update(JSON.stringify(credentials)).digest('hex');
}

function current(request: TokenRequest, identityToken: string | undefined): TokenRequest {
  const { credentials } = request;
  return identityToken === undefined || credentials === undefined || !('identityToken' in credentials)
    ? request
    : { ...request, credentials: { ...credentials, identityToken } };
}

function identityOf(request: TokenRequest): string {
  return JSON.stringify([request.namedBy, request.realm, credentialId(request.credentials)]);
}

function keyOf(request: TokenRequest): string {
  const { namedBy, realm, service, scopes, credentials } = request;
  return JSON.stringify([namedBy, realm, service, scopes, credentialId(credentials)]);
}
