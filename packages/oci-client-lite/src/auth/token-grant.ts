import { type Http, type HttpResponse, redactUrl, startDeadline } from '@sigtrail/http';
import { z } from 'zod';
import type { Credentials } from './credentials.ts';
import type { Call } from '../registry/call.ts';
import { nullable } from '../content/descriptor.ts';
import { isOciError, OciError } from '../error.ts';
import { isWebPage, readRegistryCodes, readWords } from '../registry/errors-from-http.ts';
import { parseJson } from '../content/json.ts';
import type { RealmPolicy } from './realm-policy.ts';
import { checkRealm } from './realm-policy.ts';

/** A request for a token. */
export interface TokenRequest {
  /** Token server, from a challenge: chosen by the registry, not by the caller. */
  readonly realm: string;
  readonly service: string | undefined;
  readonly scopes: readonly string[];
  readonly credentials: Credentials | undefined;
  /** The registry that named the realm. */
  readonly namedBy: string;
}

/** How to ask token servers. */
export interface GrantContext {
  readonly http: Http;
  readonly timeoutMs: number;
  readonly realmPolicy: RealmPolicy;
  /** Whether passwords are sent by OAuth 2's password grant instead of Basic. */
  readonly passwordGrant: boolean;
}

/** A token server's answer. */
export interface TokenAnswer {
  readonly token: string;
  /** How long it may be used, from the moment of the request. */
  readonly lifeMs: number;
  /** Replaces the refresh token that was sent. */
  readonly refreshToken?: string | undefined;
}

const maxTokenBytes = 64 * 1024;
// If a token server does not say, it means 60 s (distribution token specification, "expires_in"); we stop a little earlier.
const shortestLifeMs = 60_000;
const skewMs = 10_000;
const answerSchema = z.object({
  token: nullable(z.string()),
  access_token: nullable(z.string()),
  // A member of the wrong type counts as absent: no answer is refused because of it.
  refresh_token: z.string().optional().catch(undefined),
  expires_in: z.coerce.number().optional().catch(undefined),
});

/** Asks a token server. @throws OciError, never `not-found` */
export async function requestToken(request: TokenRequest, context: GrantContext, call: Call): Promise<TokenAnswer> {
  const url = await checkRealm(request.realm, request.namedBy, context.realmPolicy);
  // It has a time budget of its own: several calls may wait for it, and the call that started it may be aborted.
  const deadline = startDeadline(context.timeoutMs, undefined, call.deadline.patience);
  try {
    const common = {
      maxBytes: maxTokenBytes,
      deadline,
      namedBy: request.namedBy,
      onHop: (hop: Parameters<Call['onHop']>[0]) => call.onHop(hop, 'token'),
    };
    const form = grantForm(request, context.passwordGrant);
    if (form !== undefined) {
      const posted = await context.http.request({
        ...common,
        method: 'POST',
        url,
        headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
        body: form,
      });
      if (!lacksGrant(posted)) return readToken(posted, request.credentials);
    }
    const response = await context.http.request({
      ...common,
      url: withQuery(url, request),
      headers: { accept: 'application/json' },
      secretHeaders: basicHeaders(request),
    });
    return readToken(response, request.credentials);
  } finally {
    deadline.clear();
  }
}

/** The `Authorization` value of Basic (RFC 7617). */
export function basicAuthorization(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`;
}

// Old token servers only know the GET form. ggcr recognises them by a 404; a proxy in front says 405, RFC 6749 §5.2 says 400.
function lacksGrant(response: HttpResponse): boolean {
  if (response.status === 404 || response.status === 405) return true;
  return (
    response.status === 400 && readRegistryCodes(response.body).some((code) => /unsupported|unknown_grant/i.test(code))
  );
}

function readToken(response: HttpResponse, credentials: TokenRequest['credentials']): TokenAnswer {
  const url = redactUrl(response.url);
  if (response.status < 200 || response.status > 299) throw refusal(response, url, credentials);
  const answer = parseAnswer(response, url);
  const token = answer.access_token || answer.token || '';
  if (!/^[\x21-\x7e]{1,32768}$/.test(token))
    throw new OciError(
      'invalid-response',
      `the token server ${response.url.host} sent no token that fits a header${saidInstead(response, credentials)}`,
      { url },
    );
  return {
    token,
    lifeMs: Math.max((answer.expires_in ?? 0) * 1000, shortestLifeMs) - skewMs,
    refreshToken: answer.refresh_token || undefined,
  };
}

// Some label their answer as a web page; it is only refused if it really is a web page.
function parseAnswer(response: HttpResponse, url: string): z.infer<typeof answerSchema> {
  const { body } = response;
  try {
    return parseJson(body, answerSchema, 'invalid-response', `answer of the token server ${response.url.host}`, url);
  } catch (error) {
    if (!isOciError(error) || !isWebPage(response)) throw error;
    throw new OciError(
      'invalid-response',
      `the token server ${response.url.host} answered with a web page; there is a proxy or a sign-in page in between`,
      { url, cause: error },
    );
  }
}

// Docker Hub has answered 200 with "incorrect username or password".
function saidInstead(response: HttpResponse, credentials: TokenRequest['credentials']): string {
  const words = readWords(response.body, credentials);
  return words === undefined ? '' : `: “${words}”`;
}

// Never `not-found`: a missing token server says nothing about the registry's content.
function refusal(response: HttpResponse, url: string, credentials: TokenRequest['credentials']): OciError {
  const { status, retryAfterMs } = response;
  const registryCodes = readRegistryCodes(response.body);
  const words = isWebPage(response) ? 'a web page' : readWords(response.body, credentials);
  const codes = registryCodes.length === 0 ? '' : ` ${registryCodes.join(', ')}`;
  const quoted = words === undefined ? '' : ` (“${words}”)`;
  const wait = retryAfterMs === undefined ? '' : `; it asks to wait ${Math.ceil(retryAfterMs / 1000)} s`;
  const code =
    status === 403 ? 'denied' : status === 429 ? 'rate-limited' : status >= 500 ? 'server-error' : 'unauthorized';
  return new OciError(code, `the token server ${response.url.host} answered ${status}${codes}${quoted}${wait}`, {
    status,
    retryAfterMs,
    url,
    registryCodes,
  });
}

function withQuery(realm: URL, request: TokenRequest): URL {
  const url = new URL(realm);
  if (request.service !== undefined) url.searchParams.set('service', request.service);
  for (const scope of request.scopes) url.searchParams.append('scope', scope);
  return url;
}

function basicHeaders({ credentials }: TokenRequest): { readonly authorization: string } | undefined {
  if (credentials === undefined || !('username' in credentials) || credentials.username === undefined) return undefined;
  return { authorization: basicAuthorization(credentials.username, credentials.password ?? '') };
}

// RFC 6749 §6 and §4.3, as Docker's "oauth2" token specification has them: one space-joined scope.
function grantForm(request: TokenRequest, passwordGrant: boolean): string | undefined {
  const { credentials } = request;
  if (credentials === undefined) return undefined;
  let grant: Record<string, string> | undefined;
  if ('identityToken' in credentials) grant = { grant_type: 'refresh_token', refresh_token: credentials.identityToken };
  else if (passwordGrant && 'username' in credentials)
    grant = { grant_type: 'password', username: credentials.username, password: credentials.password };
  if (grant === undefined) return undefined;
  const form = new URLSearchParams({ ...grant, client_id: 'oci-client-lite', scope: request.scopes.join(' ') });
  if (request.service !== undefined) form.set('service', request.service);
  return form.toString();
}
