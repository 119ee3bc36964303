import {
  type Http,
  type HttpHeaders,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
  isHttpError,
  redactUrl,
} from '@sigtrail/http';
import { LRUCache } from 'lru-cache';
import { type Access, asReached, pathAt, type RegistryRequest, routedFrom } from './access.ts';
import { type Call, within } from './call.ts';
import type { Challenge } from '../auth/challenge.ts';
import { bearerOf, readChallenges } from './read-challenges.ts';
import { CredentialFailure, type CredentialSource, type FoundCredentials } from '../auth/credential-source.ts';
import { isOciError, OciError } from '../error.ts';
import { type Asked, explainRefusal, statusError, withoutCredentials } from './errors-from-http.ts';
import { mergeScopes, pullScope } from '../auth/scopes.ts';
import { basicAuthorization } from '../auth/token-grant.ts';
import { credentialId, type Tokens } from '../auth/tokens.ts';
import type { TokenRequest } from '../auth/token-grant.ts';
import type { TranscriptEntry } from '../repository.ts';
import { createWire, type Wire } from './wire.ts';

/** What explains a refusal: the request and its credentials. */
interface Explained {
  readonly method: 'GET' | 'HEAD';
  /** The credentials that it was made with. */
  readonly asked: Asked;
}

/** An answer. */
export interface RegistryResponse extends HttpResponse, Explained {}

/** An answer whose body is a stream. */
export interface RegistryStream extends HttpStream, Explained {}

/** A registry host: its scheme, its challenge, its tokens. */
export interface Registry {
  /** `host[:port]` */
  readonly name: string;
  /** Sends a read, authenticating if the registry asks for it. Any final status is returned, including 401. */
  send(request: RegistryRequest, call: Call): Promise<RegistryResponse>;
  /** The same for a body that is not held in memory. */
  open(request: RegistryRequest, call: Call): Promise<RegistryStream>;
  /** Warns the user of something odd that does not stop the read. */
  warn(text: string): void;
  /** A name for the credentials that reads of this repository use, to keep their answers apart. Not a promise if they are constant. */
  credentialScope(repository: string, call: Call): string | Promise<string>;
  /**
   * Everything that decides whose answer this is: host, address, headers and credentials. A weak password could be guessed from it, so it only leaves the
   * process under a MAC.
   */
  askedAs(repository: string, call: Call): Promise<string>;
  /** Where reads of this path of the API are sent, and which file says so. */
  addressOf(path: string): Pick<TranscriptEntry, 'url' | 'routedBy'>;
}

/** What the registries of a client share. */
export interface RegistryContext {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly credentials: CredentialSource;
  /** Whether plain http is allowed for a `host[:port]` that is not loopback. */
  readonly isInsecure: (registry: string) => boolean;
  /** A clock in milliseconds that never goes back. */
  readonly now: () => number;
  /** Called with the answer of every read. */
  readonly onAnswer: (registry: string, headers: HttpHeaders) => void;
  readonly warn: (registry: string, text: string) => void;
}

/** The part of an answer of either kind that authentication needs. */
type Answer = Pick<HttpResponse, 'status' | 'headers' | 'url'>;

/** Sends one request to the registry, or (with `elsewhere`) to the target of its redirect. */
type Ask<A extends Answer> = (secretHeaders: Readonly<Record<string, string>>, elsewhere?: URL) => Promise<A>;

interface Authorization {
  readonly header: string;
  /** The token request behind it; absent for Basic and ready-made tokens. */
  readonly request?: TokenRequest;
  /** Whether it was obtained for this very request. */
  readonly fresh: boolean;
}

/** Credentials in use, and when they were found. */
interface Held extends FoundCredentials {
  readonly since: number;
  readonly id: string;
}

const credentialsLifeMs = 5 * 60_000; // short: helpers hand out tokens that expire
const renewAfterMs = 60_000;
const maxPingBytes = 64 * 1024;

