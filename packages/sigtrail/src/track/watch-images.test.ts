import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callbackSink, createFileStore } from '@sigtrail/rekor';
import {
  createSigstore,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeRekorV1,
  type FakeSigstore,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  manifestOf,
  MEDIA_TYPE,
  startRegistry,
  startRekorV1,
} from '@sigtrail/testing';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createVerifier, type Verifier, type WatchOptions } from '../index.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let rekor: FakeRekorV1;
let verifier: Verifier;
let options: WatchOptions;
let digest: string;
let heard: string[];
beforeEach(async () => {
  [sigstore, registry] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
  ]);
  rekor = await startRekorV1([sigstore.rekor]);
  verifier = createVerifier({ trust: { json: JSON.stringify(sigstore.trustedRoot()) } });
  registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
  digest = registry.putManifest('acme/app', manifestOf(EMPTY_CONFIG, []), MEDIA_TYPE.manifest, 'v1');
  heard = [];
  options = {
    images: [`${registry.host}/acme/app:v1`],
    expected: [{ subject: GITHUB_WORKFLOW, issuer: GITHUB_ISSUER }],
    logs: [{ url: rekor.url, log: sigstore.rekor.baseUrl, version: 1 }],
    store: createFileStore(await mkdtemp(join(tmpdir(), 'sigtrail-watch-'))),
    sinks: [callbackSink('test', ({ kind }) => void heard.push(kind))],
  };
});
afterEach(async () => {
  await Promise.all([verifier.close(), registry.close(), rekor.close()]);
});

async function sign(certificate: object = {}): Promise<void> {
  const signer = await sigstore.issueCertificate(certificate);
  sigstore.signImageLegacy({ imageDigest: digest, dockerReference: `${registry.host}/acme/app`, signer });
}

it('watches what a tag names now, and knows whose signatures are expected, by issuer too', async () => {
  await sign();
  expect(await verifier.watch(options)).toMatchObject({ exitCode: 10, images: [{ digest }], registryProblems: [] });
  expect((await verifier.watch(options)).exitCode).toBe(0);
  await sign({ issuer: 'https://issuer.evil.test' });
  const run = await verifier.watch(options);
  expect(run).toMatchObject({ exitCode: 20, events: [{ expected: 'no' }] });
  expect(heard).toEqual(['notice', 'entry', 'entry']);
});

it('watches the other images when one is not there, and says that the run is not complete', async () => {
  await sign();
  const run = await verifier.watch({ ...options, images: [...options.images, `${registry.host}/acme/app:gone`] });
  expect(run).toMatchObject({ exitCode: 14, registryProblems: [{ code: 'image-not-found' }] });
  expect(run.events.some(({ kind }) => kind === 'entry')).toBe(true);
});
