import { describe, expect, it } from 'vitest';
import {
  failure,
  type FakeServer,
  manifestBytes,
  recorder,
  type Route,
  type Seen,
  types,
} from '../../test/fake-registry.ts';
import { repositoryAt, serve } from '../../test/setting.ts';
import { digestOf } from '../index.ts';

const image = manifestBytes();
const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;

/** A registry that wants `Authorization` to satisfy `accepts`, and answers everything else with the challenge. */
function guarded(
  challenge: () => string | string[],
  accepts: (authorization: string, request: Seen) => boolean,
): Route {
  return (request, response) => {
    if (request.authorization !== undefined && accepts(request.authorization, request)) {
      response.writeHead(200, { 'content-type': types.manifest }).end(request.url === '/v2/' ? '{}' : image);
    } else {
      response.setHeader('www-authenticate', challenge());
      response.writeHead(401).end('{"errors":[{"code":"UNAUTHORIZED"}]}');
    }
  };
}

describe('Basic', () => {
  it('is sent after the challenge, once', async () => {
    const server = await serve(
      guarded(
        () => 'Basic realm="x"',
        (value) => value === basic('user:pass:word'),
      ),
    );
    const repository = repositoryAt(server, { credentials: { username: 'user', password: 'pass:word' } });
    await repository.fetchManifest('v1');
    await repository.fetchManifest('v2');
    expect(server.seen.map((seen) => [seen.url, seen.authorization !== undefined])).toEqual([
      ['/v2/', false],
      ['/v2/acme/app/manifests/v1', true],
      ['/v2/acme/app/manifests/v2', true],
    ]);
  });

  it('refused is final', async () => {
    const server = await serve(
      guarded(
        () => 'Basic realm="x"',
        () => false,
      ),
    );
    const error = await failure(
      repositoryAt(server, { credentials: { username: 'user', password: 'hunter2' } }).fetchManifest('v1'),
    );
    expect(error).toMatchObject({ code: 'unauthorized', status: 401, registryCodes: ['UNAUTHORIZED'] });
    expect(server.seen.filter((seen) => seen.authorization !== undefined)).toHaveLength(1);
    expect(JSON.stringify([error, error.message, error.stack])).not.toMatch(/hunter2|aHVudGVyMg/);
  });

  it('goes to the exact host it is for and to no other', async () => {
    const server = await serve(
      guarded(
        () => 'Basic realm="x"',
        () => true,
      ),
    );
    const { host } = server;
    for (const registry of [host.replace(/:\d+$/, ':1'), 'localhost', `x.${host}`.replace('127.0.0.1', 'test')]) {
      const repository = repositoryAt(server, { credentials: { username: 'u', password: 'p', registry } });
      expect((await failure(repository.fetchManifest('v1'))).code).toBe('unauthorized');
    }
    expect(
      (
        await repositoryAt(server, { credentials: { username: 'u', password: 'p', registry: host } }).fetchManifest(
          'v1',
        )
      ).digest,
    ).toBe(digestOf(image));
  });
});

