import { expect, test } from 'vitest';
import { startRegistry } from '../index.ts';

test('records what was asked, in order, without secrets', async () => {
  const access = { kind: 'bearer', username: 'alice', password: 'hunter2', refreshToken: 'refresh-me' } as const;
  await using registry = await startRegistry({ access });
  const authorization = `Basic ${Buffer.from('alice:hunter2').toString('base64')}`;
  const answer = await fetch(`${registry.url}/token?scope=repository:a/b:pull&refresh_token=refresh-me`, {
    headers: { authorization },
  });
  const { token } = (await answer.json()) as { token: string };
  const headers = { authorization: `Bearer ${token}`, accept: 'x/y', cookie: 'session=c00kie', 'x-api-key': 'k3y' };
  await (await fetch(`${registry.url}/v2/a/b/manifests/v1`, { headers })).text();
  await fetch(`${registry.url}/v2/a/b/tags/list`, { method: 'POST', body: 'refresh_token=refresh-me' });

  expect(registry.requests).toMatchObject([
    { method: 'GET', route: 'token', authorization: 'basic', status: 200 },
    {
      method: 'GET',
      path: '/v2/a/b/manifests/v1',
      route: 'manifest',
      repository: 'a/b',
      name: 'v1',
      authorization: 'bearer',
      authorized: true,
      status: 404,
      headers: { accept: 'x/y', host: registry.host },
    },
    { method: 'POST', route: 'tags', authorization: 'none', authorized: false, status: 401 },
  ]);
  const [, { bytes, headerNames, startedAt, endedAt } = { bytes: 0, headerNames: [], startedAt: 0, endedAt: 0 }] =
    registry.requests;
  expect(bytes).toBeGreaterThan(0);
  expect(headerNames).toEqual(expect.arrayContaining(['authorization', 'cookie', 'x-api-key']));
  expect(endedAt).toBeGreaterThanOrEqual(startedAt);
  const base64 = authorization.slice('Basic '.length);
  for (const text of [JSON.stringify(registry), JSON.stringify(registry.requests), registry.transcript()]) {
    for (const secret of ['hunter2', 'refresh-me', token, base64, 'c00kie', 'k3y']) expect(text).not.toContain(secret);
  }
});

test('writes a transcript for people', async () => {
  await using registry = await startRegistry();
  registry.fail({ route: 'ping', fault: { kind: 'empty' } });
  await (await fetch(`${registry.url}/v2/`)).text();
  expect(registry.transcript()).toMatch(/^GET \/v2\/ → 200, 0 bytes, \d+ ms, fault: empty$/);
});
