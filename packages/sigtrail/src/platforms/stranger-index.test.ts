import { bundleManifest, EMPTY_CONFIG, generateKeyPair, manifestOf, MEDIA_TYPE, pushManifest } from '@sigtrail/testing';
import type { PlatformName } from 'oci-client-lite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import type { ImageCallOptions } from '../options.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import { evaluateImage, verifyImage } from '../verify-image.ts';
import { onlyImage } from './verified-platforms.ts';

// Everyone who may push can put an index of their own around one manifest that is signed. What a client runs from it must have been judged.

const key = generateKeyPair();
const policy = { signedBy: { key: key.pem }, require: { log: 0 } };
type Entry = Readonly<Record<string, unknown>> & { readonly digest: string };
let image: ImageUnderTest;
let count = 0;

beforeEach(async () => {
  image = await createImage();
});
afterEach(async () => image.close());

/** A fresh manifest, as an entry of an index. */
function entry(platform?: object, more: object = {}): Entry {
  const { registry, repository } = image;
  const layer = { bytes: Buffer.from(`layer ${(count += 1)}`), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
  registry.putBlob(repository, layer.bytes);
  const bytes = manifestOf(EMPTY_CONFIG, [layer]);
  const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest);
  return {
    mediaType: MEDIA_TYPE.manifest,
    digest,
    size: bytes.length,
    ...(platform === undefined ? {} : { platform }),
    ...more,
  };
}

function signed(one: Entry): Entry {
  const bundle = image.sigstore.signBundle({ statement: { imageDigest: one.digest }, signer: key, logs: [] });
  const subject = { mediaType: String(one['mediaType']), digest: one.digest, size: Number(one['size']) };
  pushManifest(image.registry, image.repository, bundleManifest(bundle, subject));
  return one;
}

/** Puts an index, as text where JSON can't say it, and gives its entry. */
function putIndex(manifests: readonly object[] | string, tag?: string, platform?: object): Entry {
  const list = typeof manifests === 'string' ? manifests : `"manifests":${JSON.stringify(manifests)}`;
  const bytes = Buffer.from(`{"schemaVersion":2,"mediaType":"${MEDIA_TYPE.index}",${list}}`);
  const digest = image.registry.putManifest(image.repository, bytes, MEDIA_TYPE.index, tag);
  return {
    mediaType: MEDIA_TYPE.index,
    digest,
    size: bytes.length,
    ...(platform === undefined ? {} : { platform }),
  };
}

const reference = (): string => `${image.registry.host}/acme/app:multi`;
const ask = async (platforms: NonNullable<ImageCallOptions['platforms']> = 'each'): Promise<PlatformsReport> =>
  evaluateImage(reference(), policy, { ...image.options, platforms });
const linux = (architecture: string, more: object = {}): object => ({ os: 'linux', architecture, ...more });
const windows = (version: string): object => ({ os: 'windows', architecture: 'amd64', 'os.version': version });
const amd64 = linux('amd64');
const BUILDKIT = { annotations: { 'vnd.docker.reference.type': 'attestation-manifest' } };

