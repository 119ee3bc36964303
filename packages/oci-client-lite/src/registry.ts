import type { Http, HttpResponse } from '@sigtrail/http';
import { LRUCache } from 'lru-cache';
import { type Call, within } from './call.ts';
import { type Challenge, parseChallenges } from './challenge.ts';
import type { Credentials, Keychain } from './client-options.ts';
import { OciError } from './error.ts';
import { statusError } from './errors-from-http.ts';
import { mergeScopes, pullScope } from './scopes.ts';
import { basicAuthorization, type TokenRequest, type Tokens } from './tokens.ts';
import { createWire } from './wire.ts';

/** A read in one repository of a registry. */
export interface RegistryRequest {
  readonly repository: string;
  /** Path and query below the registry's origin; built from checked parts only. */
  readonly path: string;
  readonly accept: string;
  readonly maxBytes: number;
  readonly note?: string | undefined;
}

/** One registry host: its scheme, its challenge, the tokens for it. */
export interface Registry {
  /** Sends a read, authenticating where the registry asks for it. Any final status is returned, 401 included. */
  send(request: RegistryRequest, call: Call): Promise<HttpResponse>;
}

/** What a registry shares with the others of its client. */
export interface RegistryContext {
  readonly http: Http;
  readonly tokens: Tokens;
  readonly keychain: Keychain;
  /** Whether plain http is allowed for a `host[:port]` that is not loopback. */
  readonly isInsecure: (registry: string) => boolean;
}

interface Authorization {
  readonly header: string;
  /** The token request behind it; absent for Basic and ready-made tokens. */
  readonly request?: TokenRequest;
  /** Whether it was obtained for this very request. */
  readonly fresh: boolean;
}

const credentialsLifeMs = 5 * 60_000; // short: helpers hand out tokens that expire

/** Makes the session of one registry. */
export function createRegistry(name: string, context: RegistryContext): Registry {
  const wire = createWire(name, context);
  const credentials = new LRUCache<string, Promise<Credentials | undefined>>({ max: 200, ttl: credentialsLifeMs });
  const scopes = new LRUCache<string, readonly string[]>({ max: 200 });
  let challenges: readonly Challenge[] | undefined;

  const credentialsFor = async (repository: string, call: Call): Promise<Credentials | undefined> => {
    let found = credentials.get(repository);
    if (found === undefined) {
      found = Promise.resolve(context.keychain(name, repository)).then(checkCredentials);
      found.catch(() => credentials.delete(repository));
      credentials.set(repository, found);
    }
    return await within(found, call.deadline);
  };

  const authorize = async (
    request: RegistryRequest,
    found: Credentials | undefined,
    call: Call,
  ): Promise<Authorization | undefined> => {
    if (found !== undefined && 'token' in found) return { header: `Bearer ${found.token}`, fresh: true };
    const bearer = challenges?.find((challenge) => challenge.scheme === 'bearer' && challenge.parameters.has('realm'));
    if (bearer !== undefined) {
      const wanted = scopes.get(request.repository) ?? [pullScope(request.repository)];
      const token = tokenRequest(bearer, wanted, found, `${wire.origin()}/v2/`);
      const known = context.tokens.known(token);
      return {
        header: `Bearer ${known ?? (await context.tokens.fetch(token, call))}`,
        request: token,
        fresh: known === undefined,
      };
    }
    if (
      found !== undefined &&
      'username' in found &&
      challenges?.some((challenge) => challenge.scheme === 'basic') === true
    ) {
      return { header: basicAuthorization(found.username, found.password), fresh: true };
    }
    return undefined;
  };

  return {
    send: async (request, call) => {
      const found = await credentialsFor(request.repository, call);
      if (found !== undefined && !('token' in found) && challenges === undefined) {
        // With credentials, learn the challenge first: an anonymous 404 may only mean "not for you".
        const ping = await wire.ask(
          { ...request, path: '/v2/', accept: 'application/json', maxBytes: 64 * 1024, note: 'challenge' },
          undefined,
          call,
        );
        if (ping.status === 429 || ping.status >= 500) throw statusError(ping, name);
        challenges = ping.status === 401 && isAt(ping, wire.origin()) ? readChallenges(ping) : [];
      }
      let used = await authorize(request, found, call);
      let response = await wire.ask(request, used?.header, call);
      for (let round = 0; response.status === 401 && round < 2; round += 1) {
        if (!isAt(response, wire.origin()))
          return await answerForeignChallenge(response, request, context, `${wire.origin()}/v2/`, call);
        const asked = readChallenges(response);
        if (asked.length > 0) challenges = asked;
        if (used !== undefined && used.fresh) {
          if (used.request === undefined) return response;
          const more = mergeScopes(
            asked.find((challenge) => challenge.scheme === 'bearer')?.parameters.get('scope'),
            used.request.scopes,
          );
          if (more.join(' ') === used.request.scopes.join(' ')) return response;
          scopes.set(request.repository, more);
        } else if (used?.request !== undefined) {
          context.tokens.forget(used.request);
        }
        used = await authorize(request, found, call);
        if (used === undefined) return response;
        response = await wire.ask(request, used.header, call);
      }
      return response;
    },
  };
}

// A redirect may end at another registry (registry.k8s.io sends manifests to *.pkg.dev). It gets an anonymous token of its own and
// never sees ours (ggcr #2337, #2349, #2360).
async function answerForeignChallenge(
  response: HttpResponse,
  request: RegistryRequest,
  context: RegistryContext,
  home: string,
  call: Call,
): Promise<HttpResponse> {
  const bearer = readChallenges(response).find(
    (challenge) => challenge.scheme === 'bearer' && challenge.parameters.has('realm'),
  );
  if (bearer === undefined) return response;
  const scope = bearer.parameters.get('scope');
  const token = tokenRequest(bearer, mergeScopes(scope, []), undefined, response.url.origin);
  const header = context.tokens.known(token) ?? (await context.tokens.fetch(token, call));
  return await context.http.request({
    url: response.url,
    headers: { accept: request.accept },
    secretHeaders: { authorization: `Bearer ${header}` },
    maxBytes: request.maxBytes,
    deadline: call.deadline,
    namedBy: home,
    onHop: (hop) => call.onHop(hop, request.note),
  });
}

function tokenRequest(
  challenge: Challenge,
  scopes: readonly string[],
  credentials: Credentials | undefined,
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

function readChallenges(response: HttpResponse): readonly Challenge[] {
  return parseChallenges(response.headers['www-authenticate'] ?? []);
}

function isAt(response: HttpResponse, origin: string): boolean {
  return response.url.origin === new URL(origin).origin;
}

function checkCredentials(found: Credentials | undefined): Credentials | undefined {
  if (found !== undefined && 'token' in found && !/^[\x21-\x7e]+$/.test(found.token))
    throw new OciError('invalid-config', 'the token is not printable ASCII');
  return found;
}
