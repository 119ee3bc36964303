import { fallbackTagOf, type FakeRegistry, indexOf, startRegistry } from '@sigtrail/testing';
import { createOciClient, type Descriptor, type OciClient } from 'oci-client-lite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { descriptorOf, encode, manifestBytes, types } from '../test/memory-repository.ts';
import {
  attestationManifestsOf,
  findsOf,
  gapsOf,
  isAbsent,
  triangulate,
  type TriangulateOptions,
  TriangulationSchema,
} from './index.ts';

const DOCKER = 'application/vnd.docker.attestation.manifest.v1+json';
const SLSA = 'https://slsa.dev/provenance/v1';

let registry: FakeRegistry;
let client: OciClient;
beforeEach(async () => {
  registry = await startRegistry();
  client = createOciClient({ dockerConfig: false, retries: 0 });
});
afterEach(async () => {
  await client.close();
  await registry.close();
});

const look = (options: TriangulateOptions = {}, name = 'v1') =>
  triangulate(`${registry.host}/acme/app:${name}`, { client, want: ['signatures', 'attestations'], ...options });

const put = (bytes: Uint8Array, more: object = {}, type: string = types.manifest) => {
  registry.putManifest('acme/app', bytes, type);
  return descriptorOf(bytes, type, more);
};
const blob = (content: unknown, mediaType: string, more: object = {}) => {
  registry.putBlob('acme/app', encode(content));
  return descriptorOf(encode(content), mediaType, more);
};
const child = (name: string) =>
  put(manifestBytes({ configType: types.config, annotations: { name } }), {
    platform: { os: 'linux', architecture: name },
  });
const statement = (about: Descriptor) =>
  blob({ _type: 'https://in-toto.io/Statement/v0.1', subject: [about.digest], predicateType: SLSA }, types.inToto, {
    annotations: { 'in-toto.io/predicate-type': SLSA },
  });
/** BuildKit's attestation manifest, as its index lists it. */
const attestation = (about: Descriptor) =>
  put(manifestBytes({ configType: types.config, layers: [statement(about)] }), {
    platform: { os: 'unknown', architecture: 'unknown' },
    annotations: { 'vnd.docker.reference.type': 'attestation-manifest', 'vnd.docker.reference.digest': about.digest },
  });
const index = (entries: readonly object[]) => {
  const bytes = indexOf(entries as Parameters<typeof indexOf>[0]);
  registry.putManifest('acme/app', bytes, types.index, 'v1');
  return descriptorOf(bytes, types.index);
};
const refer = (subject: { readonly digest: string }, artifactType: string, layers: readonly Descriptor[]) => {
  const digest = registry.attachReferrer('acme/app', subject.digest, {
    artifactType,
    layers: layers.map(({ digest: layer, mediaType }) => ({ bytes: bytesOf(layer), mediaType })),
  });
  return digest;
};
const bytesByDigest = new Map<string, Uint8Array>();
const bytesOf = (digest: string): Uint8Array => bytesByDigest.get(digest) ?? new Uint8Array();
const remember = (content: unknown, mediaType: string): Descriptor => {
  const descriptor = descriptorOf(encode(content), mediaType);
  bytesByDigest.set(descriptor.digest, encode(content));
  return descriptor;
};
const sign = (subject: { readonly digest: string }) => refer(subject, types.bundle, [remember({}, types.bundle)]);
const requestsAbout = (digest: string) => registry.requests.filter(({ name }) => name === digest).length;

