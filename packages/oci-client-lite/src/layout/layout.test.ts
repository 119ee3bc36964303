import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { descriptorOf, encode, failure, indexBytes, manifestBytes, recorder, types } from '../../test/fake-registry.ts';
import { writeLayout } from '../../test/layout.ts';
import { type Descriptor, digestHex, digestOf, fallbackTag, layoutRoot, openLayout } from '../index.ts';

const directories: string[] = [];
afterEach(async () => {
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
});
const refName = 'org.opencontainers.image.ref.name';

const named = (bytes: Uint8Array, name: string, type: string = types.manifest): Descriptor =>
  descriptorOf(bytes, type, { annotations: { [refName]: name } });

const kind = (bytes: Uint8Array, what: string): Descriptor =>
  descriptorOf(bytes, types.manifest, { annotations: { kind: `dev.cosignproject.cosign/${what}` } });

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
const subject = descriptorOf(image, types.manifest);
const bundle = manifestBytes({ artifactType: types.bundle, subject, annotations: { n: '1' } });
const signature = manifestBytes({ annotations: { who: 'signature' } });

describe('fetchManifest', () => {
  it('finds a manifest by tag and by digest', async () => {
    const repository = openLayout(await layout([named(image, 'v1')], [image]));
    const { looks, onRequest } = recorder();
    expect(await repository.fetchManifest('v1', { onRequest })).toMatchObject({
      digest,
      mediaType: types.manifest,
      size: image.byteLength,
    });
    expect((await repository.fetchManifest(digest)).digest).toBe(digest);
    expect(await repository.listTags()).toEqual(['v1']);
    expect(looks.map((look) => [look.method, look.url.split('/').slice(-1)[0], look.digest])).toEqual([
      ['READ', 'oci-layout', undefined],
      ['READ', 'index.json', undefined],
      ['READ', digestHex(digest), digest],
    ]);
  });

  it('says what is not there', async () => {
    const repository = openLayout(await layout([named(image, 'v1')], [image]));
    expect((await failure(repository.fetchManifest('v2'))).code).toBe('not-found');
    expect((await failure(repository.fetchManifest(digestOf(bundle)))).code).toBe('not-found');
    expect((await failure(repository.fetchManifest('sha256:../../x'))).code).toBe('invalid-digest');
  });

  it('hashes what it reads', async () => {
    const directory = await layout([named(image, 'v1')], [image]);
    await writeFile(blobFile(directory, image), manifestBytes());
    for (const which of ['v1', digest])
      expect((await failure(openLayout(directory).fetchManifest(which))).code).toBe('digest-mismatch');
  });

  it('takes a listed manifest that is missing for damage, not for absence', async () => {
    const tag = `${fallbackTag(digest)}.sig`;
    const repository = openLayout(await layout([named(image, 'v1'), named(signature, tag)], [image]));
    expect((await failure(repository.fetchManifest(tag))).code).toBe('invalid-layout');
  });

  it('refuses two manifests with one tag', async () => {
    const repository = openLayout(await layout([named(image, 'v1'), named(signature, 'v1')], [image, signature]));
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('invalid-layout');
  });
});

describe('layoutRoot', () => {
  it.each<[string, readonly Descriptor[]]>([
    ['the only entry', [subject]],
    ['what cosign marked', [kind(image, 'image'), kind(signature, 'sigs'), kind(bundle, 'atts')]],
    [
      'the tagged one beside signatures and lists',
      [
        named(image, 'v1'),
        named(signature, `${fallbackTag(digest)}.sig`),
        named(bundle, fallbackTag(digest)),
        descriptorOf(bundle, types.manifest),
      ],
    ],
    ['the one with two tags', [named(image, 'v1'), named(image, 'latest')]],
    ['the one that refers to nothing', [descriptorOf(bundle, types.manifest), subject]],
  ])('is %s', async (_, entries) => {
    const repository = openLayout(await layout(entries, [image, signature, bundle]));
    expect((await layoutRoot(repository)).digest).toBe(digest);
    expect((await repository.fetchManifest('')).digest).toBe(digest);
  });

  it('is never guessed if there are several, or none at all', async () => {
    expect(
      (
        await failure(
          layoutRoot(openLayout(await layout([named(image, 'a'), named(signature, 'b')], [image, signature]))),
        )
      ).code,
    ).toBe('invalid-layout');
    expect((await failure(layoutRoot(openLayout(await layout([], []))))).code).toBe('not-found');
  });
});

