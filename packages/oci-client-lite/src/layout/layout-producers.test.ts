import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { descriptorOf, encode, indexBytes, manifestBytes, types } from '../../test/fake-registry.ts';
import { writeLayout } from '../../test/layout.ts';
import { type Descriptor, digestOf, layoutRoot, type OciRepository, openLayout } from '../index.ts';

const directories: string[] = [];
afterEach(async () => {
  await Promise.all(directories.splice(0).map((directory) => rm(directory, { recursive: true, force: true })));
});

async function layout(blobs: readonly Uint8Array[], entries: readonly object[]): Promise<OciRepository> {
  const directory = await mkdtemp(join(tmpdir(), 'layout-'));
  directories.push(directory);
  await writeLayout(directory, blobs, entries);
  return openLayout(directory);
}

const refName = 'org.opencontainers.image.ref.name';
const amd64 = manifestBytes({ annotations: { for: 'amd64' } });
const arm64 = manifestBytes({ annotations: { for: 'arm64' } });
const platform = (architecture: string): object => ({ platform: { os: 'linux', architecture } });

describe('the layout of docker buildx', () => {
  // `-o type=oci`: one index named by its tag and its full name; the attestations of BuildKit are manifests for a platform that doesn't exist.
  const attestation = manifestBytes({
    layers: [descriptorOf(encode('{}'), 'application/vnd.in-toto+json')],
  });
  const index = indexBytes([
    descriptorOf(amd64, types.manifest, platform('amd64')),
    descriptorOf(arm64, types.manifest, platform('arm64')),
    descriptorOf(attestation, types.manifest, {
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: {
        'vnd.docker.reference.type': 'attestation-manifest',
        'vnd.docker.reference.digest': digestOf(amd64),
      },
    }),
  ]);
  const entry = descriptorOf(index, types.index, {
    annotations: { 'io.containerd.image.name': 'docker.io/acme/app:1.4', [refName]: '1.4' },
  });

  it('has its index, its platforms and nothing that refers to them', async () => {
    const repository = await layout([index, amd64, arm64, attestation], [entry]);
    expect((await layoutRoot(repository)).digest).toBe(digestOf(index));
    expect((await repository.resolve('1.4')).digest).toBe(digestOf(index));
    expect((await repository.fetchManifest('1.4', { platform: 'linux/arm64' })).digest).toBe(digestOf(arm64));
    expect((await repository.listReferrers(digestOf(index))).referrers).toEqual([]);
  });

  it('has its only image even if it was built without a name', async () => {
    const repository = await layout([amd64], [descriptorOf(amd64, types.manifest, platform('amd64'))]);
    expect((await layoutRoot(repository)).digest).toBe(digestOf(amd64));
  });
});

describe('the layout of oras', () => {
  // `oras cp --to-oci-layout`, then `oras attach --oci-layout`: what was attached is an entry of index.json without a name.
  const subject = descriptorOf(amd64, types.manifest);
  const sbom = manifestBytes({ artifactType: 'application/spdx+json', subject, annotations: { made: 'by oras' } });
  const signature = manifestBytes({ artifactType: types.bundle, subject });
  const listed = (bytes: Uint8Array, artifactType: string): Descriptor =>
    descriptorOf(bytes, types.manifest, { artifactType });
  const entries = [
    { ...subject, annotations: { [refName]: 'v1' } },
    listed(sbom, 'application/spdx+json'),
    listed(signature, types.bundle),
  ];

  it('has its image and what was attached to it, limited to one type on request', async () => {
    const repository = await layout([amd64, sbom, signature], entries);
    expect((await layoutRoot(repository)).digest).toBe(digestOf(amd64));
    const all = await repository.listReferrers(digestOf(amd64));
    expect(new Set(all.referrers.map(({ descriptor }) => descriptor.digest))).toEqual(
      new Set([digestOf(sbom), digestOf(signature)]),
    );
    const boms = await repository.listReferrers(digestOf(amd64), { artifactType: 'application/spdx+json' });
    expect(boms.referrers.map(({ descriptor }) => descriptor)).toEqual([
      { ...listed(sbom, 'application/spdx+json'), annotations: { made: 'by oras' } },
    ]);
    expect(await repository.listTags()).toEqual(['v1']);
  });

  it('has its image even if nothing is named: a manifest with a subject is not the image', async () => {
    const repository = await layout([amd64, sbom], [subject, listed(sbom, 'application/spdx+json')]);
    expect((await layoutRoot(repository)).digest).toBe(digestOf(amd64));
  });
});
