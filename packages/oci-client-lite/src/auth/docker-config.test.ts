import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failure } from '../../test/fake-registry.ts';
import type { ConfigSource } from './config-location.ts';
import { runCredentialHelper } from './credential-helper.ts';
import { createConfigCredentials } from './docker-config.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'config-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

async function dockerCredentials(registry: string, repository: string, source: ConfigSource) {
  return (await createConfigCredentials(source, () => 0).find(registry, repository, false)).credentials;
}

const auth = (text: string): { auth: string } => ({ auth: Buffer.from(text).toString('base64') });
const find = (
  dockerConfig: object,
  registry: string,
  repository: string = 'acme/app',
  env: Record<string, string> = {},
) => dockerCredentials(registry, repository, { dockerConfig, env });

describe('which entry serves a host', () => {
  it.each<[string, string, boolean]>([
    ['ghcr.io', 'ghcr.io', true],
    ['https://ghcr.io', 'ghcr.io', true],
    ['https://ghcr.io/v2/', 'ghcr.io', true],
    ['GHCR.io', 'ghcr.io', true],
    ['ghcr.io/acme', 'ghcr.io', true],
    ['ghcr.io/acme/app', 'ghcr.io', true],
    ['ghcr.io/acm', 'ghcr.io', false],
    ['ghcr.io/other', 'ghcr.io', false],
    // An address serves its host, whatever path it has: docker, podman, crane and oras agree.
    ['https://ghcr.io/acme', 'ghcr.io', true],
    ['https://ghcr.io/other', 'ghcr.io', true],
    ['https://ghcr.io/artifactory/api/docker/x', 'ghcr.io', true],
    ['http://ghcr.io', 'ghcr.io', true],
    ['https://ghcr.io/', 'ghcr.io', true],
    ['https://ghcr.io/v2', 'ghcr.io', true],
    ['HTTPS://GHCR.io', 'ghcr.io', true],
    ['oci://ghcr.io', 'ghcr.io', true],
    ['//ghcr.io', 'ghcr.io', true],
    [' ghcr.io', 'ghcr.io', true],
    ['ghcr.io/', 'ghcr.io', true],
    ['ghcr.io/v1/', 'ghcr.io', true],
    ['ghcr.io/v2', 'ghcr.io', true],
    ['ghcr.io/acme/', 'ghcr.io', true],
    ['ghcr.io/other/', 'ghcr.io', false],
    ['https://ghcr.io.evil.test/ghcr.io', 'ghcr.io', false],
    ['https://u@ghcr.io', 'ghcr.io', false],
    ['https://ghcr.io:5000/v2/', 'ghcr.io', false],
    ['*.io', 'ghcr.io', false],
    ['https://', 'ghcr.io', false],
    ['ghcr.io', 'ghcr.io.evil.test', false],
    ['ghcr.io', 'notghcr.io', false],
    ['ghcr.io', 'ghcr.io:5000', false],
    ['ghcr.io:5000', 'ghcr.io', false],
    ['a/ghcr.io', 'ghcr.io', false],
    ['https://index.docker.io/v1/', 'index.docker.io', true],
    ['docker.io', 'index.docker.io', true],
    ['https://index.docker.io/v1/', 'docker.io.evil.test', false],
  ])('%s for %s: %s', async (key, registry, expected) => {
    expect(await find({ auths: { [key]: auth('u:p') } }, registry)).toEqual(
      expected ? { username: 'u', password: 'p' } : undefined,
    );
  });

  it('is the most specific one', async () => {
    const config = {
      auths: { 'r.test': auth('host:1'), 'r.test/acme': auth('acme:2'), 'r.test/acme/app': auth('app:3') },
    };
    expect(await find(config, 'r.test', 'acme/app')).toMatchObject({ username: 'app' });
    expect(await find(config, 'r.test', 'acme/x')).toMatchObject({ username: 'acme' });
    expect(await find(config, 'r.test', 'x')).toMatchObject({ username: 'host' });
  });
});

function wrapped(lineBreak: string): { auth: string } {
  return { auth: auth(`u:${'x'.repeat(120)}`).auth.replace(/.{76}/g, `$&${lineBreak}`) };
}