describe('what cosign save writes', () => {
  it('has its signatures and attestations by their tag names', async () => {
    const repository = openLayout(
      await layout([kind(image, 'image'), kind(signature, 'sigs'), kind(bundle, 'atts')], [image, signature, bundle]),
    );
    expect((await repository.fetchManifest(`${fallbackTag(digest)}.sig`)).digest).toBe(digestOf(signature));
    expect((await repository.fetchManifest(`${fallbackTag(digest)}.att`)).digest).toBe(digestOf(bundle));
    expect((await failure(repository.fetchManifest(`${fallbackTag(digest)}.sbom`))).code).toBe('not-found');
    expect((await failure(repository.fetchManifest(`${fallbackTag(digestOf(bundle))}.sig`))).code).toBe('not-found');
  });

  it('is not guessed at when two images could have the signatures', async () => {
    const second = manifestBytes({ annotations: { who: 'second' } });
    const repository = openLayout(
      await layout([kind(image, 'image'), kind(second, 'image'), kind(signature, 'sigs')], [image, second, signature]),
    );
    expect((await failure(repository.fetchManifest(`${fallbackTag(digest)}.sig`))).code).toBe('invalid-layout');
  });
});

describe('names of images', () => {
  it('may be whole references, whose tag is understood alone', async () => {
    const entries = [named(image, 'docker.io/acme/app:v1'), named(bundle, 'registry.test:5000/acme/app:v2')];
    const repository = openLayout(await layout(entries, [image, bundle]));
    for (const name of ['v1', 'docker.io/acme/app:v1'])
      expect((await repository.fetchManifest(name)).digest).toBe(digestOf(image));
    expect((await repository.fetchManifest('v2')).digest).toBe(digestOf(bundle));
    expect((await failure(repository.fetchManifest('5000/acme/app'))).code).toBe('not-found');
  });

  it('are two images if two references end in one tag', async () => {
    const entries = [named(image, 'a.test/app:v1'), named(bundle, 'b.test/app:v1')];
    const repository = openLayout(await layout(entries, [image, bundle]));
    expect((await failure(repository.fetchManifest('v1'))).code).toBe('invalid-layout');
    expect((await repository.fetchManifest('b.test/app:v1')).digest).toBe(digestOf(bundle));
  });

  it('are listed if the tag is missing', async () => {
    const repository = openLayout(await layout([named(image, 'v1'), named(bundle, 'v2')], [image, bundle]));
    const error = await failure(repository.fetchManifest('v3'));
    expect([error.code, error.message]).toEqual(['not-found', 'no such tag in the layout; it has v1, v2']);
  });
});

