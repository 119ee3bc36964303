import {
  createSigstore,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeSigstore,
  manifestOf,
  MEDIA_TYPE,
  startRegistry,
  startRekor,
  startRekorV2,
  type TransparencyLog,
} from '@sigtrail/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type ImageTrack, ImageTrackSchema, timelineOf, trackImage } from './index.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let digest: string;
beforeEach(async () => {
  sigstore = await createSigstore({ rekor: { indexOffset: 0, neighbours: 1 }, rekor2: { neighbours: 1 } });
  registry = await startRegistry();
  registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
  digest = registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
});
afterEach(async () => registry.close());

/** An entry that names the digest and that no reader understands. */
const unreadable = (value: string): Parameters<TransparencyLog['append']>[0] => ({
  apiVersion: '9.9.9',
  kind: 'attestation',
  spec: { data: { hash: { algorithm: 'sha256', value } } },
});

async function track(url: string, version: 1 | 2): Promise<ImageTrack> {
  const log = version === 1 ? sigstore.rekor.baseUrl : sigstore.rekor2.baseUrl;
  return trackImage(`${registry.host}/acme/app:v1`, {
    trust: { json: JSON.stringify(sigstore.trustedRoot()) },
    logs: [{ url, log, version }],
    scanEntries: 10,
  });
}

it('finds an entry that can’t be read by the digest in its bytes, and says that it can’t be read', async () => {
  sigstore.rekor2.append(unreadable(digest.slice(7)), new Date());
  const server = await startRekorV2(sigstore.rekor2);
  const result = await track(server.url, 2);
  await server.close();
  const why = 'there is no reader for entries of kind attestation, version 9.9.9';
  expect(result.entries).toMatchObject([{ logIndex: 1, role: 'unbound', about: [digest], signers: [], unread: why }]);
  expect(result.reconciliation.loggedNotInRegistry).toEqual([result.entries[0]?.id]);
  expect(ImageTrackSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  expect(timelineOf([result]).events).toMatchObject([{ signer: 'unreadable entry 1', strength: 'claimed' }]);
});

it('says that a scan could not read an entry in which nothing of the image was found', async () => {
  sigstore.rekor2.append(unreadable('ab'.repeat(32)), new Date());
  const server = await startRekorV2(sigstore.rekor2);
  const result = await track(server.url, 2);
  await server.close();
  expect(result.entries).toEqual([]);
  expect(result.problems).toMatchObject([
    { code: 'entry-unread', message: expect.stringContaining('entry 1 can’t be read') },
  ]);
  expect(result.sources.find(({ source }) => source === 'scan')).toMatchObject({
    answer: 'partly',
    code: 'entry-unread',
  });
});

it('shows an entry that the index leads to and that can’t be read, on the timeline too', async () => {
  sigstore.rekor.append(unreadable(digest.slice(7)), new Date());
  const server = await startRekor(sigstore.rekor);
  const result = await track(server.url, 1);
  await server.close();
  expect(result.entries).toMatchObject([{ logIndex: 1, about: [digest], unread: expect.any(String) }]);
  expect(timelineOf([result]).signers).toMatchObject([{ signer: 'unreadable entry 1' }]);
});