describe('what an entry says', () => {
  it.each<[string, object, unknown]>([
    ['auth with colons in the password', auth('u:p:q'), { username: 'u', password: 'p:q' }],
    ['auth without padding', { auth: 'dTpwcA' }, { username: 'u', password: 'pp' }],
    ['auth with trailing NULs', auth('u:p\0\0'), { username: 'u', password: 'p' }],
    ['auth that base64 wrapped at 76 columns', wrapped('\n'), { username: 'u', password: 'x'.repeat(120) }],
    ['auth wrapped as on Windows', wrapped('\r\n'), { username: 'u', password: 'x'.repeat(120) }],
    ['auth with a line break at its end', { auth: 'dTpwcA==\n' }, { username: 'u', password: 'pp' }],
    ['auth in the alphabet for addresses', { auth: 'dTr_-w' }, { username: 'u', password: '\ufffd\ufffd' }],
    ['a token without a user', auth(':tok'), { username: '', password: 'tok' }],
    ['a password without a user', { username: '', password: 'tok' }, { username: '', password: 'tok' }],
    ['username and password', { username: 'u', password: 'p' }, { username: 'u', password: 'p' }],
    ['identitytoken', { ...auth('00000000-0000-0000-0000-000000000000:'), identitytoken: 'r' }, { identityToken: 'r' }],
    ['registrytoken', { registrytoken: 't' }, { token: 't' }],
    ['nothing', {}, undefined],
  ])('%s', async (_, entry, expected) => {
    expect(await find({ auths: { 'r.test': entry } }, 'r.test')).toEqual(expected);
  });

  it('fails only when the bad entry is the one for this host, without quoting it', async () => {
    const config = {
      auths: { 'bad.test': { auth: 'hunter2!' }, 'no-colon.test': auth('hunter2'), 'r.test': auth('u:p') },
    };
    expect(await find(config, 'r.test')).toEqual({ username: 'u', password: 'p' });
    for (const host of ['bad.test', 'no-colon.test']) {
      const error = await failure(find(config, host));
      expect(error.code).toBe('invalid-config');
      expect(String(error)).not.toContain('hunter2');
    }
  });
});

describe('an entry that is bad', () => {
  const good = { 'r.test': auth('u:p') };
  it.each<[string, object]>([
    ['auth of another host', { auths: { ...good, 'bad.test': { auth: '%%%' } } }],
    ['null for another host', { auths: { ...good, 'bad.test': null } }],
    ['text for another host', { auths: { ...good, 'bad.test': 'x' } }],
    ['null under another spelling', { auths: { ...good, 'https://r.test': null } }],
    ['null for another helper', { auths: good, credHelpers: { 'x.test': null } }],
    ['null helpers', { auths: good, credHelpers: null, credsStore: null, HttpHeaders: null }],
    ['a header that is a number', { auths: good, HttpHeaders: { 'X-Meta': 1 } }],
  ])('never spoils a good one: %s', async (_, config) => {
    expect(await find(config, 'r.test')).toEqual({ username: 'u', password: 'p' });
  });

  it('counts as missing when it is null', async () => {
    expect(await find({ auths: { 'r.test': null } }, 'r.test')).toBeUndefined();
    expect(await find({ auths: null }, 'r.test')).toBeUndefined();
  });

  it('names host, file and field', async () => {
    const error = await failure(find({ auths: { 'r.test': { auth: 7 } } }, 'r.test'));
    expect(error.message).toBe('the credentials for r.test in the dockerConfig option are malformed (at auth)');
  });
});

describe('where it is read from', () => {
  const at = (env: Record<string, string>, dockerConfig?: string) =>
    dockerCredentials('r.test', 'a', { env, dockerConfig });
  const config = (who: string): string => JSON.stringify({ auths: { 'r.test': auth(`${who}:p`) } });

  it('is DOCKER_AUTH_CONFIG, then $DOCKER_CONFIG, then the home directory', async () => {
    await mkdir(join(directory, '.docker'));
    await writeFile(join(directory, '.docker', 'config.json'), config('home'));
    await writeFile(join(directory, 'config.json'), config('named'));
    expect(await at({ HOME: directory })).toMatchObject({ username: 'home' });
    expect(await at({ HOME: directory, DOCKER_CONFIG: directory })).toMatchObject({ username: 'named' });
    expect(await at({ HOME: directory, DOCKER_CONFIG: directory, DOCKER_AUTH_CONFIG: config('env') })).toMatchObject({
      username: 'env',
    });
    expect(await at({ DOCKER_CONFIG: directory, DOCKER_AUTH_CONFIG: '{"auths":{"other.test":{}}}' })).toMatchObject({
      username: 'named',
    });
    expect(await at({}, join(directory, 'config.json'))).toMatchObject({ username: 'named' });
  });

  it('finds no credentials, and raises no error, when there is no file', async () => {
    expect(await at({})).toBeUndefined();
    expect(await at({ HOME: join(directory, 'none') })).toBeUndefined();
    await mkdir(join(directory, 'config.json'));
    expect(await at({ DOCKER_CONFIG: directory })).toBeUndefined();
    expect(
      await dockerCredentials('r.test', 'a', { dockerConfig: false, env: { DOCKER_AUTH_CONFIG: config('x') } }),
    ).toBeUndefined();
  });

  it('must be there and readable when the caller names it', async () => {
    expect((await failure(at({}, join(directory, 'none.json')))).code).toBe('invalid-config');
    await writeFile(join(directory, 'bad.json'), '{"auths": hunter2}');
    const error = await failure(at({}, join(directory, 'bad.json')));
    expect(error.code).toBe('invalid-config');
    expect(`${error.message} ${String(error.cause)}`).not.toContain('hunter2');
    expect((await failure(at({ DOCKER_AUTH_CONFIG: '{"auths":[]}' }))).code).toBe('invalid-config');
  });
});

