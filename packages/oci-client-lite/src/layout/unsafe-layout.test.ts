import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { descriptorOf, failure, indexBytes, manifestBytes, types } from '../../test/fake-registry.ts';
import { writeLayout } from '../../test/layout.ts';
import { type Descriptor, digestHex, digestOf, openLayout } from '../index.ts';

const directories: string[] = [];
afterEach(async () => {
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
});
const refName = 'org.opencontainers.image.ref.name';

const named = (bytes: Uint8Array, name: string, type: string = types.manifest): Descriptor =>
  descriptorOf(bytes, type, { annotations: { [refName]: name } });

async function layout(entries: readonly object[], blobs: readonly Uint8Array[]): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'layout-'));
  directories.push(directory);
  await writeLayout(directory, blobs, entries);
  return directory;
}

const blobFile = (directory: string, bytes: Uint8Array): string =>
  join(directory, 'blobs', 'sha256', digestHex(digestOf(bytes)));

const image = manifestBytes({ annotations: { who: 'image' } });
const digest = digestOf(image);

describe('a directory that is not a safe layout', () => {
  it.each<[string, (directory: string) => Promise<unknown>, string]>([
    ['without oci-layout', (directory) => rm(join(directory, 'oci-layout')), 'invalid-layout'],
    ['without index.json', (directory) => rm(join(directory, 'index.json')), 'invalid-layout'],
    [
      'of another version',
      (directory) => writeFile(join(directory, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}'),
      'invalid-layout',
    ],
    ['with a broken index', (directory) => writeFile(join(directory, 'index.json'), '{'), 'invalid-layout'],
    [
      'with a huge index',
      (directory) => writeFile(join(directory, 'index.json'), ' '.repeat(4 * 1024 * 1024 + 1)),
      'too-large',
    ],
    [
      'whose index.json is a link',
      async (directory) => {
        await writeFile(join(directory, 'real.json'), indexBytes([named(image, 'v1')]));
        await rm(join(directory, 'index.json'));
        await symlink(join(directory, 'real.json'), join(directory, 'index.json'));
      },
      'invalid-layout',
    ],
    [
      'whose blob is a link',
      async (directory) => {
        await rm(blobFile(directory, image));
        await writeFile(join(directory, 'real'), image);
        await symlink(join(directory, 'real'), blobFile(directory, image));
      },
      'invalid-layout',
    ],
    [
      'whose blobs are a link',
      async (directory) => {
        await mkdir(join(directory, 'real', 'sha256'), { recursive: true });
        await writeFile(join(directory, 'real', 'sha256', digestHex(digest)), image);
        await rm(join(directory, 'blobs'), { recursive: true });
        await symlink(join(directory, 'real'), join(directory, 'blobs'));
      },
      'invalid-layout',
    ],
    [
      'whose blob is a directory',
      async (directory) => {
        await rm(blobFile(directory, image));
        await mkdir(blobFile(directory, image));
      },
      'invalid-layout',
    ],
  ])('%s is refused', async (_, spoil, code) => {
    const directory = await layout([named(image, 'v1')], [image]);
    await spoil(directory);
    expect((await failure(openLayout(directory).fetchManifest('v1'))).code).toBe(code);
    expect((await failure(openLayout(directory).listReferrers(digest))).code).toBe(code);
  });

  it('names the missing directory', async () => {
    expect((await failure(openLayout(join(tmpdir(), 'no-such-layout')).fetchManifest('v1'))).code).toBe(
      'invalid-layout',
    );
  });

  it.skipIf(process.getuid?.() === 0)('without permission is not taken for empty', async () => {
    const directory = await layout([named(image, 'v1')], [image]);
    await chmod(join(directory, 'blobs', 'sha256'), 0);
    expect((await failure(openLayout(directory).listReferrers(digest))).code).toBe('invalid-layout');
    await chmod(join(directory, 'blobs', 'sha256'), 0o700);
  });

  it('stops at the caller’s signal', async () => {
    const repository = openLayout(await layout([named(image, 'v1')], [image]));
    expect((await failure(repository.fetchManifest('v1', { signal: AbortSignal.abort() }))).code).toBe('aborted');
  });
});
