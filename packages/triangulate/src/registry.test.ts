import { type FakeRegistry, startRegistry } from '@sigtrail/testing';
import { createOciClient, type OciClient } from 'oci-client-lite';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { descriptorOf, encode, manifestBytes, types } from '../test/memory-repository.ts';
import { dependentSteps, fallbackTag, isAbsent, signatureTag, triangulate } from './index.ts';

const image = manifestBytes({ configType: types.config });
const { digest } = descriptorOf(image, types.manifest);
const bundleBytes = encode('a bundle');
const payload = encode('a payload');

/** A bundle as cosign 3 pushes it; `subject` makes it a referrer. */
const bundleManifest = encode({
  schemaVersion: 2,
  mediaType: types.manifest,
  artifactType: types.bundle,
  config: descriptorOf(encode('{}'), types.empty),
  layers: [descriptorOf(bundleBytes, types.bundle)],
  subject: descriptorOf(image, types.manifest),
});

let registry: FakeRegistry;
let client: OciClient;

async function start(referrersApi: boolean): Promise<void> {
  registry = await startRegistry({ referrersApi });
  client = createOciClient({ dockerConfig: false, retries: 0 });
  registry.putManifest('acme/app', image, types.manifest, 'v1');
}

function push(...what: readonly ('bundle' | 'signature' | 'fallback-tag')[]): void {
  registry.putBlob('acme/app', bundleBytes);
  registry.putBlob('acme/app', payload);
  if (what.includes('bundle')) registry.putManifest('acme/app', bundleManifest, types.manifest);
  if (what.includes('signature')) {
    const bytes = manifestBytes({ layers: [descriptorOf(payload, types.simpleSigning)] });
    registry.putManifest('acme/app', bytes, types.manifest, signatureTag(digest));
  }
  if (what.includes('fallback-tag')) {
    // As cosign 2.5 to 3.0 wrote it: the type of the empty config, no annotations.
    const manifests = [descriptorOf(bundleManifest, types.manifest, { artifactType: types.empty })];
    const bytes = encode({ schemaVersion: 2, mediaType: types.index, manifests });
    registry.putManifest('acme/app', bytes, types.index, fallbackTag(digest));
  }
}

/** The requests, with what is long written short, in an order of its own. */
const asked = (): readonly string[] =>
  registry.requests.map(({ method, path }) => `${method} ${short(path)}`).toSorted();
const short = (path: string): string =>
  path
    .replace('/v2/acme/app/', '')
    .replace(digest, 'IMAGE')
    .replace(digest.replace(':', '-'), 'IMAGE')
    .replace(/^manifests\/IMAGE$/, path.includes(digest) ? 'manifests/IMAGE' : 'manifests/FALLBACK')
    .replace(descriptorOf(bundleManifest, '').digest, 'BUNDLE')
    .replace(descriptorOf(bundleBytes, '').digest, 'LAYER')
    .replace(descriptorOf(payload, '').digest, 'PAYLOAD');

beforeEach(() => start(true));
afterEach(async () => {
  await client.close();
  await registry.close();
});

