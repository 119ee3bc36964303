import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { descriptorOf, encode, failure, indexBytes, manifestBytes, recorder, types } from '../../test/fake-registry.ts';
import { endOfTar, type Entry, entryBytes, paxEntry, tarBytes } from '../../test/tar.ts';
import { digestHex, digestOf, layoutRoot, type OciRepository, openLayout } from '../index.ts';

const layer = encode('x'.repeat(100_000));
const image = manifestBytes({ layers: [descriptorOf(layer, 'a/b'), descriptorOf(new Uint8Array(), 'a/b')] });
const signature = manifestBytes({ artifactType: types.bundle, subject: descriptorOf(image, types.manifest) });
const named = { annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
const blob = (bytes: Uint8Array, before = ''): Entry => ({
  name: `${before}blobs/sha256/${digestHex(digestOf(bytes))}`,
  bytes,
});
const marker: Entry = { name: 'oci-layout', bytes: encode('{"imageLayoutVersion":"1.0.0"}') };
const index: Entry = { name: 'index.json', bytes: indexBytes([descriptorOf(image, types.manifest, named)]) };
const directory = (name: string): Entry => ({ name, type: '5' });
const good: readonly Entry[] = [
  directory('blobs/'),
  directory('blobs/sha256/'),
  ...[layer, image, signature, new Uint8Array()].map((bytes) => blob(bytes)),
  index,
  marker,
];

async function fileWith(bytes: Uint8Array): Promise<string> {
  const folder = await mkdtemp(`${tmpdir()}/tar-`);
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, 'saved.tar');
  await writeFile(file, bytes);
  return file;
}
const archive = async (entries: readonly Entry[]): Promise<OciRepository> =>
  openLayout(await fileWith(tarBytes(entries)));

describe('a layout in a tar file', () => {
  const dotted = good.map((entry) => ({ ...entry, name: `./${entry.name}` }));
  const gnu = good.map((entry) => ({ ...entry, magic: 'ustar  \0' }));
  const base256 = good.map((entry) => {
    const size = Buffer.alloc(12);
    size[0] = 0x80;
    size.writeUInt32BE(entry.bytes?.byteLength ?? 0, 8);
    return { ...entry, size };
  });
  it.each<[string, readonly Entry[]]>([
    ['as skopeo and docker save write it', good],
    ['as tar -C DIR -c . writes it', [directory('./'), ...dotted]],
    ['in the format of GNU tar', gnu],
    ['with sizes in base 256', base256],
    [
      'with pax headers',
      good.flatMap((entry) => [paxEntry({ path: entry.name, mtime: '1.5' }), { ...entry, name: 'x' }]),
    ],
    [
      'with sizes in pax headers',
      good.flatMap((entry) => [
        paxEntry({ size: String(entry.bytes?.byteLength ?? 0) }),
        { ...entry, size: '00000000000' },
      ]),
    ],
    [
      'with long names of GNU tar',
      good.flatMap((entry) => [
        { name: '././@LongLink', type: 'L', bytes: Buffer.from(`${entry.name}\0`) },
        { ...entry, name: 'x', magic: 'ustar  \0' },
      ]),
    ],
    [
      'with a prefix',
      good.map((entry) =>
        entry.name.startsWith('blobs/sha256/') && entry.type === undefined
          ? { ...entry, name: entry.name.slice(6), prefix: 'blobs' }
          : entry,
      ),
    ],
    [
      'with files that are no part of a layout',
      [...good, { name: 'manifest.json', bytes: encode('[]') }, { name: 'repositories', bytes: encode('{}') }],
    ],
  ])('is read %s', async (_, entries) => {
    const repository = await archive(entries);
    expect((await layoutRoot(repository)).digest).toBe(digestOf(image));
    expect(await repository.listTags()).toEqual(['v1']);
    const { referrers } = await repository.listReferrers(digestOf(image));
    expect(referrers.map(({ descriptor }) => descriptor.digest)).toEqual([digestOf(signature)]);
    for (const bytes of [layer, new Uint8Array()]) {
      expect(await repository.fetchBlob(descriptorOf(bytes, 'a/b'))).toEqual(bytes);
      const pieces: Uint8Array[] = [];
      for await (const piece of await repository.openBlob(descriptorOf(bytes, 'a/b'))) pieces.push(piece);
      expect(Buffer.concat(pieces)).toEqual(Buffer.from(bytes));
    }
    expect((await failure(repository.fetchBlob(descriptorOf(encode('none'), 'a/b')))).code).toBe('not-found');
  });

  it('is indexed once, and again if the file was replaced', async () => {
    const file = await fileWith(tarBytes(good));
    const repository = openLayout(file);
    const { looks, onRequest } = recorder();
    const passes = (): number => looks.filter(({ note }) => note === 'the headers of the archive').length;
    await repository.fetchManifest('v1', { onRequest });
    await repository.fetchManifest('v1', { onRequest });
    expect(passes()).toBe(1);
    await writeFile(file, tarBytes([...good.slice(0, -2), { name: 'index.json', bytes: indexBytes([]) }, marker]));
    expect((await failure(repository.fetchManifest('v1', { onRequest }))).code).toBe('not-found');
    expect(passes()).toBe(2);
  });

  it('is not believed what its bytes do not show', async () => {
    const repository = await archive(
      good.map((entry) => (entry.bytes === layer ? { ...entry, bytes: encode('y'.repeat(100_000)) } : entry)),
    );
    expect((await failure(repository.fetchBlob(descriptorOf(layer, 'a/b')))).code).toBe('digest-mismatch');
  });

  it('is found with a slash behind its name', async () => {
    expect((await openLayout(`${await fileWith(tarBytes(good))}/`).fetchManifest('v1')).digest).toBe(digestOf(image));
  });
});

