import { expect, test } from 'vitest';
import { type BearerAccess, EMPTY_CONFIG, type FakeRegistry, MEDIA_TYPE, manifestOf, startRegistry } from '../index.ts';

const basic = `Basic ${Buffer.from('alice:s3cret').toString('base64')}`;

async function start(access: Parameters<typeof startRegistry>[0]): Promise<FakeRegistry> {
  const registry = await startRegistry(access);
  for (const repository of ['a/b', 'c/d']) {
    registry.putManifest(repository, manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
  }
  return registry;
}

async function read(registry: FakeRegistry, authorization?: string, path = 'a/b/manifests/v1'): Promise<Response> {
  const answer = await fetch(
    `${registry.url}/v2/${path}`,
    authorization === undefined ? {} : { headers: { authorization } },
  );
  await answer.arrayBuffer();
  return answer;
}

async function token(registry: FakeRegistry, scope = 'repository:a/b:pull', authorization?: string): Promise<Response> {
  const query = new URLSearchParams({ service: 'fake registry', scope });
  return fetch(
    `${registry.url}/token?${query.toString()}`,
    authorization === undefined ? {} : { headers: { authorization } },
  );
}

async function bearer(answer: Response): Promise<string> {
  return `Bearer ${((await answer.json()) as { token: string }).token}`;
}

test('asks for user and password', async () => {
  await using registry = await start({ access: { kind: 'basic', username: 'alice', password: 's3cret' } });
  const refused = await read(registry);
  expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="fake registry"']);
  expect((await read(registry, `${basic}x`)).status).toBe(401);
  expect((await read(registry, basic)).status).toBe(200);
  expect(registry.requests.map(({ authorized }) => authorized)).toEqual([false, false, true]);
});

test('challenges for a token that its endpoint gives to everybody', async () => {
  await using registry = await start({ access: { kind: 'bearer' } });
  expect((await read(registry)).headers.get('www-authenticate')).toBe(
    `Bearer realm="${registry.url}/token",service="fake registry",scope="repository:a/b:pull"`,
  );
  expect((await read(registry, undefined, '')).headers.get('www-authenticate')).not.toContain('scope');
  const answer = await token(registry);
  expect(await answer.clone().json()).toMatchObject({ expires_in: 300 });
  const authorization = await bearer(answer);
  expect((await read(registry, authorization)).status).toBe(200);
  expect((await read(registry, authorization, '')).status).toBe(200);
});

test('gives tokens only to its user if it has one', async () => {
  await using registry = await start({ access: { kind: 'bearer', username: 'alice', password: 's3cret' } });
  expect((await token(registry)).status).toBe(401);
  expect((await read(registry, await bearer(await token(registry, undefined, basic)))).status).toBe(200);
});

test('refuses a token for another repository and says so', async () => {
  await using registry = await start({ access: { kind: 'bearer' } });
  const authorization = await bearer(await token(registry));
  const refused = await read(registry, authorization, 'c/d/manifests/v1');
  expect(refused.status).toBe(401);
  expect(refused.headers.get('www-authenticate')).toContain('scope="repository:c/d:pull",error="insufficient_scope"');
});

test('grants several scopes, but only those it may', async () => {
  await using registry = await start({ access: { kind: 'bearer', repositories: ['c/d'] } });
  const authorization = await bearer(await token(registry, 'repository:a/b:pull repository:c/d:pull,push'));
  expect((await read(registry, authorization)).status).toBe(401);
  expect((await read(registry, authorization, 'c/d/manifests/v1')).status).toBe(200);
});

test('lets tokens expire by its clock', async () => {
  let now = 0;
  await using registry = await start({ access: { kind: 'bearer', expiresIn: 60 }, now: () => now });
  const authorization = await bearer(await token(registry));
  now = 59_999;
  expect((await read(registry, authorization)).status).toBe(200);
  now = 60_000;
  expect((await read(registry, authorization)).headers.get('www-authenticate')).toContain('error="invalid_token"');
});

test('invalidates the tokens issued so far, once', async () => {
  await using registry = await start({ access: { kind: 'bearer' } });
  const old = await bearer(await token(registry));
  registry.invalidateTokens();
  expect((await read(registry, old)).status).toBe(401);
  expect((await read(registry, await bearer(await token(registry)))).status).toBe(200);
});

test.each<[string, Partial<BearerAccess>, string[]]>([
  ['both fields', {}, ['access_token', 'expires_in', 'issued_at', 'token']],
  ['Azure', { tokenField: 'access_token' }, ['access_token', 'expires_in', 'issued_at']],
  ['no lifetime', { tokenField: 'token', sayExpiry: false }, ['issued_at', 'token']],
])('answers in the fields of %s', async (_, access, fields) => {
  await using registry = await start({ access: { kind: 'bearer', ...access } });
  expect(Object.keys((await (await token(registry)).json()) as object).toSorted()).toEqual(fields);
});

test.each([
  [{ grant_type: 'refresh_token', refresh_token: 'r' }, { refreshToken: 'r' }, 200],
  [{ grant_type: 'refresh_token', refresh_token: 'x' }, { refreshToken: 'r' }, 401],
  [{ grant_type: 'refresh_token', refresh_token: 'r' }, {}, 404],
  [{ grant_type: 'password', username: 'alice', password: 'p' }, { username: 'alice', password: 'p' }, 200],
  [{ grant_type: 'password', username: 'alice', password: 'x' }, { username: 'alice', password: 'p' }, 401],
  [{ grant_type: 'guess' }, {}, 400],
])('answers the grant %o of a server with %o with %i', async (form, access, status) => {
  await using registry = await start({ access: { kind: 'bearer', ...access } });
  const body = new URLSearchParams({ ...form, scope: 'repository:a/b:pull' });
  const answer = await fetch(`${registry.url}/token`, { method: 'POST', body });
  expect(answer.status).toBe(status);
  if (status === 200) expect((await read(registry, await bearer(answer))).status).toBe(200);
});

test('challenges with a realm of the attacker when told to', async () => {
  await using registry = await start({ access: { kind: 'bearer', realm: 'http://169.254.169.254/' } });
  expect((await read(registry)).headers.get('www-authenticate')).toContain('realm="http://169.254.169.254/"');
});

test('has no token endpoint without bearer access', async () => {
  await using registry = await start({});
  expect((await token(registry)).status).toBe(404);
});