describe('an index around one signed manifest is never verified', () => {
  it.each<readonly [string, 'each' | PlatformName, () => readonly object[]]>([
    ['BuildKit’s annotation on what a client can run', 'each', () => [entry(amd64, BUILDKIT), signed(entry(amd64))]],
    ['the same, for one platform', 'linux/amd64', () => [entry(amd64, BUILDKIT), signed(entry(amd64))]],
    ['an unknown media type', 'each', () => [entry(amd64, { artifactType: 'x/y' }), signed(entry(amd64))]],
    ['a variant in front', 'linux/amd64', () => [entry(linux('amd64', { variant: 'v2' })), signed(entry(amd64))]],
    ['a variant behind', 'linux/amd64', () => [signed(entry(amd64)), entry(linux('amd64', { variant: 'v3' }))]],
    ['a spelling of the architecture', 'linux/amd64', () => [entry(linux('x86_64')), signed(entry(amd64))]],
    [
      'a spelling of the system',
      'linux/amd64',
      () => [entry({ os: 'Linux', architecture: 'AMD64' }), signed(entry(amd64))],
    ],
    ['no system', 'linux/amd64', () => [entry({ os: '', architecture: 'amd64' }), signed(entry(amd64))]],
    ['no architecture', 'linux/amd64', () => [entry({ os: 'linux', architecture: ' ' }), signed(entry(amd64))]],
    [
      'a letter that Go lowers to another',
      'linux/amd64',
      () => [entry({ os: 'lİnux', architecture: 'amd64' }), signed(entry(amd64))],
    ],
    [
      'a lesser variant, which Podman takes',
      'linux/arm/v7',
      () => [entry(linux('arm', { variant: 'v6' })), signed(entry())],
    ],
    [
      'a name that hides its variant',
      'linux/arm/v7',
      () => [entry(linux('armhf', { variant: 'v3' })), signed(entry())],
    ],
    ['a lesser variant', 'linux/amd64/v3', () => [entry(linux('amd64', { variant: 'v2' })), signed(entry())]],
    [
      '386 in an index for amd64, which containerd takes',
      'linux/amd64',
      () => [putIndex([entry(linux('386'))], undefined, amd64), signed(entry(amd64))],
    ],
    [
      '386 beside a variant that is not every host’s',
      'linux/amd64',
      () => [entry(linux('386')), signed(entry(linux('amd64', { variant: 'v3' })))],
    ],
    ['features', 'linux/amd64', () => [entry(linux('amd64', { 'os.features': ['x'] })), signed(entry(amd64))]],
    ['another build of Windows', 'windows/amd64', () => [entry(windows('10.0.1')), signed(entry(windows('10.0.2')))]],
    ['no platform, in front', 'linux/amd64', () => [entry(), signed(entry(amd64))]],
    ['no platform, behind', 'linux/amd64', () => [signed(entry(amd64)), entry()]],
    ['one platform twice', 'linux/amd64', () => [signed(entry(amd64)), entry(amd64)]],
    ['an index in the index', 'linux/amd64', () => [putIndex([entry(amd64)]), signed(entry(amd64))]],
    [
      'an index in the index, for the platform',
      'linux/amd64',
      () => [putIndex([entry(amd64)], undefined, amd64), signed(entry(amd64))],
    ],
    ['an index in the index, which is signed', 'each', () => [signed(putIndex([entry(amd64)])), signed(entry(amd64))]],
    ['unknown/unknown by half', 'each', () => [entry({ os: 'unknown', architecture: 'amd64' }), signed(entry(amd64))]],
  ])('%s, %s', async (_, asked, entries) => {
    putIndex(entries(), 'multi');
    const report = await ask(asked === 'each' ? asked : [asked]);
    expect([report.verdict, report.signatures]).toEqual(['rejected', []]);
  });

  it.each<readonly [string, (bad: Entry, good: Entry) => string]>([
    ['manifeſts', (bad, good) => `"manifests":[${JSON.stringify(good)}],"manifeſts":[${JSON.stringify(bad)}]`],
    ['Manifests', (bad, good) => `"manifests":[${JSON.stringify(good)}],"Manifests":[${JSON.stringify(bad)}]`],
    ['manifests twice', (bad, good) => `"manifests":[${JSON.stringify(good)}],"manifests":[${JSON.stringify(bad)}]`],
    ['dıgest', (bad, good) => `"manifests":[${JSON.stringify({ ...good, dıgest: bad.digest })}]`],
    ['Digest', (bad, good) => `"manifests":[${JSON.stringify({ ...good, Digest: bad.digest })}]`],
    [
      'Platform',
      (bad, good) =>
        `"manifests":[${JSON.stringify({ ...bad, platform: { os: 'unknown', architecture: 'unknown' }, Platform: amd64 })},${JSON.stringify(good)}]`,
    ],
    [
      'OS',
      (bad, good) =>
        `"manifests":[${JSON.stringify({ ...bad, platform: { os: 'unknown', architecture: 'unknown', OS: 'linux', Architecture: 'amd64' } })},${JSON.stringify(good)}]`,
    ],
  ])('the key %s, which clients in Go read', async (_, list) => {
    putIndex(list(entry(amd64), signed(entry(amd64))), 'multi');
    for (const asked of ['each', ['linux/amd64']] as const) {
      const report = await ask(asked);
      expect([report.verdict, report.signatures, report.platforms]).toEqual(['indeterminate', [], []]);
    }
  });

  it('beyond a hundred entries, all of them signed or not: it is refused by name', async () => {
    const good = signed(entry(amd64));
    putIndex([...Array(100).fill(good), entry(amd64)], 'multi');
    const report = await ask();
    expect([report.verdict, report.problems.map(({ code }) => code)]).toEqual([
      'indeterminate',
      ['too-many-platforms'],
    ]);
    putIndex(Array(100).fill(good), 'multi');
    expect((await ask()).verdict).toBe('verified');
  });

  it('nested deeper than three: it is refused by name', async () => {
    const nest = (depth: number): Entry => (depth === 0 ? signed(entry(amd64)) : putIndex([nest(depth - 1)]));
    putIndex([nest(3)], 'multi');
    expect((await ask()).problems.map(({ code }) => code)).toEqual(['too-many-platforms']);
    putIndex([nest(2)], 'multi');
    expect((await ask()).verdict).toBe('verified');
  });
});