describe('a file', () => {
  const good = JSON.stringify({ auths: { 'r.test': auth('u:p') } });
  const read = async (content: string | Uint8Array) => {
    await writeFile(join(directory, 'config.json'), content);
    return await dockerCredentials('r.test', 'a', { env: { DOCKER_CONFIG: directory } });
  };

  it.each(['', '\n', ' \r\n', 'null', '{}'])('that holds %j holds no credentials', async (content) => {
    expect(await read(content)).toBeUndefined();
  });

  it('may start with a byte order mark', async () => {
    expect(await read(`\ufeff${good}`)).toMatchObject({ username: 'u' });
  });

  it.each<[string, string | Uint8Array, string]>([
    ['a comma too many', '{\n  "auths": {},\n}', 'config.json is not JSON: line 3, column 1'],
    ['two documents', good + good, `config.json is not JSON: line 1, column ${good.length + 1}`],
    ['a comment', `// mine\n${good}`, 'config.json is not JSON: line 1, column 1'],
    ['no text', Uint8Array.of(0x7b, 0xff), 'config.json is not JSON in UTF-8'],
    ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), 'config.json is in UTF-16, as PowerShell’s “>” writes it'],
    ['a list', '[]', 'config.json is not a Docker configuration (it must be a JSON object)'],
    ['another shape', '{"auths":7}', 'config.json is not a Docker configuration (at auths)'],
  ])('with %s says where', async (_, content, message) => {
    const error = await failure(read(content));
    expect(error.code).toBe('invalid-config');
    expect(error.message).toContain(message);
  });

  it('may be what $DOCKER_CONFIG names itself', async () => {
    await writeFile(join(directory, 'mine.json'), good);
    const env = { DOCKER_CONFIG: join(directory, 'mine.json') };
    expect(await dockerCredentials('r.test', 'a', { env })).toMatchObject({ username: 'u' });
  });

  it('is not what DOCKER_AUTH_CONFIG names', async () => {
    const env = { DOCKER_AUTH_CONFIG: '/home/me/config.json' };
    const error = await failure(dockerCredentials('r.test', 'a', { env }));
    expect(error.message).toMatch(/^DOCKER_AUTH_CONFIG is not JSON: line 1, column 1; .* looks like a path$/);
    expect(await dockerCredentials('r.test', 'a', { env: { DOCKER_AUTH_CONFIG: ' ' } })).toBeUndefined();
  });
});