describe('the attestation manifests of an index', () => {
  it('are typed finds: index, platform manifest, attestation manifest, signature', async () => {
    const amd64 = child('amd64');
    const about = attestation(amd64);
    const root = index([amd64, about]);
    const signature = sign(about);
    const { graph, contents } = await look();
    expect(graph.manifests.map(({ role, parent, about: named }) => [role, parent, named])).toEqual([
      ['index', undefined, undefined],
      ['image', root.digest, undefined],
      ['attestation-manifest', root.digest, amd64.digest],
    ]);
    expect(findsOf(graph, amd64.digest).map(({ kind, predicateTypeHint }) => [kind, predicateTypeHint])).toEqual([
      ['buildkit-attestation', SLSA],
    ]);
    expect(findsOf(graph, about.digest).map(({ kind, manifestDigest }) => [kind, manifestDigest])).toEqual([
      ['sigstore-bundle', signature],
    ]);
    // Of a signed one, all that the proof needs is there: its bytes, and those of its statements.
    expect(
      [about.digest, findsOf(graph, amd64.digest)[0]?.layer?.digest].map((one) => contents.has(one ?? '')),
    ).toEqual([true, true]);
    expect(isAbsent(graph, 'attestations')).toBe(false);
    expect(TriangulationSchema.parse(JSON.parse(JSON.stringify(graph)))).toEqual(graph);
  });

  it('cost one listing each if they are unsigned, two without the API, and none if they are not wanted', async () => {
    const amd64 = child('amd64');
    const about = attestation(amd64);
    index([amd64, about]);
    await look({ attestationManifests: 'signed' });
    expect(requestsAbout(about.digest)).toBe(1);
    registry.requests.length = 0;
    registry.configure({ referrersApi: false });
    await look({ attestationManifests: 'signed' });
    const asked = registry.requests
      .map(({ name }) => name ?? '')
      .filter((name) => name.includes(about.digest.slice(7)));
    expect(asked).toEqual([about.digest, `sha256-${about.digest.slice(7)}`]);
    for (const options of [{ attestationManifests: 'none' }, { want: ['signatures'] }] as const) {
      registry.requests.length = 0;
      await look(options);
      expect(requestsAbout(about.digest)).toBe(0);
    }
  });

  it('are found by the fallback tag if there is no API', async () => {
    registry.configure({ referrersApi: false });
    const amd64 = child('amd64');
    const about = attestation(amd64);
    index([amd64, about]);
    sign(about);
    const list = indexOf(registry.referrersOf('acme/app', about.digest));
    registry.putManifest('acme/app', list, types.index, fallbackTagOf(about.digest));
    const { graph } = await look({ attestationManifests: 'signed' });
    expect(findsOf(graph, about.digest).map(({ carrier }) => carrier)).toEqual(['fallback-tag']);
  });

  it('are walked for the platforms that are looked at', async () => {
    const [amd64, arm64] = [child('amd64'), child('arm64')];
    const [one, other] = [attestation(amd64), attestation(arm64)];
    index([amd64, arm64, one, other]);
    for (const about of [one, other]) sign(about);
    const { graph } = await look({ platforms: ['linux/arm64'], attestationManifests: 'signed' });
    expect([one, other].map(({ digest }) => findsOf(graph, digest).length)).toEqual([0, 1]);
  });

  it('are a gap if they, their statements or their signatures could not be read', async () => {
    const amd64 = child('amd64');
    const about = attestation(amd64);
    index([amd64, about]);
    sign(about);
    const layer = statement(amd64);
    for (const path of [`/manifests/${about.digest}`, `/blobs/${layer.digest}`, `/referrers/${about.digest}`]) {
      const fault = registry.fail({ path, fault: { kind: 'status', status: 500 } });
      expect(gapsOf((await look({ attestationManifests: 'signed' })).graph), path).toHaveLength(1);
      fault.clear();
    }
    expect(gapsOf((await look({ attestationManifests: 'signed' })).graph)).toEqual([]);
  });

  it('beyond a hundred are unknown', async () => {
    const amd64 = child('amd64');
    const one = attestation(amd64);
    const many = Array.from({ length: 100 }, (_, at) => ({ ...one, digest: `sha256:${String(at).padStart(64, '0')}` }));
    index([amd64, ...many]);
    expect(gapsOf((await look({ attestationManifests: 'signed' })).graph)).toEqual([]);
    index([amd64, ...many, one]);
    expect(gapsOf((await look({ attestationManifests: 'signed' })).graph)).toMatchObject([
      { location: { kind: 'attestation-manifests', code: 'too-large' } },
    ]);
  });

  it('can be given for an image that is looked at without its index', async () => {
    const amd64 = child('amd64');
    const about = attestation(amd64);
    const entries = { manifests: [amd64, about] };
    index(entries.manifests);
    sign(about);
    const options = { client, attestationManifests: attestationManifestsOf(entries, amd64.digest) };
    const { graph } = await triangulate(`${registry.host}/acme/app@${amd64.digest}`, options);
    expect(graph.attestationManifests).toEqual([about.digest]);
    expect(graph.manifests.at(-1)).toMatchObject({ role: 'attestation-manifest', about: amd64.digest });
    expect(graph.finds.map(({ kind, signs }) => [kind, signs])).toEqual([
      ['buildkit-attestation', amd64.digest],
      ['sigstore-bundle', about.digest],
    ]);
    expect(attestationManifestsOf(entries, about.digest)).toEqual([]);
  });
});

describe('a referrer that lists statements', () => {
  const image = (): Descriptor => {
    const one = child('amd64');
    registry.tag('acme/app', 'v1', one.digest);
    return one;
  };

  it.each([
    ['BuildKit’s artifact form', DOCKER, 'buildkit-attestation'],
    ['that of Docker Hardened Images', types.inToto, 'attestation-statement'],
  ] as const)('is looked behind: %s', async (_, artifactType, kind) => {
    const one = image();
    const layer = remember({ _type: 'https://in-toto.io/Statement/v1', predicateType: SLSA }, types.inToto);
    const about = refer(one, artifactType, [layer]);
    sign({ digest: about });
    const { graph, contents } = await look({ attestationManifests: 'signed' });
    expect(graph.finds.map((find) => [find.kind, find.signs])).toEqual([
      [kind, one.digest],
      ['sigstore-bundle', about],
    ]);
    expect(graph.manifests.map((node) => [node.role, node.about])).toEqual([
      ['image', undefined],
      ['attestation-manifest', one.digest],
    ]);
    expect([about, layer.digest].map((digest) => contents.has(digest))).toEqual([true, true]);
  });

  it('is an envelope if its bytes are an envelope, and nothing is behind it', async () => {
    const about = refer(image(), types.inToto, [remember({ payload: '', signatures: [] }, types.inToto)]);
    const { graph } = await look({ attestationManifests: 'signed' });
    expect(graph.finds.map(({ kind }) => kind)).toEqual(['dsse-attestation']);
    expect(registry.requests.filter(({ route, name }) => route === 'referrers' && name === about)).toEqual([]);
  });

  it('is read once if the index lists it too', async () => {
    const one = image();
    const layer = remember({ _type: 'https://in-toto.io/Statement/v1', predicateType: SLSA }, types.inToto);
    const about = refer(one, DOCKER, [layer]);
    sign({ digest: about });
    const entry = registry.referrersOf('acme/app', one.digest)[0];
    const options = { attestationManifests: [entry as Descriptor] };
    const { graph } = await look(options);
    expect(registry.requests.filter(({ route, name }) => route === 'referrers' && name === about)).toHaveLength(1);
    expect(graph.finds.filter(({ signs }) => signs === about)).toHaveLength(1);
  });
});