/** Makes the session of one registry. */
export function createRegistry(name: string, context: RegistryContext, access: Access = {}): Registry {
  const { now } = context;
  const { apiPath = '/v2' } = access;
  const wire = createWire(name, { ...context, scheme: access.scheme });
  const held = new LRUCache<string, { readonly asked: number; readonly found: Promise<Held>; now?: Held }>({
    max: 200,
  });
  const scopes = new LRUCache<string, readonly string[]>({ max: 200 });
  let challenges: readonly Challenge[] | undefined;

  // For constants, neither the credentials nor the clock are looked up again: this is on the path of every read.
  const fixedFor = (repository: string): Held | undefined => {
    const known = held.get(repository)?.now;
    return known?.isFixed === true ? known : undefined;
  };

  const credentialsFor = async (repository: string, call: Call, renew: boolean = false): Promise<Held> => {
    const known = held.get(repository);
    if (!renew && known?.now?.isFixed === true) return known.now;
    if (!renew && known !== undefined && now() - known.asked < credentialsLifeMs)
      return known.now ?? (await patiently(known.found, call));
    const asked = now();
    const found = context.credentials
      .find(name, repository, renew)
      .catch((failure: unknown): FoundCredentials => {
        if (!(failure instanceof CredentialFailure)) throw failure;
        context.warn(name, `${failure.message}; asking without credentials`);
        return { renewable: true, failure };
      })
      .then((answer) => ({ ...answer, since: asked, id: credentialId(answer.credentials) }));
    found.catch(() => held.delete(repository));
    const entry: { asked: number; found: Promise<Held>; now?: Held } = { asked, found };
    held.set(repository, entry);
    entry.now = await patiently(found, call);
    return entry.now;
  };

  // If a call ends while a helper is busy, the helper is to blame, not the registry.
  const patiently = async (found: Promise<Held>, call: Call): Promise<Held> => {
    try {
      return await within(found, call.deadline);
    } catch (error) {
      const program = context.credentials.waitsFor?.();
      if (!isHttpError(error) || error.code !== 'timeout' || program === undefined) throw error;
      throw new OciError('timeout', `${program}, has not answered: ${error.message}`, { cause: error });
    }
  };

  const authorize = async (
    repository: string,
    { credentials }: Held,
    call: Call,
  ): Promise<Authorization | undefined> => {
    if (credentials !== undefined && 'token' in credentials)
      return { header: `Bearer ${credentials.token}`, fresh: true };
    const bearer = bearerOf(challenges);
    if (bearer !== undefined) {
      const wanted = scopes.get(repository) ?? [pullScope(repository)];
      const token = tokenRequest(bearer, wanted, credentials, `${wire.origin()}${apiPath}/`);
      const known = context.tokens.known(token);
      return {
        header: `Bearer ${known ?? (await context.tokens.fetch(token, call))}`,
        request: token,
        fresh: known === undefined,
      };
    }
    const isBasic = challenges?.some((challenge) => challenge.scheme === 'basic') === true;
    return isBasic && credentials?.username !== undefined
      ? { header: basicAuthorization(credentials.username, credentials.password ?? ''), fresh: true }
      : undefined;
  };

  const learnChallenges = async (request: RegistryRequest, call: Call): Promise<void> => {
    const path = `${apiPath}/`;
    const accept = 'application/json';
    const asked = { ...request, method: 'GET', path, accept, maxBytes: maxPingBytes, note: 'challenge' } as const;
    const ping = await wire.ask(asked, {}, call).catch((error: unknown) => {
      if (!isHttpError(error) || error.code !== 'too-large') throw error;
      throw new OciError('invalid-response', `the answer at ${path} is too large for a registry’s`, {
        url: error.url,
        cause: error,
      });
    });
    if (ping.status === 429 || ping.status >= 500) throw statusError(ping, name);
    challenges = ping.status === 401 && isAt(ping, wire) ? readChallenges(ping) : [];
  };

  const sendWith = async <A extends Answer>(
    request: RegistryRequest,
    found: Held,
    call: Call,
    ask: Ask<A>,
  ): Promise<A> => {
    const send = (used: Authorization | undefined): Promise<A> =>
      ask({ ...access.headers, ...found.headers, ...(used === undefined ? {} : { authorization: used.header }) });
    const isOpen = challenges === undefined && found.credentials === undefined;
    let used = isOpen ? undefined : await authorize(request.repository, found, call);
    let response = await send(used);
    for (let round = 0; response.status === 401 && round < 2; round += 1) {
      if (!isAt(response, wire)) return await answerForeignChallenge(response, context, call, ask);
      const asked = readChallenges(response);
      if (asked.length > 0) challenges = asked;
      else if (challenges === undefined) await learnChallenges(request, call); // gcr.io has answered 401 without a challenge
      if (used?.fresh === true) {
        if (used.request === undefined) return response;
        const more = mergeScopes(bearerOf(asked)?.parameters.get('scope'), used.request.scopes);
        if (more.join(' ') === used.request.scopes.join(' ')) return response;
        scopes.set(request.repository, more);
      } else if (used?.request !== undefined) {
        context.tokens.forget(used.request);
      }
      used = await authorize(request.repository, found, call);
      if (used === undefined) return response;
      response = await send(used);
    }
    return response;
  };

  const sendAuthenticated = async <A extends Answer>(
    request: RegistryRequest,
    call: Call,
    ask: Ask<A>,
  ): Promise<A & Explained> => {
    const found = fixedFor(request.repository) ?? (await credentialsFor(request.repository, call));
    try {
      return await sendAs(found, request, call, ask);
    } catch (error) {
      throw isOciError(error) && isRefusal(error.code) ? explainRefusal(error, name, found) : error;
    }
  };

  const sendAs = async <A extends Answer>(
    found: Held,
    request: RegistryRequest,
    call: Call,
    ask: Ask<A>,
  ): Promise<A & Explained> => {
    const { credentials } = found;
    // With credentials, learn the challenge first: an anonymous 404 may only mean "not for you".
    if (credentials !== undefined && !('token' in credentials) && challenges === undefined)
      await learnChallenges(request, call);
    let response = await sendWith(request, found, call, ask);
    // ECR answers 403 when its password has expired, after twelve hours.
    const isStale = found.renewable && credentials !== undefined && now() - found.since > renewAfterMs;
    if (isStale && (response.status === 401 || response.status === 403) && isAt(response, wire)) {
      const renewed = await credentialsFor(request.repository, call, true);
      if (renewed.id !== found.id) response = await sendWith(request, renewed, call, ask);
    }
    context.onAnswer(name, response.headers);
    if (found.failure !== undefined && (response.status === 401 || response.status === 403))
      throw withoutCredentials(found.failure, `${name} answers ${response.status}`);
    return { ...response, method: request.method ?? 'GET', asked: found };
  };

  return {
    name,
    warn: (text) => context.warn(name, text),
    credentialScope: (repository, call) =>
      fixedFor(repository)?.id ?? credentialsFor(repository, call).then(({ id }) => id),
    askedAs: async (repository, call) => {
      const { id, headers } = await credentialsFor(repository, call);
      const place = { ...access, from: undefined };
      return JSON.stringify([name, place, context.isInsecure(name), id, headers ?? null]);
    },
    addressOf: (path) => ({
      url: redactUrl(new URL(`${wire.origin()}${pathAt(path, access)}`)),
      ...(access.from === undefined ? {} : { routedBy: access.from }),
    }),
    send: (asked, outer) => {
      const [request, call] = [asReached(asked, access), routedFrom(outer, access)];
      return sendAuthenticated(request, call, (secretHeaders, elsewhere) =>
        elsewhere === undefined
          ? wire.ask(request, secretHeaders, call)
          : context.http.request(wireRequest(request, elsewhere, secretHeaders, wire, call)),
      );
    },
    open: async (asked, outer) => {
      const [request, call] = [asReached(asked, access), routedFrom(outer, access)];
      // A streamed body can't be searched for the "wrong scheme" message of a TLS port, so the scheme must be known before.
      if (!wire.isSettled()) await learnChallenges(request, call);
      return await sendAuthenticated(request, call, (secretHeaders, elsewhere) =>
        elsewhere === undefined
          ? wire.open(request, secretHeaders, call)
          : context.http.stream(wireRequest(request, elsewhere, secretHeaders, wire, call)),
      );
    },
  };
}