describe('listReferrers', () => {
  it('finds bundles that no index lists, by their subject', async () => {
    const other = manifestBytes({ artifactType: types.bundle, subject: descriptorOf(signature, types.manifest) });
    const mention = encode({ note: digest });
    const repository = openLayout(
      await layout([kind(image, 'image')], [image, bundle, other, mention, new Uint8Array([0x1f, 0x8b, 1])]),
    );
    const found = await repository.listReferrers(digest);
    expect(found.referrers).toEqual([
      {
        carrier: 'layout',
        descriptor: {
          mediaType: types.manifest,
          digest: digestOf(bundle),
          size: bundle.byteLength,
          artifactType: types.bundle,
          annotations: { n: '1' },
        },
      },
    ]);
    expect(found.looked).toEqual([
      { carrier: 'layout', answer: 'found' },
      { carrier: 'fallback-tag', answer: 'absent' },
    ]);
  });

  it('reads olareg’s lists and fallback tags, each referrer once', async () => {
    const elsewhere = manifestBytes({ artifactType: types.bundle, annotations: { n: '2' } });
    const olareg = indexBytes([descriptorOf(bundle, types.manifest, { artifactType: types.bundle })]);
    const tagged = indexBytes([descriptorOf(bundle, types.manifest), descriptorOf(elsewhere, types.manifest)]);
    const entries = [
      named(image, 'v1'),
      descriptorOf(olareg, types.index, { annotations: { 'org.olareg.referrer.subject': digest } }),
      named(tagged, fallbackTag(digest), types.index),
    ];
    const repository = openLayout(await layout(entries, [image, bundle, elsewhere, olareg, tagged]));
    const found = await repository.listReferrers(digest);
    expect(
      found.referrers.map((referrer) => [
        referrer.carrier,
        referrer.descriptor.digest,
        referrer.descriptor.artifactType,
      ]),
    ).toEqual([
      ['layout', digestOf(bundle), types.bundle],
      ['fallback-tag', digestOf(elsewhere), types.bundle],
    ]);
    expect((await repository.listReferrers(digestOf(bundle))).referrers).toEqual([]);
  });

  it('takes a fallback tag that names the image itself for "nothing here"', async () => {
    // `cosign copy` leaves such tags behind; the manifests of an index are not its referrers.
    const index = indexBytes([subject]);
    for (const [bytes, type] of [
      [image, types.manifest],
      [index, types.index],
    ] as const) {
      const own = digestOf(bytes);
      const entries = [named(bytes, 'v1', type), named(bytes, fallbackTag(own), type)];
      const repository = openLayout(await layout(entries, [image, index]));
      expect(await repository.listReferrers(own)).toEqual({
        referrers: [],
        looked: [
          { carrier: 'layout', answer: 'absent' },
          { carrier: 'fallback-tag', answer: 'absent' },
        ],
      });
    }
  });

  it('refuses a fallback tag that names another image', async () => {
    const entries = [named(image, 'v1'), named(signature, fallbackTag(digest))];
    const repository = openLayout(await layout(entries, [image, signature]));
    expect((await failure(repository.listReferrers(digest))).code).toBe('invalid-layout');
    const looked = (await repository.listReferrers(digest, { partial: true })).looked;
    expect(looked.map(({ answer }) => answer)).toEqual(['absent', 'unknown']);
  });

  it('keeps the good entries of a list with a malformed one, and takes the list for incomplete', async () => {
    const good = descriptorOf(bundle, types.manifest, { artifactType: types.bundle });
    const list = indexBytes([good, { ...good, digest: digestOf(signature), size: -1 }]);
    const entries = [named(image, 'v1'), named(list, fallbackTag(digest), types.index)];
    const repository = openLayout(await layout(entries, [image, bundle, list]));
    expect((await failure(repository.listReferrers(digest))).code).toBe('invalid-response');
    const { referrers, looked } = await repository.listReferrers(digest, { partial: true });
    expect(referrers.map(({ descriptor }) => descriptor.digest)).toContain(digestOf(bundle));
    expect(looked.find(({ carrier }) => carrier === 'fallback-tag')).toMatchObject({
      answer: 'unknown',
      error: { message: expect.stringContaining(`malformed entry 2 (${digestOf(signature)})`) as unknown },
    });
  });

  it('keeps a damaged referrer in the list, for its reader to find', async () => {
    const directory = await layout([named(image, 'v1')], [image, bundle]);
    await writeFile(blobFile(directory, bundle), manifestBytes({ artifactType: 'x/y', subject }));
    const found = await openLayout(directory).listReferrers(digest);
    expect(found.referrers.map((referrer) => referrer.descriptor.digest)).toEqual([digestOf(bundle)]);
    expect((await failure(openLayout(directory).fetchManifest(digestOf(bundle)))).code).toBe('digest-mismatch');
  });

  it('does not take a missing list for an empty one', async () => {
    const list = indexBytes([subject]);
    for (const annotations of [{ 'org.olareg.referrer.subject': digest }, { [refName]: fallbackTag(digest) }]) {
      const repository = openLayout(
        await layout([named(image, 'v1'), descriptorOf(list, types.index, { annotations })], [image]),
      );
      expect((await failure(repository.listReferrers(digest))).code).toBe('invalid-layout');
    }
  });
});

describe('fetchBlob', () => {
  const bytes = encode('blob');
  it('checks size and digest', async () => {
    const directory = await layout([], [bytes]);
    const repository = openLayout(directory);
    const blob = descriptorOf(bytes, 'a/b');
    expect(await repository.fetchBlob(blob)).toEqual(bytes);
    expect((await failure(repository.fetchBlob({ ...blob, size: 5 }))).code).toBe('size-mismatch');
    expect((await failure(repository.fetchBlob(blob, { maxBytes: 3 }))).code).toBe('too-large');
    await writeFile(blobFile(directory, bytes), 'bloB');
    expect((await failure(repository.fetchBlob(blob))).code).toBe('digest-mismatch');
    await writeFile(blobFile(directory, bytes), 'x'.repeat(100));
    expect((await failure(repository.fetchBlob(blob))).code).toBe('size-mismatch');
  });
});
