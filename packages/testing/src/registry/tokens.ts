import { randomBytes } from 'node:crypto';

/** The tokens a registry has given out. */
export interface TokenIssuer {
  readonly now: () => number;
  readonly issued: Map<string, { readonly scopes: readonly string[]; readonly expiresAt: number }>;
}

/** What is wrong with a token, in the words of RFC 6750 §3.1, or `good`. */
export type TokenState = 'good' | 'absent' | 'invalid_token' | 'insufficient_scope';

/** A token for these scopes. */
export function issueToken(issuer: TokenIssuer, scopes: readonly string[], expiresInSeconds: number): string {
  const token = randomBytes(24).toString('base64url');
  issuer.issued.set(token, { scopes, expiresAt: issuer.now() + expiresInSeconds * 1000 });
  return token;
}

/** Judges a token against the scope that a request needs. A request without a repository only needs a token. */
export function tokenState(issuer: TokenIssuer, token: string | undefined, scope: string | undefined): TokenState {
  if (token === undefined) return 'absent';
  const known = issuer.issued.get(token);
  if (known === undefined || known.expiresAt <= issuer.now()) return 'invalid_token';
  return scope === undefined || known.scopes.some((granted) => covers(granted, scope)) ? 'good' : 'insufficient_scope';
}

/** `repository:a/b:pull,push` covers `repository:a/b:pull`. */
function covers(granted: string, wanted: string): boolean {
  const [, resource, actions = ''] = /^(.*):([^:]*)$/.exec(granted) ?? [];
  const [, wantedResource, wantedAction = ''] = /^(.*):([^:]*)$/.exec(wanted) ?? [];
  return resource === wantedResource && actions.split(',').some((action) => action === wantedAction || action === '*');
}
