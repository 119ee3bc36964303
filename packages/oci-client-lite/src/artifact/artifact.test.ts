import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  descriptorOf,
  emptyConfig,
  encode,
  failure,
  indexBytes,
  manifestBytes,
  serveMap,
  types,
} from '../../test/fake-registry.ts';
import { writeLayout } from '../../test/layout.ts';
import { serveRepository } from '../../test/setting.ts';
import { type FetchedArtifact, digestHex, digestOf, type OciRepository, openLayout } from '../index.ts';

const sbom = encode('{"spdxVersion":"SPDX-2.3"}');
const titled = (title: string, bytes: Uint8Array = sbom, more: object = {}): object =>
  descriptorOf(bytes, 'text/spdx+json', { annotations: { 'org.opencontainers.image.title': title, ...more } });
const artifact = (layers: readonly object[], more: object = {}): Uint8Array =>
  manifestBytes({ artifactType: 'application/spdx+json', layers, ...more });

async function registryWith(manifest: Uint8Array, type: string = types.manifest): Promise<OciRepository> {
  const { repository } = await serveRepository(
    serveMap(
      new Map([
        ['acme/app/manifests/v1', { bytes: manifest, type }],
        [`acme/app/manifests/${digestOf(manifest)}`, { bytes: manifest, type }],
        [`acme/app/blobs/${digestOf(sbom)}`, { bytes: sbom, type: 'x/y' }],
      ]),
    ),
  );
  return repository;
}

async function layoutWith(manifest: Uint8Array): Promise<OciRepository> {
  const directory = await mkdtemp(`${tmpdir()}/artifact-`);
  onTestFinished(() => rm(directory, { recursive: true }));
  const name = { annotations: { 'org.opencontainers.image.ref.name': 'v1' } };
  await writeLayout(directory, [manifest, sbom, emptyConfig], [descriptorOf(manifest, types.manifest, name)]);
  return openLayout(directory);
}

async function fetched(layers: readonly object[], more: object = {}): Promise<FetchedArtifact> {
  return await (await registryWith(artifact(layers, more))).fetchArtifact('v1');
}

const refusal = async (...titles: readonly string[]) =>
  failure((await registryWith(artifact(titles.map((title) => titled(title))))).fetchArtifact('v1'));

describe('fetchArtifact', () => {
  it.each([
    ['a registry', registryWith],
    ['a layout', layoutWith],
  ])('gives the files of an artifact in %s, whose contents are checked', async (_, place) => {
    const manifest = artifact([titled('docs/sbom.spdx.json')]);
    const repository = await place(manifest);
    const { files, artifactType, digest } = await repository.fetchArtifact('v1');
    expect(digest).toBe(digestOf(manifest));
    expect(artifactType).toBe('application/spdx+json');
    expect(files).toMatchObject([{ name: 'docs/sbom.spdx.json', namedBy: 'title', isPackedDirectory: false }]);
    for (const { descriptor } of files) {
      expect(await repository.fetchBlob(descriptor)).toEqual(sbom);
      const pieces: Uint8Array[] = [];
      for await (const piece of await repository.openBlob(descriptor)) pieces.push(piece);
      expect(Buffer.concat(pieces)).toEqual(Buffer.from(sbom));
    }
  });

  it('gives no file of other bytes than the descriptor says', async () => {
    const other = { ...titled('a'), digest: digestOf(encode('other')) };
    const { repository } = await serveRepository((request, response) =>
      request.url.includes('/manifests/')
        ? response.writeHead(200, { 'content-type': types.manifest }).end(artifact([other]))
        : response.writeHead(200).end(sbom),
    );
    for (const { descriptor } of (await repository.fetchArtifact('v1')).files)
      expect((await failure(repository.fetchBlob(descriptor))).code).toBe('digest-mismatch');
  });

  it('continues to the artifact of a platform, and has no files for an index', async () => {
    const inner = artifact([titled('app')]);
    const platform = { os: 'linux', architecture: 'arm64' };
    const index = indexBytes([descriptorOf(inner, types.manifest, { platform })]);
    const { repository } = await serveRepository(
      serveMap(
        new Map([
          ['acme/app/manifests/v1', { bytes: index, type: types.index }],
          [`acme/app/manifests/${digestOf(inner)}`, { bytes: inner, type: types.manifest }],
        ]),
      ),
    );
    expect((await repository.fetchArtifact('v1', { platform: 'linux/arm64' })).files).toMatchObject([{ name: 'app' }]);
    const error = await failure(repository.fetchArtifact('v1'));
    expect(error).toMatchObject({ code: 'unsupported-media-type', actual: types.index });
    expect(error.message).toContain('"platform"');
  });
});

describe('the name of a file', () => {
  const chart = (suffix: string): object => descriptorOf(sbom, `application/vnd.cncf.helm.chart.${suffix}`);
  const helm = {
    artifactType: undefined,
    config: descriptorOf(emptyConfig, 'application/vnd.cncf.helm.config.v1+json'),
    annotations: { 'org.opencontainers.image.title': 'app', 'org.opencontainers.image.version': '1.4.0+5' },
  };

  it('is that of the chart and its version, as helm pull writes it', async () => {
    const { files, artifactType } = await fetched([chart('content.v1.tar+gzip'), chart('provenance.v1.prov')], helm);
    expect(artifactType).toBe('application/vnd.cncf.helm.config.v1+json');
    expect(files.map(({ name, namedBy }) => [name, namedBy])).toEqual([
      ['app-1.4.0+5.tgz', 'chart'],
      ['app-1.4.0+5.tgz.prov', 'chart'],
    ]);
  });

  it('is checked for a chart as well', async () => {
    const hostile = { ...helm, annotations: { ...helm.annotations, 'org.opencontainers.image.title': '../../app' } };
    const manifest = artifact([chart('content.v1.tar+gzip')], hostile);
    expect((await failure((await registryWith(manifest)).fetchArtifact('v1'))).code).toBe('unsafe-file-name');
  });

  it('is the digest if the artifact gives no name', async () => {
    const { files } = await fetched([descriptorOf(sbom, 'text/spdx+json')]);
    expect(files).toMatchObject([{ name: `sha256-${digestHex(digestOf(sbom))}`, namedBy: 'digest' }]);
  });

  it('says of a packed directory that it is one', async () => {
    const { files } = await fetched([titled('docs', sbom, { 'io.deis.oras.content.unpack': 'true' })]);
    expect(files).toMatchObject([{ name: 'docs', isPackedDirectory: true }]);
  });

  it('is missing for the placeholder of an artifact without files', async () => {
    expect((await fetched([descriptorOf(emptyConfig, 'application/vnd.oci.empty.v1+json')])).files).toEqual([]);
  });

  it.each(['', '../x', '/etc/passwd', 'a\\b', 'C:x', 'a\0b', 'NUL', 'x'.repeat(256), 'a/../b', 'a.'])(
    '%j is refused, with its place and the reason',
    async (title) => {
      const error = await refusal('good', title);
      expect(error.code).toBe('unsafe-file-name');
      expect(error.message).toMatch(/^file 2 of the artifact is named ".*": .+/);
    },
  );

  it.each([
    [['a', 'a'], 'the same name'],
    [['README', 'readme'], 'the same name'],
    [['docs/é', 'Docs/e\u0301'], 'the same name'],
    [['a', 'A/b'], 'is a file of the artifact'],
    [['a/b', 'A'], 'other files of the artifact use it as a directory'],
  ])('%j are refused together', async (titles, reason) => {
    const error = await refusal(...titles);
    expect(error.code).toBe('unsafe-file-name');
    expect(error.message).toContain(reason);
  });
});