describe('what a verdict names', () => {
  const verify = async (platforms: NonNullable<ImageCallOptions['platforms']>) =>
    verifyImage(reference(), policy, { ...image.options, platforms });
  const at = (digest: string): string => `${image.registry.host}/acme/app@${digest}`;

  it('is the manifest if the index lists others, and the index if everything was evaluated', async () => {
    const good = signed(entry(amd64));
    putIndex([good, entry(linux('arm64'))], 'multi');
    const one = await verify(['linux/amd64']);
    expect([one.index, one.images.map(({ reference }) => reference), one.report.index]).toEqual([
      undefined,
      [at(good.digest)],
      undefined,
    ]);
    expect(onlyImage(one)).toMatchObject({ platform: 'linux/amd64', digest: good.digest });
    const whole = putIndex([good, entry({ os: 'unknown', architecture: 'unknown' }, BUILDKIT)], 'multi');
    for (const asked of ['each', ['linux/amd64']] as const) {
      const { index, report } = await verify(asked);
      expect([index, report.index]).toEqual([at(whole.digest), at(whole.digest)]);
    }
  });

  it('is one manifest that is listed for two platforms', async () => {
    const both = signed(entry(amd64));
    putIndex([both, { ...both, platform: linux('arm64') }, entry(linux('s390x'))], 'multi');
    const { images, report } = await verify(['linux/amd64', 'linux/arm64']);
    expect(images.map(({ platform, digest }) => [platform, digest])).toEqual([
      ['linux/amd64', both.digest],
      ['linux/arm64', both.digest],
    ]);
    expect(report.index).toBeUndefined();
    expect(report.platforms.map(({ report: one }) => one.reference)).toEqual([at(both.digest), at(both.digest)]);
  });

  it('is the index if a signature covers it', async () => {
    const index = signed(putIndex([signed(entry(amd64)), entry(linux('arm64'))], 'multi'));
    expect((await verify(['linux/amd64'])).index).toBe(at(index.digest));
  });

  it.each<readonly [string, 'linux/arm' | 'windows/amd64', readonly object[]]>([
    ['variants of arm', 'linux/arm', ['v5', 'v6', 'v7'].map((variant) => linux('arm', { variant }))],
    ['builds of Windows', 'windows/amd64', [windows('10.0.1'), windows('10.0.2')]],
  ])('are all of several that a client could select: %s', async (_, name, platforms) => {
    const manifests = platforms.map((platform) => signed(entry(platform)));
    putIndex([...manifests, entry(amd64)], 'multi');
    const several = await verify([name]);
    expect([several.index, several.report.index]).toEqual([undefined, undefined]);
    expect(several.images.map(({ digest }) => digest)).toEqual(manifests.map(({ digest }) => digest));
    expect(() => onlyImage(several)).toThrow(expect.objectContaining({ code: 'ambiguous-platform' }));
    putIndex(manifests, 'multi');
    expect((await verify('each')).index).toBeDefined();
  });

  it('is the image itself if there is no index, whatever platform is asked for', async () => {
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: key, logs: [] }));
    for (const platforms of ['each', ['linux/arm64']] as const) {
      const { index, images } = await verifyImage(image.reference, policy, { ...image.options, platforms });
      expect([index, images.map(({ digest }) => digest)]).toEqual([undefined, [image.digest]]);
    }
  });

  it('is not what only containerd falls back to: 386 is not amd64', async () => {
    putIndex([signed(entry(linux('386')))], 'multi');
    const { verdict, problems } = await ask(['linux/amd64']);
    expect([verdict, problems.map(({ code }) => code)]).toEqual(['indeterminate', ['platform-not-found']]);
  });

  it('is a lesser variant if there is no other', async () => {
    const v6 = signed(entry(linux('arm', { variant: 'v6' })));
    putIndex([v6, entry(amd64)], 'multi');
    expect((await verify(['linux/arm/v7'])).images[0].reference).toBe(at(v6.digest));
    const v7 = signed(entry(linux('arm', { variant: 'v7' })));
    putIndex([entry(linux('arm', { variant: 'v6' })), v7], 'multi');
    expect((await verify(['linux/arm/v7'])).images[0].reference).toBe(at(v7.digest));
  });

  it('says by which signature a manifest is covered', async () => {
    const child = entry(amd64);
    const index = signed(putIndex([child, entry(linux('arm64'))], 'multi'));
    const { index: named, images } = await verifyImage(reference(), policy, {
      ...image.options,
      platforms: ['linux/amd64'],
      inherit: true,
    });
    expect([named, images[0].reference, images[0].report.inheritedFrom]).toEqual([
      at(index.digest),
      at(child.digest),
      at(index.digest),
    ]);
    expect(images[0].signatures).toHaveLength(1);
  });
});
