import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pathsOf, readWith, serveImages, writeFiles } from '../../test/config-files.ts';
import { createOciClient, readRegistryFiles } from '../index.ts';

const registry = (lines: string, mirrors: readonly string[] = []): string =>
  `[[registry]]\n${lines}\n${mirrors.map((one) => `[[registry.mirror]]\n${one}\n`).join('')}`;

describe('the option "routes"', () => {
  const place = { from: 'a:1:1' };
  it.each([
    [{ prefix: 'ghcr.io' }],
    [{ ...place, prefix: 'ghcr' }],
    [{ ...place, prefix: 'ghcr.io/a:v1' }],
    [{ ...place, prefix: 'ghcr.io', insecure: true }],
    [{ ...place, prefix: 'ghcr.io', mirrors: [{ ...place, location: 'https://a.test' }] }],
    [{ ...place, prefix: 'ghcr.io', mirrors: [{ ...place, apiPath: '/../x' }] }],
    [{ ...place, prefix: 'ghcr.io', mirrors: [{ ...place, apiPath: '/a?b' }] }],
    [{ ...place, prefix: 'ghcr.io', server: { ...place, headers: { a: 'b\r\nc: d' } } }],
    [{ ...place, prefix: 'ghcr.io', server: { ...place, reads: 'none' } }],
    [{ ...place, prefix: 'ghcr.io', server: { ...place, location: 'a.test', scheme: 'http' } }],
    [{ ...place, prefix: 'ghcr.io', server: { ...place, scheme: 'http' } }],
  ])('refuses %j', (route) => {
    expect(() => createOciClient({ routes: [route as never] })).toThrow(
      expect.objectContaining({ name: 'TypeError', code: expect.stringMatching(/^(invalid|unknown)-option$/) }),
    );
  });
});

describe('readRegistryFiles', () => {
  it.each([
    {},
    { registriesConf: '' },
    { containerdHosts: 5 },
    { registriesConf: 'a', insecureRegistries: 'b' },
    { hosts: 'a' },
  ])('refuses %j', async (options) => {
    await expect(readRegistryFiles(options as never)).rejects.toMatchObject({ name: 'TypeError' });
  });

  it('lets neither file open what the other blocks', async () => {
    const directory = await writeFiles({
      'certs.d/ghcr.io/hosts.toml': 'server = "https://elsewhere.example"',
      'registries.conf': registry('location = "ghcr.io"\nblocked = true'),
    });
    const options = await readRegistryFiles({
      containerdHosts: join(directory, 'certs.d'),
      registriesConf: join(directory, 'registries.conf'),
    });
    expect((await readWith(options, 'ghcr.io/acme/app:v1')).answer).toMatch(/^denied: /);
  });

  it('takes both files together: the longer prefix counts, then containerd’s', async () => {
    const [podman, containerd] = [await serveImages(['app', 'acme/app']), await serveImages(['acme/app', 'other/app'])];
    const directory = await writeFiles({
      'certs.d/ghcr.io/hosts.toml': `server = "http://${containerd.host}"`,
      'registries.conf':
        registry(`prefix = "ghcr.io/acme"\nlocation = "${podman.host}"`) +
        registry(`prefix = "ghcr.io"\nlocation = "${podman.host}"`),
    });
    const options = await readRegistryFiles({
      containerdHosts: join(directory, 'certs.d'),
      registriesConf: join(directory, 'registries.conf'),
    });
    await readWith(options, 'ghcr.io/acme/app:v1');
    await readWith(options, 'ghcr.io/other/app:v1');
    expect([pathsOf(podman), pathsOf(containerd)]).toEqual([
      ['/v2/app/manifests/v1'],
      ['/v2/other/app/manifests/v1?ns=ghcr.io'],
    ]);
  });
});
