import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { digest, pathsOf, readWith, serveImages, writeFiles } from '../../test/config-files.ts';
import { openClient } from '../../test/setting.ts';
import { type OptionsFromFiles, readRegistryFiles, type RegistryFiles } from '../index.ts';

/** A file of Linux. Reads of some others of its kind wait until there is news. */
const SAYS_IT_IS_EMPTY = '/proc/self/environ';

async function confOf(text: string, options: RegistryFiles = {}): Promise<OptionsFromFiles> {
  const directory = await writeFiles({ 'registries.conf': text });
  return await readRegistryFiles({ registriesConf: join(directory, 'registries.conf'), ...options });
}

const registry = (lines: string, mirrors: readonly string[] = []): string =>
  `[[registry]]\n${lines}\n${mirrors.map((one) => `[[registry.mirror]]\n${one}\n`).join('')}`;

describe('registries.conf', () => {
  it('sends reads below a prefix to its mirrors, then to its location, and the transcript says where it says so', async () => {
    const [mirror, home] = [await serveImages([]), await serveImages(['copies/app'])];
    const directory = await writeFiles({
      'registries.conf': registry(`prefix = "ghcr.io/acme"\nlocation = "${home.host}/copies"`, [
        `location = "${mirror.host}/of-acme"`,
      ]),
    });
    const file = join(directory, 'registries.conf');
    const options = await readRegistryFiles({ registriesConf: file });
    for (const reference of [`ghcr.io/acme/app@${digest}`, 'ghcr.io/acme/app:v1']) {
      const { answer, looks } = await readWith(options, reference);
      expect(answer).toBe(digest);
      expect(looks.map(({ url, routedBy }) => [url.split('/manifests')[0], routedBy])).toEqual([
        [`http://${mirror.host}/v2/of-acme/app`, `${file}:4:3`],
        [`http://${home.host}/v2/copies/app`, `${file}:1:3`],
      ]);
    }
  });

  it.each<[string, string, string]>([
    ['ghcr.io', 'ghcr.io/acme/app', 'acme/app'],
    ['ghcr.io/acme', 'ghcr.io/acme/app', 'app'],
    ['ghcr.io/acme/app', 'ghcr.io/acme/app', ''],
    ['docker.io', 'app', 'library/app'],
    ['docker.io/library', 'app', 'app'],
    ['index.docker.io', 'app', 'library/app'],
    ['*.acme.example', 'a.b.acme.example/x/app', 'x/app'],
  ])('with the prefix %s, %s is the location and /%s', async (prefix, reference, rest) => {
    const path = rest === '' ? 'copies' : `copies/${rest}`;
    const home = await serveImages([path]);
    const options = await confOf(registry(`prefix = "${prefix}"\nlocation = "${home.host}/copies"`));
    expect((await readWith(options, `${reference}@${digest}`)).answer).toBe(digest);
    expect(pathsOf(home)).toEqual([`/v2/${path}/manifests/${digest}`]);
  });

  it.each(['ghcr.io/acmes/app', 'ghcr.io/acm/app', 'xghcr.io/acme/app', 'acme.example/app'])(
    '%s is not below any of them',
    async (reference) => {
      const mirror = await serveImages(['acme/app']);
      const options = await confOf(
        ['ghcr.io/acme', '*.acme.example']
          .map((prefix) => registry(`prefix = "${prefix}"\nlocation = "${mirror.host}"`))
          .join(''),
      );
      const { answer } = await readWith(
        { ...options, resolve: (_, __, done) => done(new Error('no such host'), []) },
        `${reference}@${digest}`,
      );
      expect([answer.split(':')[0], pathsOf(mirror)]).toEqual(['network', []]);
    },
  );

  it('follows the longest prefix only', async () => {
    const [short, long] = [await serveImages(['acme/app']), await serveImages(['app'])];
    const options = await confOf(
      registry(`prefix = "ghcr.io"\nlocation = "${short.host}"`) +
        registry(`prefix = "ghcr.io/acme"\nlocation = "${long.host}"`),
    );
    expect((await readWith(options, 'ghcr.io/acme/app:v1')).answer).toBe(digest);
    expect([pathsOf(short).length, pathsOf(long).length]).toEqual([0, 1]);
  });

  it.each([
    ['', 'mirror mirror'],
    ['pull-from-mirror = "all"', 'mirror mirror'],
    ['pull-from-mirror = "digest-only"', 'home mirror'],
    ['pull-from-mirror = "tag-only"', 'mirror home'],
    ['mirror-by-digest-only', 'home mirror'],
  ])('%s: a tag and a digest are read from %s', async (setting, expected) => {
    const [mirror, home] = [await serveImages(['acme/app']), await serveImages(['acme/app'])];
    const ofRegistry = setting === 'mirror-by-digest-only' ? 'mirror-by-digest-only = true' : '';
    const options = await confOf(
      registry(`location = "${home.host}"\n${ofRegistry}`, [
        `location = "${mirror.host}"\n${ofRegistry === '' ? setting : ''}`,
      ]),
    );
    const names = new Map([
      [mirror.host, 'mirror'],
      [home.host, 'home'],
    ]);
    const read: (string | undefined)[] = [];
    for (const reference of [`${home.host}/acme/app:v1`, `${home.host}/acme/app@${digest}`]) {
      const { looks } = await readWith(options, reference);
      read.push(names.get(new URL(looks.at(-1)?.url ?? '').host));
    }
    expect(read.join(' ')).toBe(expected);
  });

  it('blocks what it says, and what of it has a port, before anything is asked', async () => {
    const home = await serveImages(['acme/app', 'other/app']);
    const options = await confOf(
      registry('prefix = "blocked.example"\nlocation = "blocked.example"\nblocked = true', [
        `location = "${home.host}"`,
      ]) + registry(`location = "${home.host}/acme"\nblocked = true`),
    );
    for (const reference of ['blocked.example/a', 'blocked.example:5000/a', `${home.host}/acme/app`])
      for (const rest of [':v1', `@${digest}`])
        expect((await readWith(options, reference + rest)).answer).toMatch(
          /^denied: .*registries\.conf:\d+:3 blocks .*: nothing was asked$/,
        );
    expect(pathsOf(home)).toEqual([]);
    expect((await readWith(options, `${home.host}/other/app:v1`)).answer).toBe(digest);
  });

  it.each([
    ['ghcr.io/acme', 'ghcr.io:443/acme/app'],
    ['ghcr.io/acme', 'ghcr.io:0443/acme/app'],
    ['ghcr.io/acme', 'ghcr.io:5000/acme/app'],
    ['ghcr.io/acme', 'GHCR.io/acme/app'],
    ['ghcr.io:443', 'ghcr.io/acme/app'],
    ['docker.io', 'index.docker.io:443/library/app'],
    ['docker.io', 'registry-1.docker.io:443/library/app'],
    ['docker.io/library', 'docker.io:443/library/app'],
    ['docker.io/library', 'app'],
    ['[::1]:5000', '[0:0::1]:5000/app'],
    ['*.acme.example', 'a.acme.example:444/app'],
  ])('blocks with the prefix %s also what is spelt %s', async (prefix, reference) => {
    const options = await confOf(registry(`prefix = "${prefix}"\nlocation = "elsewhere.example"\nblocked = true`));
    expect((await readWith(options, `${reference}:v1`)).answer).toMatch(/^denied: /);
  });

  it.each([
    ['ghcr.io:5000', 'ghcr.io/acme/app'],
    ['ghcr.io/acme', 'ghcr.io/acmes/app'],
    ['*.acme.example', 'acme.example/app'],
    ['*.acme.example', 'a.acme.example.evil.example/app'],
  ])('does not block with the prefix %s what is %s', async (prefix, reference) => {
    const home = await serveImages([reference.split('/').slice(1).join('/')]);
    const host = reference.split('/')[0];
    const options = await confOf(
      registry(`prefix = "${prefix}"\nlocation = "elsewhere.example"\nblocked = true`) +
        registry(`prefix = "${host}"\nlocation = "${home.host}"`),
    );
    expect((await readWith(options, `${reference}:v1`)).answer).toBe(digest);
  });

  it('blocks no port that it names as another registry', async () => {
    const home = await serveImages(['app']);
    const options = await confOf(
      registry('location = "ghcr.io"\nblocked = true') + registry(`prefix = "ghcr.io:5000"\nlocation = "${home.host}"`),
    );
    expect((await readWith(options, 'ghcr.io:5000/app:v1')).answer).toBe(digest);
  });

  it('lists tags and referrers at the location', async () => {
    const home = await serveImages(['copies/app']);
    const options = await confOf(registry(`prefix = "ghcr.io/acme"\nlocation = "${home.host}/copies"`));
    const client = openClient({ dockerConfig: false, env: {}, ...options });
    const repository = client.repository('ghcr.io/acme/app');
    expect(repository.name).toBe('ghcr.io/acme/app');
    expect(await repository.listTags()).toEqual(['v1']);
    expect((await repository.listReferrers(digest)).referrers).toEqual([]);
  });

  it('gives a location no credentials of the registry', async () => {
    const home = await serveImages(['acme/app'], { access: { kind: 'basic', username: 'me', password: 'x' } as never });
    const options = await confOf(registry(`prefix = "ghcr.io"\nlocation = "${home.host}"`));
    const given = { username: 'me', password: 'x' };
    for (const credentials of [given, { ...given, registry: 'ghcr.io' }])
      expect((await readWith({ ...options, credentials }, 'ghcr.io/acme/app:v1')).answer).toMatch(/^unauthorized/);
    const credentials = { ...given, registry: home.host };
    expect((await readWith({ ...options, credentials }, 'ghcr.io/acme/app:v1')).answer).toBe(digest);
  });

  it('takes "insecure" only for hosts that the caller names too, and then says nothing against TLS', async () => {
    const text = registry('prefix = "ghcr.io"\nlocation = "ghcr.io"', [
      'location = "mirror.corp:5000/x"\ninsecure = true',
    ]);
    await expect(confOf(text)).rejects.toThrow(
      /registries\.conf:6:1: "insecure" asks for plain http at mirror\.corp:5000, which is only allowed if "insecureRegistries" names/,
    );
    const options = await confOf(text, { insecureRegistries: ['mirror.corp:5000'] });
    expect(options.insecureRegistries).toEqual(['mirror.corp:5000']);
    const home = await serveImages(['acme/app']);
    const local = await confOf(registry(`location = "${home.host}"\ninsecure = true`));
    expect((await readWith(local, `${home.host}/acme/app:v1`)).answer).toBe(digest);
  });

  it('leaves out what is about short names, and says so', async () => {
    const warnings: string[] = [];
    const mirror = await serveImages(['library/app']);
    const options = await confOf(
      `unqualified-search-registries = ["quay.io"]\nshort-name-mode = "enforcing"\n${registry(`prefix = "docker.io"\nlocation = "${mirror.host}"`)}[aliases]\n"app" = "quay.io/evil/app"\n`,
      { onWarning: (text) => warnings.push(text) },
    );
    expect(warnings.map((text) => text.replace(/^.*conf/, ''))).toEqual([
      ':1:1: "unqualified-search-registries" is ignored: a name without a registry is Docker Hub’s here',
      ':2:1: "short-name-mode" is ignored: a name without a registry is Docker Hub’s here',
      ':6:2: "aliases" is ignored: a name without a registry is Docker Hub’s here',
    ]);
    expect((await readWith(options, 'app:v1')).answer).toBe(digest);
    expect(pathsOf(mirror)).toEqual(['/v2/library/app/manifests/v1']);
  });

  it.each([
    ['version 1', '[registries.search]\nregistries = ["docker.io"]', /:1:2: \[registries\] is version 1/],
    [
      'a key that it doesn’t know',
      'credential-helpers = ["secretservice"]',
      /:1:1: "credential-helpers" is not supported in/,
    ],
    [
      'a key of a registry',
      registry('location = "a.test"\nretries = 3'),
      /:3:1: "retries" is not supported for a registry/,
    ],
    [
      'a key of a mirror',
      registry('location = "a.test"', ['location = "b.test"\nblocked = true']),
      /:5:1: "blocked" is not supported for a mirror/,
    ],
    ['a registry without a place', registry('insecure = false'), /:1:3: a registry needs a "prefix" or a "location"/],
    ['a prefix without a location', registry('prefix = "a.test"'), /:1:3: a registry needs a "location"/],
    [
      'a mirror without a location',
      registry('location = "a.test"', ['insecure = false']),
      /:3:3: a mirror needs a "location"/,
    ],
    ['a location with a scheme', registry('location = "https://a.test"'), /:2:12: "location" must be host\[:port\]/],
    ['a prefix with a tag', registry('prefix = "a.test/x:v1"\nlocation = "b.test"'), /:2:10: "prefix" must be/],
    ['a prefix with a star inside', registry('prefix = "a.*.test"\nlocation = "b.test"'), /:2:10: "prefix" must be/],
    ['the prefix *', registry('prefix = "*"\nlocation = "b.test"'), /:2:10: "prefix" must be/],
    ['a prefix that is no host', registry('prefix = "acme/app"\nlocation = "b.test"'), /:2:10: "prefix" must be/],
    ['a location with dots', registry('location = "a.test/../x"'), /:2:12: "location" must be/],
    [
      'another pull-from-mirror',
      registry('location = "a.test"', ['location = "b.test"\npull-from-mirror = "never"']),
      /:5:20: "pull-from-mirror" must be/,
    ],
    [
      'both settings for mirrors',
      registry('location = "a.test"\nmirror-by-digest-only = true', ['location = "b.test"\npull-from-mirror = "all"']),
      /:6:20: .* exclude each other/,
    ],
    [
      'a prefix twice',
      registry('location = "a.test"\nblocked = true') + registry('location = "a.test"'),
      /:4:3: "a\.test" appears twice, first at .*:1:3/,
    ],
    ['a registry that is one table', '[registry]\nlocation = "a.test"', /:1:2: "registry" must be a list of tables/],
    [
      'a text where true or false belongs',
      registry('location = "a.test"\nblocked = "true"'),
      /:3:11: "blocked" must be true or false/,
    ],
    ['what is not TOML', 'x = = 1', /registries\.conf:1:\d+: not TOML/],
  ])('refuses %s, and says where', async (_, text, message) => {
    await expect(confOf(text)).rejects.toMatchObject({
      code: 'invalid-config',
      message: expect.stringMatching(message),
    });
  });

  it.each(['a file that isn’t there', 'a directory', 'a device'])('refuses %s', async (kind) => {
    const directory = await writeFiles({});
    const file = { 'a directory': directory, 'a device': '/dev/zero' }[kind] ?? join(directory, 'none');
    await expect(readRegistryFiles({ registriesConf: file })).rejects.toMatchObject({ code: 'invalid-config' });
  });

  it('does not wait for a pipe', async () => {
    const directory = await writeFiles({});
    const pipe = join(directory, 'pipe');
    await promisify(execFile)('mkfifo', [pipe]);
    await expect(readRegistryFiles({ registriesConf: pipe })).rejects.toThrow(/is not a file/);
  });

  it.skipIf(!existsSync(SAYS_IT_IS_EMPTY))('reads nothing of a file that says it is empty', async () => {
    expect((await readRegistryFiles({ registriesConf: SAYS_IT_IS_EMPTY })).routes).toEqual([]);
  });

  it.each(['user:s3cr3t@ghcr.io', 'https://user:s3cr3t@ghcr.io', '\u202ehgcr.io', '\u009b2J'])(
    'refuses %j without a word that is secret, and without a sign that a terminal obeys',
    async (location) => {
      const refusal = confOf(registry(`location = "${location}"`));
      await expect(refusal).rejects.toThrow(/"location" must be/);
      await expect(refusal).rejects.not.toThrow(/s3cr3t|[\p{Cc}\p{Cf}]/u);
    },
  );

  it('refuses a file that is too large, or not UTF-8', async () => {
    await expect(confOf(`#${'x'.repeat(1024 * 1024)}`)).rejects.toThrow(/larger than/);
    const directory = await writeFiles({});
    await writeFile(join(directory, 'a'), Uint8Array.of(0x23, 0xff));
    await expect(readRegistryFiles({ registriesConf: join(directory, 'a') })).rejects.toThrow(/UTF-8/);
  });
});
