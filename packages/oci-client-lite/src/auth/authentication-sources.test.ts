import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { failure, manifestBytes, type Route, type Seen, types } from '../../test/fake-registry.ts';
import { repositoryAt, serve } from '../../test/setting.ts';

const image = manifestBytes();

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

describe('a ready-made token', () => {
  it('is sent as it is, and not to a token server', async () => {
    const server = await serve(
      guarded(
        () => 'Bearer realm="http://127.0.0.1:1/token"',
        (value) => value === 'Bearer mine',
      ),
    );
    await repositoryAt(server, { credentials: { token: 'mine' } }).fetchManifest('v1');
    expect(server.seen).toHaveLength(1);
    const bad = await failure(repositoryAt(server, { credentials: () => ({ token: 'a\nb' }) }).fetchManifest('v1'));
    expect(bad.code).toBe('invalid-config');
  });
});

describe.skipIf(process.platform === 'win32')('a helper that fails', () => {
  const setUp = async (script: string) => {
    const directory = await mkdtemp(join(tmpdir(), 'helper-'));
    onTestFinished(() => rm(directory, { recursive: true }));
    await writeFile(join(directory, 'docker-credential-broken'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const warnings: string[] = [];
    const options = {
      dockerConfig: { credsStore: 'broken' },
      env: { PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` },
      onWarning: ({ text }: { readonly text: string }) => void warnings.push(text),
    };
    return { options, warnings };
  };
  const failing = 'echo "no active account" >&2; exit 1';

  it('stops no public read, and is told of', async () => {
    const { options, warnings } = await setUp(failing);
    const server = await serve((_, response) => response.setHeader('content-type', types.manifest).end(image));
    await repositoryAt(server, options).fetchManifest('v1');
    expect(server.seen.map(({ authorization }) => authorization)).toEqual([undefined]);
    expect(warnings).toEqual([
      `docker-credential-broken failed for ${server.host} (exit 1): “no active account”; asking without credentials`,
    ]);
  });

  it.each([401, 403])('is what a %i is about', async (status) => {
    const { options } = await setUp(failing);
    const server = await serve((_, response) => response.writeHead(status).end());
    const error = await failure(repositoryAt(server, options).fetchManifest('v1'));
    expect(error.code).toBe('invalid-config');
    expect(error.message).toBe(
      `docker-credential-broken failed for ${server.host} (exit 1): “no active account”; without credentials ${server.host} answers ${status}`,
    );
  });

  it('is named with the manifest that it is attached to', async () => {
    const { options } = await setUp('exec sleep 60');
    const server = await serve((_, response) => response.end());
    const error = await failure(repositoryAt(server, options).fetchManifest('v1', { timeoutMs: 100 }));
    expect(error.code).toBe('timeout');
    expect(error.message).toContain(`docker-credential-broken, asked for ${server.host}, has not answered`);
  });
});

describe('a keychain', () => {
  it('is asked by host and repository, once for calls that follow', async () => {
    const asked: string[][] = [];
    const server = await serve(
      guarded(
        () => 'Basic realm="x"',
        () => true,
      ),
    );
    const repository = repositoryAt(server, {
      credentials: async (registry, path) => {
        asked.push([registry, path]);
        return { username: 'u', password: 'p' };
      },
    });
    await repository.fetchManifest('v1');
    await repository.fetchManifest('v2');
    expect(asked).toEqual([[server.host, 'acme/app']]);
  });
});

describe('another host that wants credentials', () => {
  it('never sees ours after a redirect; it gets an anonymous token of its own', async () => {
    const otherTokens = await serve((_, response) => response.end('{"token":"anonymous"}'));
    const other = await serve(
      guarded(
        () => `Bearer realm="${otherTokens.url}/token",scope="repository:mirror/app:pull"`,
        (value) => value === 'Bearer anonymous',
      ),
    );
    const server = await serve((request, response) => {
      if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(307, { location: `${other.url}/v2/mirror/app/manifests/v1` }).end();
    });
    await repositoryAt(server, { credentials: { username: 'u', password: 'p' } }).fetchManifest('v1');
    expect(other.seen.map((seen) => seen.authorization)).toEqual([undefined, 'Bearer anonymous']);
    expect(otherTokens.seen.map((seen) => [seen.url, seen.authorization])).toEqual([
      ['/token?scope=repository%3Amirror%2Fapp%3Apull', undefined],
    ]);
  });

  it('gets nothing when it asks for Basic', async () => {
    const other = await serve(
      guarded(
        () => 'Basic realm="give"',
        () => true,
      ),
    );
    const server = await serve((request, response) => {
      if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
      else response.writeHead(307, { location: `${other.url}/x` }).end();
    });
    expect(
      (await failure(repositoryAt(server, { credentials: { username: 'u', password: 'p' } }).fetchManifest('v1'))).code,
    ).toBe('unauthorized');
    expect(other.seen.map((seen) => seen.authorization)).toEqual([undefined]);
  });
});