describe('a verification’s requests', () => {
  test('for a bundle, by tag: six', async () => {
    push('bundle');
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client, want: ['signatures'] });
    expect(graph.finds.map(({ kind, carrier, unread }) => [kind, carrier, unread])).toEqual([
      ['sigstore-bundle', 'referrers-api', undefined],
    ]);
    expect(asked()).toEqual([
      'GET blobs/LAYER',
      'GET manifests/BUNDLE',
      'GET manifests/FALLBACK',
      'GET manifests/IMAGE.sig',
      'GET manifests/v1',
      'GET referrers/IMAGE',
    ]);
  });

  test('for a bundle, by digest: six, and the image is asked for beside its referrers', async () => {
    push('bundle');
    const { graph } = await triangulate(`${registry.host}/acme/app@${digest}`, { client, want: ['signatures'] });
    expect(asked()).toEqual([
      'GET blobs/LAYER',
      'GET manifests/BUNDLE',
      'GET manifests/FALLBACK',
      'GET manifests/IMAGE',
      'GET manifests/IMAGE.sig',
      'GET referrers/IMAGE',
    ]);
    const first = graph.transcript.filter(({ step }) => step === 1).map(({ url }) => short(new URL(url).pathname));
    expect(first.toSorted()).toEqual([
      'manifests/FALLBACK',
      'manifests/IMAGE',
      'manifests/IMAGE.sig',
      'referrers/IMAGE',
    ]);
    expect(dependentSteps(graph.transcript)).toBe(3);
  });

  test('for a .sig, by tag: five', async () => {
    push('signature');
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client, want: ['signatures'] });
    expect(graph.finds.map(({ kind }) => kind)).toEqual(['cosign-signature']);
    expect(asked()).toEqual([
      'GET blobs/PAYLOAD',
      'GET manifests/FALLBACK',
      'GET manifests/IMAGE.sig',
      'GET manifests/v1',
      'GET referrers/IMAGE',
    ]);
  });

  test('stand in the transcript, each once', async () => {
    push('bundle', 'signature');
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    const shown = graph.transcript.map(({ method, url, status }) => `${method} ${new URL(url).pathname} ${status}`);
    const served = registry.requests.map(({ method, path, status }) => `${method} ${path} ${status}`);
    expect(shown.toSorted()).toEqual(served.toSorted());
  });
});

