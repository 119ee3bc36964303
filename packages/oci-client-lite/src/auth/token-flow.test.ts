import { describe, expect, it } from 'vitest';
import { failure, type FakeServer, manifestBytes, type Route, types } from '../../test/fake-registry.ts';
import { repositoryAt, serve } from '../../test/setting.ts';
import type { Credentials } from '../index.ts';

const image = manifestBytes();
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** A registry that lets `accepts` in, and sends everyone else to `realm`. */
async function registryOf(realm: string, accepts: (authorization: string) => boolean): Promise<FakeServer> {
  return await serve((request, response) => {
    if (request.authorization !== undefined && accepts(request.authorization))
      response.writeHead(200, { 'content-type': types.manifest }).end(request.url === '/v2/' ? '{}' : image);
    else response.writeHead(401, { 'www-authenticate': `Bearer realm="${realm}",service="reg"` }).end();
  });
}

async function withTokens(tokenRoute: Route): Promise<{ registry: FakeServer; tokens: FakeServer }> {
  const tokens = await serve(tokenRoute);
  const registry = await registryOf(`${tokens.url}/token`, (value) => value.startsWith('Bearer good'));
  return { registry, tokens };
}

describe('an identity token', () => {
  const identity = { identityToken: 'refresh-1', username: 'u', password: 'p' };
  it.each<[string, number, string]>([
    ['404', 404, 'not found'],
    ['405', 405, ''],
    ['400 unsupported_grant_type', 400, '{"error":"unsupported_grant_type"}'],
    ['400 UNSUPPORTED', 400, '{"errors":[{"code":"UNSUPPORTED"}]}'],
  ])('gives way to a GET with the password where the server answers %s', async (_, status, body) => {
    const { registry, tokens } = await withTokens((request, response) => {
      if (request.method === 'POST') response.writeHead(status).end(body);
      else response.end('{"token":"good"}');
    });
    await repositoryAt(registry, { credentials: identity }).fetchManifest('v1');
    expect(tokens.seen.map((seen) => [seen.method, seen.authorization])).toEqual([
      ['POST', undefined],
      ['GET', basic('u:p')],
    ]);
    expect(tokens.seen[1]?.url).not.toContain('refresh-1');
  });

  it.each([
    [400, '{"error":"invalid_grant"}'],
    [401, ''],
    [403, ''],
    [500, ''],
  ])('refused with %i is final', async (status, body) => {
    const { registry, tokens } = await withTokens((_, response) => response.writeHead(status).end(body));
    const error = await failure(repositoryAt(registry, { credentials: identity, retries: 0 }).fetchManifest('v1'));
    expect(error.code).toBe(status === 403 ? 'denied' : status === 500 ? 'server-error' : 'unauthorized');
    expect(error.registryCodes).toEqual(body === '' ? [] : ['invalid_grant']);
    expect(tokens.seen.map((seen) => seen.method)).toEqual(['POST']);
  });

  it('is replaced by the one the server hands out', async () => {
    let time = 0;
    const { registry, tokens } = await withTokens((_, response) =>
      response.end('{"access_token":"good","refresh_token":"refresh-2"}'),
    );
    const repository = repositoryAt(registry, { credentials: { identityToken: 'refresh-1' }, now: () => time });
    await repository.fetchManifest('v1');
    time += 60_000;
    await repository.fetchManifest('v1');
    expect(tokens.seen.map((seen) => new URLSearchParams(seen.body).get('refresh_token'))).toEqual([
      'refresh-1',
      'refresh-2',
    ]);
  });
});

describe('the password grant', () => {
  const credentials = { username: 'u', password: 'p&w' };
  const route: Route = (_, response) => response.end('{"access_token":"good"}');

  it('is used only if asked for', async () => {
    for (const passwordGrant of [false, true]) {
      const { registry, tokens } = await withTokens(route);
      await repositoryAt(registry, { credentials, passwordGrant }).fetchManifest('v1');
      const [seen] = tokens.seen;
      expect([seen?.method, seen?.authorization]).toEqual(
        passwordGrant ? ['POST', undefined] : ['GET', basic('u:p&w')],
      );
      if (passwordGrant)
        expect(Object.fromEntries(new URLSearchParams(seen?.body))).toEqual({
          grant_type: 'password',
          username: 'u',
          password: 'p&w',
          client_id: 'oci-client-lite',
          scope: 'repository:acme/app:pull',
          service: 'reg',
        });
    }
  });
});

describe('a token', () => {
  it.each([
    ['its lifetime less ten seconds', '"expires_in":300', 290_000],
    ['a minute when it does not say', '"x":1', 50_000],
    ['never less than a minute', '"expires_in":1', 50_000],
  ])('is used for %s', async (_, says, lifeMs) => {
    let time = 1_000_000;
    const { registry, tokens } = await withTokens((__, response) => response.end(`{"token":"good",${says}}`));
    const repository = repositoryAt(registry, { now: () => time });
    await repository.fetchManifest('v1');
    time += lifeMs - 1;
    await repository.fetchManifest('v1');
    expect(tokens.seen).toHaveLength(1);
    time += 1;
    await repository.fetchManifest('v1');
    expect(tokens.seen).toHaveLength(2);
  });

  it('may come in either field', async () => {
    for (const body of ['{"token":"good"}', '{"access_token":"good"}', '{"token":"old","access_token":"good"}']) {
      const { registry } = await withTokens((_, response) => response.end(body));
      await repositoryAt(registry).fetchManifest('v1');
    }
  });
});