describe('a tar file', () => {
  const odd = (entry: Entry): Buffer => tarBytes([...good, entry]);
  it.each<[string, Uint8Array, RegExp]>([
    ['a hard link', odd({ name: 'a', type: '1' }), /hard link/],
    ['a symbolic link', odd({ name: 'a', type: '2' }), /symbolic link/],
    ['a device', odd({ name: 'a', type: '3' }), /device/],
    ['a FIFO', odd({ name: 'a', type: '6' }), /FIFO/],
    ['a sparse file', odd({ name: 'a', type: 'S' }), /sparse/],
    ['a sparse file by pax', tarBytes([paxEntry({ 'GNU.sparse.major': '1' }), ...good]), /sparse/],
    ['a global header', tarBytes([paxEntry({ path: 'index.json' }, 'g'), ...good]), /for all entries/],
    ['an unknown kind', odd({ name: 'a', type: '9' }), /unknown kind/],
    ['a file twice', odd(index), /the same name/],
    ['a file twice, once with "./"', odd({ ...index, name: './index.json' }), /the same name/],
    ['a file that is a directory', odd(directory('index.json/')), /the same name/],
    ['an entry below a file', odd({ name: 'index.json/x' }), /below a file/],
    ['an absolute path', odd({ name: '/etc/passwd' }), /absolute/],
    ['a path that leads out', odd({ name: 'blobs/../../x' }), /leads out/],
    ['a backslash', odd({ name: 'a\\b' }), /backslash/],
    ['an empty name', odd({ name: '' }), /empty/],
    ['a file that ends in a slash', odd({ name: 'a/' }), /empty part/],
    [
      'a name that is not UTF-8',
      tarBytes([{ name: 'x', type: 'x', bytes: Buffer.from('9 path=\xff\n', 'latin1') }, ...good]),
      /UTF-8/,
    ],
    ['a directory with contents', odd({ name: 'd/', type: '5', bytes: layer }), /has contents/],
    ['a wrong checksum', odd({ name: 'a', checksum: '000001\0 ' }), /checksum/],
    ['a wrong magic', odd({ name: 'a', magic: '\0'.repeat(8) }), /POSIX or GNU/],
    ['a malformed size', odd({ name: 'a', size: '0000000000z\0' }), /number/],
    ['a negative size', odd({ name: 'a', size: Buffer.alloc(12, 0xff) }), /negative/],
    ['a size past the end', odd({ name: 'a', size: '77777777777\0' }), /cut short/],
    ['two extended headers', tarBytes([paxEntry({ path: 'a' }), paxEntry({ path: 'b' }), ...good]), /two extended/],
    ['an extended header at its end', odd(paxEntry({ path: 'a' })), /no entry follows/],
    [
      'a malformed extended header',
      tarBytes([{ name: 'x', type: 'x', bytes: encode('99 path=a\n') }, ...good]),
      /malformed/,
    ],
    [
      'a value given twice',
      tarBytes([{ name: 'x', type: 'x', bytes: encode('10 path=a\n10 path=b\n') }, ...good]),
      /twice/,
    ],
    [
      'an extended header without bound',
      tarBytes([{ name: 'x', type: 'x', bytes: new Uint8Array(65_537) }, ...good]),
      /larger than/,
    ],
    ['a second archive behind it', Buffer.concat([tarBytes(good), tarBytes(good)]), /data after its end/],
    ['no end', Buffer.concat(good.map((entry) => entryBytes(entry))), /cut short/],
    ['half an end', Buffer.concat([...good.map((entry) => entryBytes(entry)), endOfTar.subarray(512)]), /cut short/],
    ['half an entry', tarBytes(good).subarray(0, 3000), /cut short/],
    ['gzip around it', Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.alloc(1024)]), /with gzip: decompress/],
    ['zstd around it', Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), Buffer.alloc(1024)]), /with zstd/],
    ['other bytes', encode('not a tar '.repeat(100)), /POSIX or GNU/],
    ['no bytes', new Uint8Array(), /cut short/],
    ['the old format of docker save', tarBytes([{ name: 'manifest.json', bytes: encode('[]') }]), /oci-archive:FILE/],
    [
      'the old format of docker save and its links',
      tarBytes([
        { name: 'a/layer.tar', type: '2' },
        { name: 'manifest.json', bytes: encode('[]') },
      ]),
      /oci-archive:FILE/,
    ],
    ['its layout in a directory', tarBytes(good.map((entry) => ({ ...entry, name: `saved/${entry.name}` }))), /tar -C/],
  ])('with %s is refused by name', async (_, bytes, reason) => {
    const error = await failure(openLayout(await fileWith(bytes)).fetchManifest('v1'));
    expect(error.code).toBe('invalid-layout');
    expect(error.message).toMatch(reason);
  });

  it('with too many headers is refused', async () => {
    const many = Array.from({ length: 20_001 }, (_, at): Entry => ({ name: `f${at}` }));
    expect((await failure((await archive(many)).listTags())).code).toBe('too-large');
  });
});