describe('Bearer', () => {
  async function withTokens(
    tokenRoute: Route,
    challenge?: (realm: string) => string | string[],
  ): Promise<{ server: FakeServer; tokens: FakeServer }> {
    const tokens = await serve(tokenRoute);
    const realm = `${tokens.url}/token`;
    const server = await serve(
      guarded(
        () => challenge?.(realm) ?? `Bearer realm="${realm}",service="reg"`,
        (value) => value === 'Bearer good',
      ),
    );
    return { server, tokens };
  }
  const good: Route = (_, response) => response.end('{"token":"good","expires_in":300}');

  it('is fetched anonymously and kept', async () => {
    const { server, tokens } = await withTokens(good);
    const repository = repositoryAt(server);
    const { looks, onRequest } = recorder();
    await repository.fetchManifest('v1', { onRequest });
    await repository.fetchManifest('v2');
    expect(tokens.seen.map((seen) => [seen.method, seen.url, seen.authorization])).toEqual([
      ['GET', '/token?service=reg&scope=repository%3Aacme%2Fapp%3Apull', undefined],
    ]);
    expect(server.seen.map((seen) => seen.authorization)).toEqual([undefined, 'Bearer good', 'Bearer good']);
    expect(looks.map((look) => [look.status, look.note])).toEqual([
      [401, undefined],
      [200, 'token'],
      [200, undefined],
    ]);
    expect(JSON.stringify(looks)).not.toContain('good');
  });

  it('is fetched with the credentials, and never shown', async () => {
    const { server, tokens } = await withTokens(good);
    const { looks, onRequest } = recorder();
    await repositoryAt(server, { credentials: { username: 'u', password: 'hunter2' } }).fetchManifest('v1', {
      onRequest,
    });
    expect(tokens.seen[0]?.authorization).toBe(basic('u:hunter2'));
    expect(server.seen.map((seen) => seen.authorization)).toEqual([undefined, 'Bearer good']);
    expect(JSON.stringify(looks)).not.toMatch(/hunter2|dTpodW50|good/);
  });

  it('is fetched once by calls at the same time', async () => {
    const waiting: (() => void)[] = [];
    const { server, tokens } = await withTokens((_, response) =>
      waiting.push(() => response.end('{"access_token":"good"}')),
    );
    const repository = repositoryAt(server);
    const { signal } = new AbortController();
    const calls = ['a', 'b', 'c', 'd'].map((tag) => repository.fetchManifest(tag, { signal }));
    while (server.seen.length < 4 || waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    for (const answer of waiting) answer();
    await Promise.all(calls);
    expect(tokens.seen).toHaveLength(1);
  });

  it('continues for the others when the call that started it is aborted', async () => {
    const waiting: (() => void)[] = [];
    const { server } = await withTokens((_, response) => waiting.push(() => response.end('{"token":"good"}')));
    const repository = repositoryAt(server);
    const controller = new AbortController();
    const first = failure(repository.fetchManifest('a', { signal: controller.signal }));
    while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
    const second = repository.fetchManifest('b');
    while (server.seen.length < 1) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    expect((await first).code).toBe('aborted');
    for (const answer of waiting) answer();
    expect((await second).digest).toBe(digestOf(image));
  });

  it('is fetched anew when the registry no longer takes it', async () => {
    let current = 0;
    const tokens = await serve((_, response) => response.end(`{"token":"t${++current}"}`));
    const server = await serve(
      guarded(
        () => `Bearer realm="${tokens.url}/token"`,
        (value) => value === `Bearer t${current}`,
      ),
    );
    const repository = repositoryAt(server);
    await repository.fetchManifest('v1');
    current = 5; // the first token is now refused
    await repository.fetchManifest('v2');
    expect(tokens.seen).toHaveLength(2);
  });

  it('refused although fresh is final', async () => {
    const { server, tokens } = await withTokens((_, response) => response.end('{"token":"weak"}'));
    expect((await failure(repositoryAt(server).fetchManifest('v1'))).code).toBe('unauthorized');
    expect([server.seen.length, tokens.seen.length]).toEqual([2, 1]);
  });

  it('is asked for again with the scope the registry names, first', async () => {
    const { server, tokens } = await withTokens(
      (request, response) =>
        response.end(JSON.stringify({ token: request.url.includes('scope=aws') ? 'good' : 'weak' })),
      (realm) => `Bearer realm="${realm}",scope="aws",error="insufficient_scope"`,
    );
    const repository = repositoryAt(server);
    await repository.fetchManifest('v1');
    await repository.fetchManifest('v2');
    expect(tokens.seen.map((seen) => new URL(seen.url, 'http://x').searchParams.getAll('scope'))).toEqual([
      ['repository:acme/app:pull'],
      ['aws', 'repository:acme/app:pull'],
    ]);
  });

  it('is preferred to Basic, in one header or two, and keeps the query of the realm', async () => {
    for (const join of [(a: string, b: string) => `${a},${b}`, (a: string, b: string) => [b, a]]) {
      const { server, tokens } = await withTokens(good, (realm) =>
        join(`Bearer realm="${realm}?x=1",service="s",scope="*"`, 'Basic realm="b"'),
      );
      await repositoryAt(server, { credentials: { username: 'u', password: 'p' } }).fetchManifest('v1');
      expect(tokens.seen[0]?.url).toContain('/token?x=1&service=s&scope=');
    }
  });

  it('comes from an identity token by POST', async () => {
    const { server, tokens } = await withTokens((_, response) => response.end('{"access_token":"good"}'));
    await repositoryAt(server, { credentials: { identityToken: 'refresh-me' } }).fetchManifest('v1');
    expect(tokens.seen[0]).toMatchObject({ method: 'POST', url: '/token', authorization: undefined });
    expect(Object.fromEntries(new URLSearchParams(tokens.seen[0]?.body))).toEqual({
      grant_type: 'refresh_token',
      refresh_token: 'refresh-me',
      client_id: 'oci-client-lite',
      service: 'reg',
      scope: 'repository:acme/app:pull',
    });
  });

  it.each<[string, Route, string]>([
    [
      '401',
      (_, response) => response.writeHead(401).end('{"details":"incorrect username or password"}'),
      'unauthorized',
    ],
    ['403', (_, response) => response.writeHead(403).end('{"errors":[{"code":"DENIED"}]}'), 'denied'],
    ['404, which is not "no such image"', (_, response) => response.writeHead(404).end(), 'unauthorized'],
    ['429', (_, response) => response.writeHead(429, { 'retry-after': '900' }).end(), 'rate-limited'],
    ['500', (_, response) => response.writeHead(500).end(), 'server-error'],
    ['no token', (_, response) => response.end('{}'), 'invalid-response'],
    ['a token that breaks a header', (_, response) => response.end('{"token":"a\\r\\nx: y"}'), 'invalid-response'],
    ['no JSON', (_, response) => response.end('secret stuff'), 'invalid-response'],
    ['too much', (_, response) => response.end(`{"token":"${'x'.repeat(70_000)}"}`), 'too-large'],
    [
      'a redirect to http elsewhere',
      (_, response) => response.writeHead(302, { location: 'http://example.test/' }).end(),
      'blocked-redirect',
    ],
  ])('fails when the token server answers %s', async (_, route, code) => {
    const { server } = await withTokens(route);
    const error = await failure(repositoryAt(server).fetchManifest('v1'));
    expect(error.code).toBe(code);
    expect(`${error.message} ${String(error.cause)}`).not.toContain('secret stuff');
  });

  it.each([
    'http://169.254.169.254/token',
    'http://example.test/token',
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
    'not a url',
    'http://u:p@127.0.0.1:1/',
  ])('is not asked for at %s', async (realm) => {
    const server = await serve(
      guarded(
        () => `Bearer realm="${realm}"`,
        () => false,
      ),
    );
    expect(
      (await failure(repositoryAt(server, { credentials: { username: 'u', password: 'p' } }).fetchManifest('v1'))).code,
    ).toBe('blocked-redirect');
  });
});
