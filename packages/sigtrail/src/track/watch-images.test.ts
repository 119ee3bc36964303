import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { callbackSink, createFileStore } from '@sigtrail/rekor';
import {
  createSigstore,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeRekor,
  type FakeSigstore,
  type LegacyLayer,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  startRekor,
} from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVerifier, type Verifier, type WatchOptions } from '../index.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let rekor: FakeRekor;
let verifier: Verifier;
let options: WatchOptions;
let digest: string;
let heard: string[];
beforeEach(async () => {
  [sigstore, registry] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
  ]);
  rekor = await startRekor(sigstore.rekor);
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

async function sign(certificate: object = {}): Promise<LegacyLayer> {
  const signer = await sigstore.issueCertificate(certificate);
  return sigstore.signImageLegacy({ imageDigest: digest, dockerReference: `${registry.host}/acme/app`, signer });
}

function push(...layers: readonly LegacyLayer[]): void {
  pushManifest(registry, 'acme/app', signatureManifest(layers), signatureTag());
}

function signatureTag(): string {
  return `${digest.replace(':', '-')}.sig`;
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

describe('a signature that leaves the registry', () => {
  const gone = async (): Promise<readonly unknown[]> =>
    (await verifier.watch(options)).events.filter(({ kind }) => kind === 'gone');

  it('is reported once, with who had signed and where the log still has it, and the run is 20', async () => {
    const [ours, theirs] = [await sign(), await sign({ san: [{ kind: 'email', value: 'dev@acme.test' }] })];
    push(ours, theirs);
    expect(await gone()).toEqual([]);
    push(ours);
    const run = await verifier.watch(options);
    expect(run).toMatchObject({
      exitCode: 20,
      events: [
        {
          kind: 'gone',
          place: `${registry.host}/acme/app@${digest}`,
          signature: {
            format: 'cosign-signature',
            signer: { kind: 'certificate', subjects: ['dev@acme.test'], issuer: GITHUB_ISSUER },
            entries: [{ logIndex: 3 }],
          },
        },
      ],
    });
    expect(await verifier.watch(options)).toMatchObject({ exitCode: 0, events: [] });
    expect(heard.filter((kind) => kind === 'gone')).toHaveLength(1);
  });

  it('is reported when the whole tag is deleted', async () => {
    push(await sign());
    expect(await gone()).toEqual([]);
    registry.remove('acme/app', signatureTag());
    expect(await gone()).toHaveLength(1);
  });

  it('is not reported while the registry does not answer, and is once it does', async () => {
    push(await sign());
    expect(await gone()).toEqual([]);
    registry.remove('acme/app', signatureTag());
    const fault = registry.fail({ path: signatureTag(), fault: { kind: 'status', status: 403 } });
    const run = await verifier.watch(options);
    expect(run).toMatchObject({ exitCode: 14, events: [] });
    fault.clear();
    expect(await gone()).toHaveLength(1);
  });

  it('is not reported if only its layer can’t be read', async () => {
    push(await sign());
    expect(await gone()).toEqual([]);
    // One that has not read the layer before.
    await verifier.close();
    verifier = createVerifier({ trust: { json: JSON.stringify(sigstore.trustedRoot()) } });
    const fault = registry.fail({ route: 'blob', fault: { kind: 'status', status: 403 } });
    expect(await verifier.watch(options)).toMatchObject({ exitCode: 14, events: [] });
    fault.clear();
    expect(await verifier.watch(options)).toMatchObject({ exitCode: 0, events: [] });
  });

  it('is not reported if it is attached in a different manifest, together with others', async () => {
    const layer = await sign();
    push(layer);
    expect(await gone()).toEqual([]);
    push(await sign(), layer);
    expect(await gone()).toEqual([]);
  });

  it('is not reported for an image that the tag no longer names', async () => {
    push(await sign());
    expect(await gone()).toEqual([]);
    const other = manifestOf(EMPTY_CONFIG, [], { other: 'image' });
    registry.putManifest('acme/app', other, MEDIA_TYPE.manifest, 'v1');
    registry.remove('acme/app', signatureTag());
    expect(await gone()).toEqual([]);
  });
});

it('begins a scan at the given index', async () => {
  await sign();
  const scanning = async (more: Partial<WatchOptions>): Promise<readonly string[]> => {
    const store = createFileStore(await mkdtemp(join(tmpdir(), 'sigtrail-watch-')));
    const { events } = await verifier.watch({ ...options, scan: true, store, ...more });
    return events.map(({ kind }) => kind);
  };
  expect(await scanning({})).toEqual(['notice']);
  expect(await scanning({ from: 2 })).toEqual(['notice']);
  expect(await scanning({ from: 0 })).toEqual(['notice', 'entry']);
  await expect(scanning({ from: -1 })).rejects.toThrow(TypeError);
});