describe('realmPolicy', () => {
  it('same-host takes the token server of the registry’s own host only', async () => {
    const { registry } = await withTokens((_, response) => response.end('{"token":"good"}'));
    await repositoryAt(registry, { realmPolicy: 'same-host' }).fetchManifest('v1');
    const elsewhere = await registryOf('http://localhost:1/token', () => false);
    const error = await failure(repositoryAt(elsewhere, { realmPolicy: 'same-host' }).fetchManifest('v1'));
    expect(error).toMatchObject({ code: 'blocked-redirect', url: 'http://localhost:1/token' });
  });

  it('as a function is asked before anything is sent', async () => {
    const { registry, tokens } = await withTokens((_, response) => response.end('{"token":"good"}'));
    const asked: string[] = [];
    const policy = (realm: URL, host: string): boolean => {
      asked.push(`${realm.href} ${host}`);
      return false;
    };
    const error = await failure(
      repositoryAt(registry, { realmPolicy: policy, credentials: { username: 'u', password: 'p' } }).fetchManifest(
        'v1',
      ),
    );
    expect(error.code).toBe('blocked-redirect');
    expect(asked).toEqual([`${tokens.url}/token ${registry.host}`]);
    expect(tokens.seen).toEqual([]);
  });
});

describe('credentials that expire', () => {
  it('of a keychain are asked for again after a 403, once, when they are older than a minute', async () => {
    let time = 0;
    let password = 'old';
    let valid = 'old';
    const registry = await serve((request, response) => {
      if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else if (request.authorization === basic(`AWS:${valid}`))
        response.writeHead(200, { 'content-type': types.manifest }).end(image);
      else response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}');
    });
    let asked = 0;
    const keychain = (): Credentials => {
      asked += 1;
      return { username: 'AWS', password };
    };
    const repository = repositoryAt(registry, { credentials: keychain, now: () => time });
    await repository.fetchManifest('v1');
    valid = password = 'new';
    time = 59_000;
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('denied');
    expect(asked).toBe(1);
    time = 61_000;
    await repository.fetchManifest('v1');
    expect(asked).toBe(2);
    valid = 'newer';
    time = 130_000;
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('denied');
    expect(asked).toBe(3);
  });
});

describe('what would explain a refusal', () => {
  it('names the helper that is not installed', async () => {
    const registry = await serve((_, response) =>
      response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end(),
    );
    const dockerConfig = { credHelpers: { [registry.host]: 'not-there' } };
    const error = await failure(repositoryAt(registry, { dockerConfig }).fetchManifest('v1'));
    expect(error.code).toBe('unauthorized');
    expect(error.message).toContain('docker-credential-not-there');
    expect(error.message).toContain('is not installed');
  });
});

describe('a 401 without a challenge', () => {
  it('sends us to /v2/ for one', async () => {
    const tokens = await serve((_, response) => response.end('{"token":"good"}'));
    const registry = await serve((request, response) => {
      if (request.url === '/v2/')
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${tokens.url}/t",service="s"` }).end();
      else if (request.authorization === 'Bearer good')
        response.writeHead(200, { 'content-type': types.manifest }).end(image);
      else response.writeHead(401).end();
    });
    await repositoryAt(registry).fetchManifest('v1');
    expect(registry.seen.map((seen) => seen.url)).toEqual([
      '/v2/acme/app/manifests/v1',
      '/v2/',
      '/v2/acme/app/manifests/v1',
    ]);
  });
});

describe('HttpHeaders of the Docker configuration', () => {
  const dockerConfig = {
    auths: { 'registry.corp.example': { username: 'u', password: 'p' } },
    HttpHeaders: { 'X-Meta': 'secret', 'Private-Token': 'secret' },
  };

  it('go to the registry that the caller names, and not to the target of its redirects', async () => {
    const storage = await serve((_, response) =>
      response.writeHead(200, { 'content-type': types.manifest }).end(image),
    );
    const registry = await serve((_, response) => response.writeHead(307, { location: `${storage.url}/x` }).end());
    await repositoryAt(registry, { dockerConfig, httpHeadersFor: [new URL(registry.url).host] }).fetchManifest('v1');
    expect(registry.seen[0]?.headers['x-meta']).toBe('secret');
    expect(storage.seen[0]?.headers['x-meta']).toBeUndefined();
  });

  it.each([undefined, [], ['registry.corp.example'], ['127.0.0.1'], ['127.0.0.1:1']])(
    'go to no other registry: httpHeadersFor %j',
    async (httpHeadersFor) => {
      const registry = await serve((_, response) =>
        response.writeHead(200, { 'content-type': types.manifest }).end(image),
      );
      await repositoryAt(registry, { dockerConfig, httpHeadersFor }).fetchManifest('v1');
      expect(registry.seen.length).toBeGreaterThan(0);
      for (const { headers } of registry.seen)
        expect([headers['x-meta'], headers['private-token']]).toEqual([undefined, undefined]);
    },
  );
});
