import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../test/fake-registry.ts';
import { readConfig } from './config-file.ts';
import { createConfigCredentials } from './docker-config.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'auth-'));
});
afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

const entry = (user: string): object => ({ auth: Buffer.from(`${user}:p`).toString('base64') });
const configOf = (user: string): string => JSON.stringify({ auths: { 'r.test': entry(user) } });

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), text);
}

/** Who would be logged in, with these files (named by their user) and variables (paths below the root). */
async function userWith(files: readonly string[], env: Readonly<Record<string, string>>): Promise<string | undefined> {
  for (const file of files) await write(file, configOf(file));
  const absolute = Object.fromEntries(Object.entries(env).map(([name, path]) => [name, join(root, path)]));
  const found = await createConfigCredentials({ env: { HOME: join(root, 'home'), ...absolute } }, () => 0).find(
    'r.test',
    'a',
    false,
  );
  return found.credentials !== undefined && 'username' in found.credentials ? found.credentials.username : undefined;
}

const docker = 'home/.docker/config.json';
const chosen = 'chosen/config.json';
const registryAuth = 'elsewhere/auth.json';
const runtime = 'run/containers/auth.json';
const configHome = 'xdg/containers/auth.json';
const inHome = 'home/.config/containers/auth.json';
const everywhere = {
  DOCKER_CONFIG: 'chosen',
  REGISTRY_AUTH_FILE: registryAuth,
  XDG_RUNTIME_DIR: 'run',
  XDG_CONFIG_HOME: 'xdg',
};

describe('the file that is read', () => {
  it.each<[string, readonly string[], Readonly<Record<string, string>>, string | undefined]>([
    ['$DOCKER_CONFIG before all', [docker, chosen, registryAuth, runtime, configHome], everywhere, chosen],
    ['the home directory without it', [docker, registryAuth, runtime], { REGISTRY_AUTH_FILE: registryAuth }, docker],
    ['$REGISTRY_AUTH_FILE where Docker has none', [registryAuth, runtime, configHome], everywhere, registryAuth],
    ['the runtime directory of Podman next', [runtime, configHome], everywhere, runtime],
    ['then its configuration', [configHome, inHome], everywhere, configHome],
    ['which is ~/.config otherwise', [inHome], {}, inHome],
    // As go-containerregistry: a Docker file anywhere means Docker, and $DOCKER_CONFIG is where it then looks.
    ['none, when $DOCKER_CONFIG has no file but the home directory has', [docker, runtime], everywhere, undefined],
    ['none at all', [], everywhere, undefined],
  ])('is %s', async (_, files, env, expected) => {
    expect(await userWith(files, env)).toBe(expected);
  });

  it('is not a directory of that name', async () => {
    await mkdir(join(root, docker), { recursive: true });
    expect(await userWith([runtime], { XDG_RUNTIME_DIR: 'run' })).toBe(runtime);
  });

  it('lies below DOCKER_AUTH_CONFIG, which cannot name a program', async () => {
    await write(docker, configOf('file'));
    const find = async (overlay: object) =>
      await createConfigCredentials(
        { env: { HOME: join(root, 'home'), DOCKER_AUTH_CONFIG: JSON.stringify(overlay) } },
        () => 0,
      ).find('r.test', 'a', false);
    expect(await find({ auths: { 'r.test': entry('overlay') } })).toMatchObject({
      credentials: { username: 'overlay' },
    });
    expect(await find({ auths: { 'other.test': entry('overlay') } })).toMatchObject({
      credentials: { username: 'file' },
    });
    expect(await find({ credsStore: '../evil' })).toMatchObject({ credentials: { username: 'file' } });
  });

  it('serves a path-scoped key of Podman to that path only', async () => {
    await write(
      runtime,
      JSON.stringify({
        auths: { 'r.test/team': entry('team'), 'r.test/team/app': entry('app'), 'other.test': entry('x') },
      }),
    );
    const source = createConfigCredentials(
      { env: { HOME: join(root, 'home'), XDG_RUNTIME_DIR: join(root, 'run') } },
      () => 0,
    );
    for (const [repository, user] of [
      ['team/app', 'app'],
      ['team/app/sub', 'app'],
      ['team/application', 'team'],
      ['team', 'team'],
    ] as const)
      expect(await source.find('r.test', repository, false)).toMatchObject({ credentials: { username: user } });
    for (const repository of ['teams', 'other/team', 'x'])
      expect((await source.find('r.test', repository, false)).credentials).toBeUndefined();
  });
});

describe('a Kubernetes pull secret', () => {
  const inner = { auths: { 'r.test': entry('u') } };
  const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');
  it.each<[string, object]>([
    ['the content of .dockerconfigjson', inner],
    ['its base64 under its key', { '.dockerconfigjson': base64(inner) }],
    ['its text under its key', { '.dockerconfigjson': JSON.stringify(inner) }],
    [
      'the whole secret',
      { kind: 'Secret', type: 'kubernetes.io/dockerconfigjson', data: { '.dockerconfigjson': base64(inner) } },
    ],
    [
      'the whole secret with stringData',
      { kind: 'Secret', stringData: { '.dockerconfigjson': JSON.stringify(inner) } },
    ],
    ['the content of .dockercfg', inner.auths],
    ['a secret with .dockercfg', { data: { '.dockercfg': base64(inner.auths) } }],
  ])('is read from %s', async (_, dockerConfig) => {
    const found = await createConfigCredentials({ dockerConfig, env: {} }, () => 0).find('r.test', 'a', false);
    expect(found.credentials).toEqual({ username: 'u', password: 'p' });
  });

  it('that is malformed is an error that shows nothing of it', async () => {
    const find = createConfigCredentials({ dockerConfig: { '.dockerconfigjson': 'hunter2' }, env: {} }, () => 0).find;
    const error = await failure(find('r.test', 'a', false));
    expect(error.code).toBe('invalid-config');
    expect(error.message).not.toContain('hunter2');
  });
});

describe('HttpHeaders', () => {
  it('are kept in lower case, without those that are the client’s own', () => {
    const { HttpHeaders } = readConfig(
      {
        HttpHeaders: {
          'X-Meta': 'a',
          Authorization: 'Basic x',
          'User-Agent': 'x',
          Host: 'evil',
          'Content-Length': '1',
        },
      },
      'x',
    );
    expect(HttpHeaders).toEqual({ 'x-meta': 'a' });
  });

  it.each([{ 'X-A': 'a\r\nX-B: b' }, { 'X-A': 'a\0' }, { 'X A': 'b' }, { 'X-A:': 'b' }])(
    'that would break a request are refused: %j',
    (headers) => {
      expect(() => readConfig({ HttpHeaders: headers }, 'x')).toThrow(
        expect.objectContaining({ code: 'invalid-config' }),
      );
    },
  );
});
