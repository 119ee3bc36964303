import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { descriptorOf, encode, failure, manifestBytes, recorder, serveMap, types } from '../../test/fake-registry.ts';
import { serveRepository } from '../../test/setting.ts';
import { digestOf, type OciRepository, writeArtifact } from '../index.ts';

const small = encode('{}');
const large = encode('x'.repeat(300_000));
const nothing = new Uint8Array();
const titled = (title: string, bytes: Uint8Array): object =>
  descriptorOf(bytes, 'a/b', { annotations: { 'org.opencontainers.image.title': title } });
const files = [titled('a.json', small), titled('docs/deep/large', large), titled('docs/empty', nothing)];
const artifact = manifestBytes({ artifactType: 'a/b', layers: files });

async function serveFiles(manifest = artifact, lies: ReadonlyMap<string, Uint8Array> = new Map()) {
  const blobs = [small, large, nothing].map((bytes): [string, { bytes: Uint8Array; type: string }] => [
    `acme/app/blobs/${digestOf(bytes)}`,
    { bytes: lies.get(digestOf(bytes)) ?? bytes, type: 'x/y' },
  ]);
  return await serveRepository(
    serveMap(new Map([...blobs, ['acme/app/manifests/v1', { bytes: manifest, type: types.manifest }]])),
  );
}

async function newDirectory(): Promise<string> {
  const directory = await mkdtemp(`${tmpdir()}/write-`);
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Fails, and leaves the directory above as it was. */
async function refused(repository: OciRepository, above: string, options = {}) {
  const before = await readdir(above, { recursive: true });
  const error = await failure(writeArtifact(repository, 'v1', join(above, 'out'), options));
  expect(await readdir(above, { recursive: true })).toEqual(before);
  return error;
}

describe('writeArtifact', () => {
  it.each(['a new', 'an empty'])('writes all files into %s directory, and nothing else anywhere', async (which) => {
    const { repository } = await serveFiles();
    const above = await newDirectory();
    const out = join(above, 'out');
    if (which === 'an empty') await mkdir(out);
    const { looks, onRequest } = recorder();
    const written = await writeArtifact(repository, 'v1', out, { onRequest });
    expect(written.files.map(({ name }) => name)).toEqual(['a.json', 'docs/deep/large', 'docs/empty']);
    expect(await readFile(join(out, 'a.json'))).toEqual(Buffer.from(small));
    expect(await readFile(join(out, 'docs/deep/large'))).toEqual(Buffer.from(large));
    expect(await readFile(join(out, 'docs/empty'))).toEqual(Buffer.from(nothing));
    expect(await readdir(above)).toEqual(['out']);
    expect(looks.map(({ digest }) => digest)).toEqual(
      [artifact, small, large, nothing].map((bytes) => digestOf(bytes)),
    );
    expect((await stat(join(out, 'a.json'))).mode & 0o111).toBe(0);
  });

  it('leaves nothing behind if the last file is not the one that the manifest names', async () => {
    const { repository } = await serveFiles(artifact, new Map([[digestOf(large), encode('y'.repeat(300_000))]]));
    expect((await refused(repository, await newDirectory())).code).toBe('digest-mismatch');
  });

  it('leaves an empty directory as it was if a file is missing', async () => {
    const missing = manifestBytes({ layers: [...files, titled('b', encode('not there'))] });
    const { repository } = await serveFiles(missing);
    const above = await newDirectory();
    await mkdir(join(above, 'out'));
    expect((await refused(repository, above)).code).toBe('not-found');
  });

  it('asks for no file if one has an unsafe name', async () => {
    const hostile = manifestBytes({ layers: [...files, titled('../evil', small)] });
    const { repository, server } = await serveFiles(hostile);
    expect((await refused(repository, await newDirectory())).code).toBe('unsafe-file-name');
    expect(server.seen.filter(({ url }) => url.includes('/blobs/'))).toEqual([]);
  });

  it('asks for no file if together they are too large', async () => {
    const { repository, server } = await serveFiles();
    const above = await newDirectory();
    expect((await refused(repository, above, { maxBytes: 300_001 })).code).toBe('too-large');
    expect(server.seen.filter(({ url }) => url.includes('/blobs/'))).toEqual([]);
    await writeArtifact(repository, 'v1', join(above, 'out'), { maxBytes: 300_002 });
  });

  it('requests nothing if the directory is not empty, or is a file', async () => {
    const { repository, server } = await serveFiles();
    const above = await newDirectory();
    await mkdir(join(above, 'out'));
    await writeFile(join(above, 'out', 'mine'), 'mine');
    expect(await refused(repository, above)).toMatchObject({ code: 'cannot-write' });
    await rm(join(above, 'out'), { recursive: true });
    await writeFile(join(above, 'out'), 'mine');
    expect(await refused(repository, above)).toMatchObject({ code: 'cannot-write' });
    expect(server.seen).toEqual([]);
  });

  it.runIf(process.platform !== 'win32')('follows no link, not even to an empty directory', async () => {
    const { repository } = await serveFiles();
    const above = await newDirectory();
    const elsewhere = await newDirectory();
    await symlink(elsewhere, join(above, 'out'));
    expect(await refused(repository, above)).toMatchObject({ code: 'cannot-write' });
    expect(await readdir(elsewhere)).toEqual([]);
  });

  it('overwrites nothing that appears meanwhile', async () => {
    const { repository } = await serveFiles();
    const above = await newDirectory();
    const out = join(above, 'out');
    const made: Promise<unknown>[] = [];
    const onRequest = (): void => void made.push(mkdir(join(out, 'mine'), { recursive: true }));
    const error = await failure(writeArtifact(repository, 'v1', out, { onRequest }));
    await Promise.all(made);
    expect(error).toMatchObject({ code: 'cannot-write' });
    expect(error.message).toContain('is no longer empty');
    expect(await readdir(above)).toEqual(['out']);
    expect(await readdir(out)).toEqual(['mine']);
  });

  it('says what the disk refused', async () => {
    const { repository } = await serveFiles();
    const above = await newDirectory();
    const error = await failure(writeArtifact(repository, 'v1', join(above, 'missing', 'out')));
    expect(error).toMatchObject({ code: 'cannot-write', actual: 'ENOENT' });
    expect(error.message).toContain(join(above, 'missing'));
  });

  it('ends at its deadline and by its signal, for all files together', async () => {
    const { repository } = await serveRepository((request, response) => {
      if (request.url.includes('/manifests/'))
        response.writeHead(200, { 'content-type': types.manifest }).end(artifact);
      else response.writeHead(200).write('{'); // and no more
    });
    const above = await newDirectory();
    expect((await refused(repository, above, { timeoutMs: 300 })).code).toBe('timeout');
    const leave = new AbortController();
    const work = refused(repository, above, { signal: leave.signal });
    setTimeout(() => leave.abort(), 50);
    expect((await work).code).toBe('aborted');
  });
});
