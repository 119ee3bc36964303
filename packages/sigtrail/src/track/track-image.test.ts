import {
  bundleManifest,
  createSigstore,
  descriptorOf,
  EMPTY_CONFIG,
  type FakeRegistry,
  type FakeRekor,
  type FakeSigstore,
  GITHUB_WORKFLOW,
  indexOf,
  type LegacyLayer,
  manifestOf,
  MEDIA_TYPE,
  pushManifest,
  signatureManifest,
  startRegistry,
  startRekor,
  startRekorV2,
} from '@sigtrail/testing';
import { verifyEvidence } from '@sigtrail/rekor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createVerifier, type ImageTrack } from '../index.ts';
import { ImageTrackSchema, timelineOf, TimelineSchema, trackImage, type TrackImageOptions } from '../track/index.ts';
import { timelineToText } from '../render/index.ts';

let sigstore: FakeSigstore;
let registry: FakeRegistry;
let rekor: FakeRekor;
beforeEach(async () => {
  [sigstore, registry] = await Promise.all([
    createSigstore({ rekor: { indexOffset: 0, neighbours: 1 } }),
    startRegistry(),
  ]);
  rekor = await startRekor(sigstore.rekor);
});
afterEach(async () => {
  await Promise.all([registry.close(), rekor.close()]);
});

interface Pushed {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
  readonly reference: string;
}

function push(text = 'app', tag = 'v1'): Pushed {
  const layer = { bytes: Buffer.from(text), mediaType: 'text/plain' };
  registry.putBlob('acme/app', layer.bytes);
  registry.putBlob('acme/app', EMPTY_CONFIG.bytes);
  const bytes = manifestOf(EMPTY_CONFIG, [layer]);
  const digest = registry.putManifest('acme/app', bytes, MEDIA_TYPE.manifest, tag);
  return { digest, size: bytes.length, mediaType: MEDIA_TYPE.manifest, reference: `${registry.host}/acme/app:${tag}` };
}

async function signLegacy({ digest }: Pushed, options: object = {}): Promise<LegacyLayer> {
  const signer = await sigstore.issueCertificate();
  const dockerReference = `${registry.host}/acme/app`;
  return sigstore.signImageLegacy({ imageDigest: digest, dockerReference, signer, ...options });
}

function pushSignatures({ digest }: Pushed, ...layers: readonly LegacyLayer[]): string {
  const tag = `${digest.replace(':', '-')}.sig`;
  return pushManifest(registry, 'acme/app', signatureManifest(layers), tag);
}

/** Signs as cosign 3 does, and files the entry under the image as a real log does for in-toto statements. */
async function signBundle(
  image: Pushed,
  options: { readonly predicateType?: string; readonly others?: readonly string[] } = {},
): Promise<string> {
  const { predicateType, others = [] } = options;
  const signer = await sigstore.issueCertificate();
  const statement = {
    imageDigest: image.digest,
    ...(predicateType === undefined ? {} : { predicateType }),
    otherDigests: others,
  };
  const bundle = sigstore.signBundle({ statement, signer });
  const entry = sigstore.rekor.entries.find(
    ({ logIndex }) => String(logIndex) === bundle.verificationMaterial.tlogEntries[0]?.logIndex,
  );
  if (entry === undefined) throw new Error('not logged');
  for (const digest of [image.digest, ...others]) rekor.index.add(digest, entry);
  const packed = bundleManifest(bundle, image);
  return pushManifest(registry, 'acme/app', packed);
}

async function track(reference: string, options: Partial<TrackImageOptions> = {}): Promise<ImageTrack> {
  const result = await trackImage(reference, {
    trust: { json: JSON.stringify(sigstore.trustedRoot({ logs: [sigstore.rekor] })) },
    logs: [{ url: rekor.url, log: sigstore.rekor.baseUrl, version: 1 }],
    ...options,
  });
  expect(ImageTrackSchema.parse(JSON.parse(JSON.stringify(result)))).toEqual(result);
  return result;
}