describe('a registry', () => {
  test('without the referrers API is "unsupported", and the fallback tag decides', async () => {
    await registry.close();
    await start(false);
    push('bundle', 'fallback-tag');
    const { graph, contents } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    expect(graph.locations.slice(3).map(({ kind, answer }) => [kind, answer])).toEqual([
      ['referrers-api', 'unsupported'],
      ['fallback-tag', 'found'],
    ]);
    expect(graph.finds.map(({ kind, carrier, artifactType }) => [kind, carrier, artifactType])).toEqual([
      ['sigstore-bundle', 'fallback-tag', types.bundle],
    ]);
    expect([...contents.values()].map((bytes) => Buffer.from(bytes).toString())).toEqual(['a bundle']);
  });

  test('whose referrers API fails keeps its fallback tag and its signature tag readable', async () => {
    push('bundle', 'signature', 'fallback-tag');
    registry.fail({ route: 'referrers', fault: { kind: 'status', status: 500 } });
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    expect(graph.finds.map(({ kind, carrier, unread }) => [kind, carrier, unread])).toEqual([
      ['cosign-signature', 'tag', undefined],
      ['sigstore-bundle', 'fallback-tag', undefined],
    ]);
    expect(graph.locations.map(({ kind, answer, code }) => [kind, answer, code])).toEqual([
      ['signature-tag', 'found', undefined],
      ['attestation-tag', 'absent', undefined],
      ['sbom-tag', 'absent', undefined],
      ['referrers-api', 'unknown', 'server-error'],
      ['fallback-tag', 'found', undefined],
    ]);
  });

  test('whose fallback tag fails has that place unknown, not the API that said nothing', async () => {
    registry.fail({ route: 'fallback-tag', fault: { kind: 'status', status: 500 } });
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client, want: ['attestations'] });
    expect(graph.locations.map(({ kind, answer, code }) => [kind, answer, code])).toEqual([
      ['attestation-tag', 'absent', undefined],
      ['referrers-api', 'absent', undefined],
      ['fallback-tag', 'unknown', 'server-error'],
    ]);
  });

  test('whose fallback tag is not a list has that place unknown', async () => {
    registry.putManifest('acme/app', manifestBytes({}), types.manifest, fallbackTag(digest));
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    expect(graph.locations.at(-1)).toMatchObject({ kind: 'fallback-tag', answer: 'unknown', code: 'invalid-response' });
  });

  test('that answers the referrers API with a web page has not said that nothing is there', async () => {
    registry.fail({ route: 'referrers', fault: { kind: 'html' } });
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    expect(graph.locations.find(({ kind }) => kind === 'referrers-api')).toMatchObject({
      answer: 'unknown',
      code: 'invalid-response',
    });
    expect(isAbsent(graph, 'signatures')).toBe(false);
  });

  test('that lists more than 1 000 referrers, or breaks off in the middle, keeps what was listed before', async () => {
    push('bundle');
    for (let index = 0; index < 1000; index += 1)
      registry.attachReferrer('acme/app', digest, { artifactType: `application/vnd.acme.${index}`, layers: [] });
    const bundles = async (): Promise<readonly unknown[]> => {
      const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client, want: ['signatures'] });
      const api = graph.locations.find(({ kind }) => kind === 'referrers-api');
      return [
        graph.finds.length,
        graph.finds.filter(({ layer }) => layer !== undefined).length,
        api?.answer,
        api?.code,
      ];
    };
    expect(await bundles()).toEqual([1000, 1, 'unknown', 'too-large']);
    registry.configure({ pageSize: 10 });
    expect(await bundles()).toEqual([500, 1, 'unknown', 'too-large']);
    registry.fail({ path: 'from=100', fault: { kind: 'status', status: 429, retryAfter: 3600 } });
    expect(await bundles()).toEqual([100, 1, 'unknown', 'rate-limited']);
  });

  test('with 1 001 signatures under one tag gives the first 1 000 of them', async () => {
    registry.putBlob('acme/app', payload);
    const layers = Array.from({ length: 1001 }, () => descriptorOf(payload, types.simpleSigning));
    registry.putManifest('acme/app', manifestBytes({ layers }), types.manifest, signatureTag(digest));
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    expect(graph.finds.filter(({ unread }) => unread === undefined)).toHaveLength(1000);
    expect(graph.locations[0]).toMatchObject({ answer: 'unknown', code: 'too-large' });
  });

  test.each([401, 403, 429, 500, 503])('that answers %i for a tag has not said that it is absent', async (status) => {
    registry.fail({ path: '.sig', fault: { kind: 'status', status } });
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    expect(graph.locations[0]?.answer).toBe('unknown');
    expect(graph.locations.slice(1).map(({ answer }) => answer)).toEqual(['absent', 'absent', 'absent', 'absent']);
  });

  test('that serves other bytes for a payload leaves it unread', async () => {
    push('signature', 'bundle');
    registry.tamper('acme/app', descriptorOf(payload, '').digest, encode('A payload'));
    const { graph, contents } = await triangulate(`${registry.host}/acme/app:v1`, { client });
    expect(graph.finds.map(({ kind, unread }) => [kind, unread?.code])).toEqual([
      ['cosign-signature', 'digest-mismatch'],
      ['sigstore-bundle', undefined],
    ]);
    expect([...contents.keys()]).toEqual([descriptorOf(bundleBytes, '').digest]);
  });

  test('is reached by a client of its own if none is given', async () => {
    push('bundle');
    const { graph } = await triangulate(`${registry.host}/acme/app:v1`);
    expect(graph.finds).toHaveLength(1);
    await expect(triangulate(`${registry.host}/acme/app:v2`)).rejects.toMatchObject({ code: 'not-found' });
  });
});

test('embedded data of a layer saves its fetch', async () => {
  const layer = descriptorOf(bundleBytes, types.bundle, { data: Buffer.from(bundleBytes).toString('base64') });
  const manifest = encode({ ...(JSON.parse(new TextDecoder().decode(bundleManifest)) as object), layers: [layer] });
  registry.putManifest('acme/app', manifest, types.manifest);
  const { contents } = await triangulate(`${registry.host}/acme/app:v1`, { client });
  expect([...contents.values()].map((bytes) => Buffer.from(bytes).toString())).toEqual(['a bundle']);
  expect(asked().filter((request) => request.includes('blobs/'))).toEqual([]);
});
