import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type ContentDescriptor,
  descriptorOf,
  EMPTY_CONFIG,
  indexOf,
  MEDIA_TYPE,
  manifestOf,
  startRegistry,
} from '../index.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'layout-'));
  mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
});
afterEach(() => rmSync(directory, { recursive: true }));

function put(bytes: Uint8Array, mediaType: string, annotations?: Record<string, string>): ContentDescriptor {
  const descriptor = descriptorOf({ bytes, mediaType, ...(annotations === undefined ? {} : { annotations }) });
  writeFileSync(join(directory, 'blobs', descriptor.digest.replace(':', '/')), bytes);
  return descriptor;
}

function putIndex(...manifests: ContentDescriptor[]): void {
  writeFileSync(join(directory, 'index.json'), indexOf(manifests));
}

const layer = {
  bytes: Buffer.from('{"schemaVersion":2,"note":"JSON, but no manifest"}'),
  mediaType: 'application/json',
};
const image = manifestOf(EMPTY_CONFIG, [layer]);

test('takes tags from org.opencontainers.image.ref.name, and blobs as blobs', async () => {
  const { digest } = put(layer.bytes, layer.mediaType);
  const tagged = put(image, MEDIA_TYPE.manifest, { 'org.opencontainers.image.ref.name': 'v1' });
  putIndex(tagged);
  await using registry = await startRegistry();
  expect(registry.loadLayout('a/b', directory)).toEqual({ root: tagged.digest, tags: ['v1'] });
  const found = await fetch(`${registry.url}/v2/a/b/manifests/v1`);
  expect([found.headers.get('docker-content-digest'), await found.text()]).toEqual([tagged.digest, image.toString()]);
  expect((await fetch(`${registry.url}/v2/a/b/blobs/${digest}`)).status).toBe(200);
  expect((await fetch(`${registry.url}/v2/a/b/manifests/${digest}`)).status).toBe(404);
});

test('finds manifests that only an index names, and manifests without mediaType', async () => {
  const child = put(Buffer.from(JSON.stringify({ schemaVersion: 2, config: {}, layers: [] })), MEDIA_TYPE.manifest);
  putIndex(put(indexOf([child]), MEDIA_TYPE.index, { 'org.opencontainers.image.ref.name': 'multi' }));
  await using registry = await startRegistry();
  registry.loadLayout('a/b', directory);
  const found = await fetch(`${registry.url}/v2/a/b/manifests/${child.digest}`);
  expect(found.headers.get('content-type')).toBe(MEDIA_TYPE.manifest);
});

test('groups untagged manifests by their subject', async () => {
  const subject = put(image, MEDIA_TYPE.manifest, { 'org.opencontainers.image.ref.name': 'v1' });
  const referrer = put(manifestOf(EMPTY_CONFIG, [], undefined, { subject, artifactType: 'x/y' }), MEDIA_TYPE.manifest);
  putIndex(subject);
  await using registry = await startRegistry();
  registry.loadLayout('a/b', directory);
  expect(registry.referrersOf('a/b', subject.digest)).toEqual([{ ...referrer, artifactType: 'x/y' }]);
});

test('takes the lists that olareg keeps, in their order, without serving them', async () => {
  const subject = put(image, MEDIA_TYPE.manifest, { 'org.opencontainers.image.ref.name': 'v1' });
  const referrers = ['2', '1', '3'].map((number) =>
    put(manifestOf(EMPTY_CONFIG, [], { number }, { subject }), MEDIA_TYPE.manifest),
  );
  const list = put(indexOf(referrers), MEDIA_TYPE.index, { 'org.olareg.referrer.subject': subject.digest });
  putIndex(subject, list);
  await using registry = await startRegistry();
  registry.loadLayout('a/b', directory);
  registry.loadLayout('a/b', directory); // twice changes nothing
  expect(registry.referrersOf('a/b', subject.digest)).toEqual(referrers);
  expect((await fetch(`${registry.url}/v2/a/b/manifests/${list.digest}`)).status).toBe(404);
});

test('gives the layouts of cosign save the tags of cosign, and the image the tag it is told', async () => {
  const kind = (name: string): Record<string, string> => ({ kind: `dev.cosignproject.cosign/${name}` });
  const saved = put(image, MEDIA_TYPE.manifest, kind('image'));
  const signatures = put(manifestOf(EMPTY_CONFIG, [], { of: 'sigs' }), MEDIA_TYPE.manifest, kind('sigs'));
  const attestations = put(manifestOf(EMPTY_CONFIG, [], { of: 'atts' }), MEDIA_TYPE.manifest, kind('atts'));
  putIndex(saved, signatures, attestations);
  await using registry = await startRegistry();
  const loaded = registry.loadLayout('a/b', directory, 'v1');
  const stem = saved.digest.replace(':', '-');
  expect(loaded).toEqual({ root: saved.digest, tags: [`${stem}.sig`, `${stem}.att`, 'v1'] });
  const found = await fetch(`${registry.url}/v2/a/b/manifests/${stem}.att`, { method: 'HEAD' });
  expect(found.headers.get('docker-content-digest')).toBe(attestations.digest);
});

test('serves a layout that lies as it lies', async () => {
  const tagged = put(image, MEDIA_TYPE.manifest, { 'org.opencontainers.image.ref.name': 'v1' });
  writeFileSync(join(directory, 'blobs', tagged.digest.replace(':', '/')), '{}');
  putIndex(tagged);
  await using registry = await startRegistry();
  registry.loadLayout('a/b', directory);
  expect(await (await fetch(`${registry.url}/v2/a/b/manifests/${tagged.digest}`)).text()).toBe('{}');
});