describe('trackImage', () => {
  it('finds the entry of a classic signature and says who, when and how far that is proven', async () => {
    const image = push();
    pushSignatures(image, await signLegacy(image));
    const result = await track(image.reference);
    expect(result.problems).toEqual([]);
    expect(result.entries).toMatchObject([
      {
        role: 'payload',
        about: [image.digest],
        content: 'simple-signing',
        kind: 'hashedrekord',
        seenIn: 'both',
        integratedTime: sigstore.now.toISOString(),
        provenance: { body: 'proven', logIndex: 'proven', integratedTime: 'asserted' },
        signers: [
          {
            kind: 'certificate',
            subjectAlternativeNames: [{ kind: 'uri', value: GITHUB_WORKFLOW }],
            identity: 'proven',
            signature: 'verified',
          },
        ],
      },
    ]);
    const [entry] = result.entries;
    expect(result.reconciliation).toEqual({
      loggedNotInRegistry: [],
      inRegistryNotLogged: [],
      inBoth: [entry?.id],
      undecided: [],
    });
    expect(entry?.searchUrl).toBeUndefined();
    expect(entry?.foundBy).toEqual(
      expect.arrayContaining([expect.stringContaining('content of'), expect.stringContaining('payload')]),
    );
  });

  it('finds a bundle by the image, as its subject', async () => {
    const image = push();
    await signBundle(image);
    const result = await track(image.reference);
    expect(result.entries).toMatchObject([
      {
        role: 'subject',
        kind: 'dsse',
        content: 'statement',
        predicateType: 'https://sigstore.dev/cosign/sign/v1',
        seenIn: 'both',
      },
    ]);
    expect(result.reconciliation.inBoth).toHaveLength(1);
  });

  it.each([['classic'], ['bundle']])(
    'says that a %s signature is in the log and no longer in the registry',
    async (format) => {
      const image = push();
      const manifest = format === 'classic' ? pushSignatures(image, await signLegacy(image)) : await signBundle(image);
      registry.remove('acme/app', manifest);
      if (format === 'classic') registry.remove('acme/app', `${image.digest.replace(':', '-')}.sig`);
      const result = await track(image.reference);
      expect(result.signatures).toEqual([]);
      expect(result.reconciliation.loggedNotInRegistry).toEqual([result.entries[0]?.id]);
      // What cosign signs can be built, so that even without the signature it is known what was signed, and by whom.
      expect(result.entries[0]).toMatchObject({
        role: format === 'classic' ? 'payload' : 'subject',
        signers: [{ identity: 'proven', signature: 'verified' }],
      });
    },
  );

  it('says that a signature is in the registry and in no log', async () => {
    const image = push();
    pushSignatures(image, await signLegacy(image, { rekor: false }));
    const result = await track(image.reference);
    expect(result.entries).toEqual([]);
    expect(result.signatures).toMatchObject([{ logged: 'no' }]);
    expect(result.reconciliation.inRegistryNotLogged).toEqual([result.signatures[0]?.id]);
  });

  it('says so of a layer beside a Rekor v2 too, which could not have it, and not of a bundle, which it could', async () => {
    const image = push();
    pushSignatures(image, await signLegacy(image, { rekor: false }));
    const bundle = sigstore.signBundle({
      statement: { imageDigest: image.digest },
      signer: await sigstore.issueCertificate(),
      logs: [],
      version: '0.1',
    });
    pushManifest(registry, 'acme/app', bundleManifest(bundle, image));
    const tiles = await startRekorV2(sigstore.rekor2);
    const logs = [
      { url: rekor.url, log: sigstore.rekor.baseUrl, version: 1 },
      { url: tiles.url, log: sigstore.rekor2.baseUrl, version: 2 },
    ] as const;
    const result = await track(image.reference, { trust: { json: JSON.stringify(sigstore.trustedRoot()) }, logs });
    const logged = Object.fromEntries(result.signatures.map(({ format, logged: is }) => [format, is]));
    expect(logged).toEqual({ 'cosign-signature': 'no', 'sigstore-bundle': 'unknown' });
    const scanned = await track(image.reference, {
      trust: { json: JSON.stringify(sigstore.trustedRoot()) },
      logs,
      scanEntries: 10,
    });
    expect(scanned.signatures.map(({ logged: is }) => is)).toEqual(['no', 'no']);
    expect((await track(image.reference, { logs: [] })).signatures.map(({ logged: is }) => is)).toEqual([
      'unknown',
      'unknown',
    ]);
    await tiles.close();
  });

  it('does not say so when the log could not be asked', async () => {
    const image = push();
    pushSignatures(image, await signLegacy(image, { rekor: false }));
    rekor.lie = ({ path }, honest) =>
      path === '/api/v1/index/retrieve' ? { status: 501, json: { code: 501, message: 'off' } } : honest;
    const result = await track(image.reference);
    expect(result.signatures).toMatchObject([{ logged: 'unknown' }]);
    expect(result.reconciliation).toMatchObject({ inRegistryNotLogged: [], undecided: [result.signatures[0]?.id] });
    expect(result.sources.find(({ source }) => source === 'index')).toMatchObject({
      answer: 'failed',
      code: 'not-enabled',
    });
  });

  it('does not call an entry missing from a registry that could not be read', async () => {
    const image = push();
    await signLegacy(image);
    registry.fail({ route: 'referrers', fault: { kind: 'status', status: 403 } });
    const result = await track(image.reference);
    expect(result.reconciliation).toMatchObject({ loggedNotInRegistry: [], undecided: [result.entries[0]?.id] });
  });

  it('tells a base image from a subject, and an index that is wrong from both', async () => {
    const image = push();
    const signer = await sigstore.issueCertificate();
    const [algorithm = '', hex = ''] = image.digest.split(':');
    const provenance = (
      materials: readonly object[],
    ): { readonly imageDigest: string; readonly predicateType: string; readonly predicate: object } => ({
      imageDigest: `sha256:${'cd'.repeat(32)}`,
      predicateType: 'https://slsa.dev/provenance/v0.2',
      predicate: { materials },
    });
    for (const materials of [[{ uri: 'base', digest: { [algorithm]: hex } }], []]) {
      const statement = provenance(materials);
      // @ts-expect-error -- a predicate of any shape
      const bundle = sigstore.signBundle({ statement, signer });
      const entry = sigstore.rekor.entries.find(
        ({ logIndex }) => String(logIndex) === bundle.verificationMaterial.tlogEntries[0]?.logIndex,
      );
      if (entry !== undefined) rekor.index.add(image.digest, entry);
      // The attestation hangs on this image, as somebody may push it; the statement says what it is about.
      pushManifest(registry, 'acme/app', bundleManifest(bundle, image));
    }
    const result = await track(image.reference);
    expect(result.entries.map(({ role, about }) => [role, about])).toEqual([
      ['material', [image.digest]],
      ['unbound', []],
    ]);
    expect(result.reconciliation).toMatchObject({ loggedNotInRegistry: [], inBoth: [] });
  });

  it('says unbound when only the index connects an entry with the image', async () => {
    const image = push();
    const manifest = await signBundle(image, { predicateType: 'https://example.test/custom/v1' });
    registry.remove('acme/app', manifest);
    const result = await track(image.reference);
    expect(result.entries).toMatchObject([
      { role: 'unbound', about: [image.digest], content: 'unknown', signers: [{ signature: 'not-checked' }] },
    ]);
    expect(result.reconciliation.loggedNotInRegistry).toHaveLength(1);
  });

  it('does not call an entry missing while a signature can’t be read', async () => {
    const image = push();
    await signLegacy(image);
    const broken = await signLegacy(image, { rekor: false, tamper: { annotations: () => ({}) } });
    pushSignatures(image, broken);
    const result = await track(image.reference);
    expect(result.reconciliation.loggedNotInRegistry).toEqual([]);
    expect(result.reconciliation.undecided).toContain(result.entries[0]?.id);
  });

  it('does not take an entry that a stranger attached to the image for an entry about it', async () => {
    const [image, other] = [push(), push('other', 'other')];
    const stranger = await signLegacy(other);
    const own = await signLegacy(image, { rekor: false });
    const bundle = stranger.layer.annotations?.['dev.sigstore.cosign/bundle'] ?? '';
    const layer = { ...own.layer, annotations: { ...own.layer.annotations, 'dev.sigstore.cosign/bundle': bundle } };
    pushSignatures(image, { ...own, layer });
    const result = await track(image.reference);
    expect(result.entries).toMatchObject([{ role: 'unbound', about: [], signatures: [] }]);
    expect(result.reconciliation).toMatchObject({ loggedNotInRegistry: [], inBoth: [] });
    expect(result.signatures).toMatchObject([{ logged: 'no' }]);
  });

  it('looks for the platforms of an index too', async () => {
    const child = push('linux', 'child');
    pushSignatures(child, await signLegacy(child));
    const platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };
    const bytes = indexOf([
      {
        ...descriptorOf({ bytes: Buffer.alloc(0), mediaType: child.mediaType }),
        digest: child.digest,
        size: child.size,
        platform,
      },
    ]);
    registry.putManifest('acme/app', bytes, MEDIA_TYPE.index, 'multi');
    const result = await track(`${registry.host}/acme/app:multi`);
    expect(result.digests).toEqual([{ digest: result.digest }, { digest: child.digest, platform: 'linux/arm64/v8' }]);
    expect(result.entries).toMatchObject([{ about: [child.digest], role: 'payload' }]);
    expect(result.signatures).toMatchObject([{ digest: child.digest, logged: 'yes' }]);
    expect((await track(`${registry.host}/acme/app:multi`, { platforms: false })).digests).toHaveLength(1);
  });

  it('shows a lying log as a problem, and what the registry carries all the same', async () => {
    const image = push();
    await signBundle(image);
    rekor.lie = ({ path }, honest) => {
      if (path !== '/api/v1/log/entries/retrieve') return honest;
      const text = JSON.stringify(honest.json).replaceAll(/"hashes":\["[0-9a-f]{64}/g, `"hashes":["${'00'.repeat(32)}`);
      return { status: 200, text };
    };
    const result = await track(image.reference);
    expect(result.problems.map(({ code }) => code)).toContain('inclusion-invalid');
    const logs = [{ publicKey: sigstore.rekor.key.publicKey, logId: sigstore.rekor.logId }];
    expect(result.alarms.length).toBeGreaterThan(0);
    expect(result.alarms.every((evidence) => verifyEvidence(evidence, { logs }).holds)).toBe(true);
    expect(result.entries).toMatchObject([{ seenIn: 'registry', provenance: { body: 'proven' } }]);
  });

  it('says when no log was asked, and shows what the registry carries all the same', async () => {
    const image = push();
    pushSignatures(image, await signLegacy(image));
    const result = await track(image.reference, { logs: [] });
    expect(result.limits[0]).toContain('No log was asked');
    // The signature carries its entry, and the log's promise proves it.
    expect(result.entries).toMatchObject([{ seenIn: 'registry', provenance: { body: 'asserted' } }]);
  });

  it('costs no more than three steps after the registry, however many entries there are', async () => {
    const image = push();
    const layers = await Promise.all([1, 2, 3].map(async () => signLegacy(image)));
    pushSignatures(image, ...layers);
    rekor.lie = async (_, honest) => {
      await new Promise((resolve) => setTimeout(resolve, 60)); // an answer takes its time, so that what is asked together overlaps
      return honest;
    };
    const result = await track(image.reference);
    expect(result.entries).toHaveLength(3);
    expect(longestChain(rekor.requests)).toBeLessThanOrEqual(3);
  });

  it('refuses a log that the trusted root does not have', async () => {
    const image = push();
    await expect(track(image.reference, { logs: [{ url: rekor.url }] })).rejects.toMatchObject({ code: 'unknown-log' });
  });

  it('says image-not-found for an image that is not there', async () => {
    await expect(track(`${registry.host}/acme/app:gone`)).rejects.toMatchObject({ code: 'image-not-found' });
  });
});

describe('timelineOf', () => {
  it('tells who came first, who is new, and when the format changed', async () => {
    const image = push();
    const early = new Date(sigstore.now.getTime() - 60_000);
    const robot = await sigstore.issueCertificate({ notBefore: early });
    const mallory = await sigstore.issueCertificate({ san: [{ kind: 'email', value: 'mallory@evil.test' }] });
    const dockerReference = `${registry.host}/acme/app`;
    const layers = [
      sigstore.signImageLegacy({ imageDigest: image.digest, dockerReference, signer: robot, at: early }),
      sigstore.signImageLegacy({ imageDigest: image.digest, dockerReference, signer: mallory }),
    ];
    pushSignatures(image, ...layers);
    const line = timelineOf([await track(image.reference)]);
    expect(TimelineSchema.parse(JSON.parse(JSON.stringify(line)))).toEqual(line);
    expect(line.signers).toMatchObject([
      {
        signer: expect.stringContaining(GITHUB_WORKFLOW),
        firstSeen: early.toISOString(),
        count: 1,
        strength: 'proven-identity',
      },
      { signer: expect.stringContaining('mallory@evil.test'), count: 1 },
    ]);
    expect(line.changes.map(({ kind }) => kind)).toEqual(['first-signature', 'new-signer']);
    await signBundle(image);
    const later = timelineOf([await track(image.reference)]);
    expect(later.changes.map(({ kind }) => kind)).toContain('new-format');
  });
});

describe('trackRepository', () => {
  it('puts the images of a repository on one timeline, and leaves out anything that is not an image or over the limit', async () => {
    for (const tag of ['v1', 'v2', 'v3']) {
      const image = push(tag, tag);
      pushSignatures(image, await signLegacy(image));
    }
    await using verifier = createVerifier({ trust: { json: JSON.stringify(sigstore.trustedRoot()) } });
    const logs = [{ url: rekor.url, log: sigstore.rekor.baseUrl, version: 1 }] as const;
    const result = await verifier.trackRepository(`${registry.host}/acme/app`, { logs, limit: 2 });
    expect(result.tracks.map(({ requested }) => requested.split(':').at(-1))).toEqual(['v3', 'v2']);
    expect(result).toMatchObject({ leftOut: ['v1'], problems: [], timeline: { signers: [{ count: 2 }] } });
    const named = await verifier.trackRepository(`${registry.host}/acme/app`, { logs, tags: ['v1', 'gone'] });
    expect(named).toMatchObject({ tracks: [{}], problems: [{ code: 'image-not-found' }] });
  });

  it('says which logs and places could not be read, and so does its timeline', async () => {
    await signLegacy(push('v1', 'v1'));
    await using verifier = createVerifier({ trust: { json: JSON.stringify(sigstore.trustedRoot()) } });
    const down = [{ url: 'http://127.0.0.1:1', log: sigstore.rekor.baseUrl }];
    const { problems, timeline, alarms } = await verifier.trackRepository(`${registry.host}/acme/app`, { logs: down });
    expect(problems).not.toEqual([]);
    expect(problems[0]?.message).toContain('acme/app:v1: http://127.0.0.1:1');
    expect(alarms).toEqual([]);
    expect(timeline.problems).toEqual(problems);
    expect(timeline.sources).toContainEqual(expect.objectContaining({ where: 'http://127.0.0.1:1', answer: 'failed' }));
    expect(TimelineSchema.parse(JSON.parse(JSON.stringify(timeline)))).toEqual(timeline);
    expect(timelineToText(timeline)).toMatch(
      /no signing in what could be read\nINCOMPLETE: [^]*problem [a-z-]+: .*127\.0\.0\.1:1/,
    );
    const logs = [{ url: rekor.url, log: sigstore.rekor.baseUrl, version: 1 }] as const;
    const up = (await verifier.trackRepository(`${registry.host}/acme/app`, { logs })).timeline;
    expect(up).toMatchObject({ problems: [], signers: [{}], leftOut: [] });
    expect(timelineToText(up)).not.toContain('INCOMPLETE');
  });

  it('says that no log was asked if the trusted root has none', async () => {
    const image = push('v1', 'v1');
    const root = { ...sigstore.trustedRoot(), tlogs: [] };
    await using verifier = createVerifier({ trust: { json: JSON.stringify(root) } });
    expect((await verifier.track(image.reference)).problems.map(({ code }) => code)).toEqual(['no-log']);
  });
});

/** How many requests had to wait for one another. */
function longestChain(requests: FakeRekor['requests']): number {
  const chain = (from: number): number =>
    1 + Math.max(0, ...requests.filter(({ begin }) => begin >= from).map(({ end }) => chain(end)));
  return chain(-1) - 1;
}