describe.skipIf(process.platform === 'win32')('credential helpers', () => {
  const env = (): Record<string, string> => ({ PATH: `${directory}${delimiter}${process.env['PATH'] ?? ''}` });
  const install = async (script: string): Promise<void> => {
    const file = join(directory, 'docker-credential-fake');
    await writeFile(file, `#!/bin/sh\n${script}\n`);
    await chmod(file, 0o755);
  };
  const answer = '{"ServerURL":"x","Username":"u","Secret":"s"}';

  it('are asked with the host alone, and decide for it', async () => {
    await install(`read key; [ "$1 $key" = "get r.test:5000" ] && echo '${answer}' || exit 3`);
    const config = { auths: { 'r.test:5000': auth('file:p') }, credHelpers: { 'r.test:5000': 'fake' } };
    expect(await find(config, 'r.test:5000', 'acme/app', env())).toEqual({ username: 'u', password: 's' });
  });

  it('are asked for Docker Hub by its old key', async () => {
    await install(`read key; [ "$key" = "https://index.docker.io/v1/" ] && echo '${answer}' || exit 3`);
    expect(await find({ credsStore: 'fake' }, 'index.docker.io', 'library/x', env())).toMatchObject({ username: 'u' });
  });

  // As docker's CLI does: its credentials were logged out of, and an old entry of the file must not bring them back.
  it('decide alone when they know nothing', async () => {
    await install('echo "credentials not found in native keychain"; exit 1');
    const auths = { 'r.test': auth('file:p') };
    expect(await find({ auths, credHelpers: { 'r.test': 'fake' } }, 'r.test', 'a', env())).toBeUndefined();
    expect(await find({ auths, credsStore: 'fake' }, 'r.test', 'a', env())).toBeUndefined();
  });

  it('are switched off for a host by an empty name, and leave it to the file when not installed', async () => {
    await install(`echo '${answer}'`);
    const auths = { 'r.test': auth('file:p') };
    expect(
      await find({ auths, credsStore: 'fake', credHelpers: { 'r.test': '' } }, 'r.test', 'a', env()),
    ).toMatchObject({ username: 'file' });
    expect(await find({ auths, credsStore: 'missing-helper' }, 'r.test', 'a', env())).toMatchObject({
      username: 'file',
    });
  });

  it('may hand out an identity token', async () => {
    await install(`echo '{"Username":"<token>","Secret":"refresh"}'`);
    expect(await find({ credsStore: 'fake' }, 'r.test', 'a', env())).toEqual({ identityToken: 'refresh' });
  });

  it('are asked once in five minutes for a host, and again when what they said was refused', async () => {
    const count = join(directory, 'count');
    await install(`echo x >> ${count}; echo '${answer}'`);
    let time = 0;
    const source = createConfigCredentials({ dockerConfig: { credsStore: 'fake' }, env: env() }, () => time);
    const asked = async (): Promise<number> => (await readFile(count, 'utf8')).trim().split('\n').length;
    await Promise.all([source.find('r.test', 'a', false), source.find('r.test', 'b', false)]);
    expect(await asked()).toBe(1);
    await source.find('r.test', 'a', true);
    expect(await asked()).toBe(2);
    time = 299_000;
    await source.find('r.test', 'a', false);
    expect(await asked()).toBe(2);
    time = 301_000;
    await source.find('r.test', 'a', false);
    expect(await asked()).toBe(3);
  });

  it('are asked with the key and nothing behind it', async () => {
    const input = join(directory, 'input');
    await install(`cat > ${input}; echo '${answer}'`);
    await find({ credsStore: 'fake' }, 'r.test:5000', 'a', env());
    expect(await readFile(input, 'utf8')).toBe('r.test:5000');
  });

  it('say what went wrong, to standard error or not, without what could be a secret', async () => {
    await install('echo "ERROR: You do not have an active account; token=hunter2 is old" >&2; exit 1');
    const told = await failure(find({ credsStore: 'fake' }, 'r.test', 'a', env()));
    expect(told.message).toBe(
      'docker-credential-fake failed for r.test (exit 1): “ERROR: You do not have an active account; token=[redacted] is old”',
    );
    await install('echo "err: gpg: decryption failed: No secret key"; exit 1');
    expect((await failure(find({ credsStore: 'fake' }, 'r.test', 'a', env()))).message).toContain(
      '“err: gpg: decryption failed: No secret key”',
    );
    await install('exit 0');
    expect((await failure(find({ credsStore: 'fake' }, 'r.test', 'a', env()))).message).toBe(
      'docker-credential-fake answered nothing for r.test',
    );
  });

  it('may say to standard error that they know nothing', async () => {
    await install('echo "credentials not found in native keychain" >&2; exit 1');
    expect(await find({ credsStore: 'fake' }, 'r.test', 'a', env())).toBeUndefined();
  });

  it('that leave a program behind are ended all the same', async () => {
    await install('sleep 60 & wait');
    const started = performance.now();
    const error = await failure(runCredentialHelper('fake', 'r.test', { path: env()['PATH'], timeoutMs: 50 }));
    expect(error.message).toBe('docker-credential-fake did not finish in time (50 ms), asked for r.test');
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('that hang are ended', async () => {
    await install('exec sleep 60');
    const error = await failure(runCredentialHelper('fake', 'r.test', { path: env()['PATH'], timeoutMs: 50 }));
    expect(error).toMatchObject({ code: 'invalid-config', message: expect.stringContaining('in time') as unknown });
  });

  it.each([
    ['fails', 'echo hunter2; exit 1'],
    ['answers nonsense', 'echo hunter2'],
    ['answers too much', 'head -c 100000 /dev/zero'],
  ])('that %s is an error that shows nothing of the answer', async (_, script) => {
    await install(script);
    const error = await failure(find({ credsStore: 'fake' }, 'r.test', 'a', env()));
    expect(error.code).toBe('invalid-config');
    expect(JSON.stringify([error, error.message, String(error.cause)])).not.toContain('hunter2');
  });

  it.each(['../evil', '/bin/sh', 'a b', '', '-x'])('are never run by path: %j', async (name) => {
    const found = await find({ credHelpers: { 'r.test': name } }, 'r.test').catch(
      (error: { code: string }) => error.code,
    );
    expect(found).toBe(name === '' ? undefined : 'invalid-config');
  });
});