function isRefusal(code: string): boolean {
  return code === 'unauthorized' || code === 'denied';
}

// A redirect may end at another registry (registry.k8s.io sends manifests to *.pkg.dev). It gets an anonymous token of its own and
// never sees ours (ggcr #2337, #2349, #2360).
async function answerForeignChallenge<A extends Answer>(
  response: A,
  context: RegistryContext,
  call: Call,
  ask: Ask<A>,
): Promise<A> {
  const bearer = bearerOf(readChallenges(response));
  if (bearer === undefined) return response;
  const scope = bearer.parameters.get('scope');
  const token = tokenRequest(bearer, mergeScopes(scope, []), undefined, response.url.origin);
  const header = context.tokens.known(token) ?? (await context.tokens.fetch(token, call));
  return await ask({ authorization: `Bearer ${header}` }, response.url);
}

function wireRequest(
  request: RegistryRequest,
  url: URL,
  secretHeaders: Readonly<Record<string, string>>,
  wire: Wire,
  call: Call,
): HttpRequest {
  return {
    method: request.method,
    url,
    headers: { accept: request.accept },
    secretHeaders,
    maxBytes: request.maxBytes,
    deadline: call.deadline,
    namedBy: `${wire.origin()}/`,
    onHop: (hop) => call.onHop(hop, request.note),
  };
}

function tokenRequest(
  challenge: Challenge,
  scopes: readonly string[],
  credentials: TokenRequest['credentials'],
  namedBy: string,
): TokenRequest {
  return {
    realm: challenge.parameters.get('realm') ?? '',
    service: challenge.parameters.get('service'),
    scopes,
    credentials,
    namedBy,
  };
}

function isAt(response: Answer, wire: Wire): boolean {
  return response.url.origin === new URL(wire.origin()).origin;
}
