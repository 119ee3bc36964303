import { bundleManifest, type Fault, MEDIA_TYPE, pushManifest } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { identity } from '../test/attempt.ts';
import { allOf, atLeast, not } from './policy/index.ts';
import { glob } from './policy/pattern.ts';
import { createVerifier } from './verifier.ts';

const stranger = { ...identity, subject: 'https://github.com/other/app/.github/workflows/release.yml@refs/heads/main' };
/** What is asked for, and what must not be there: the second can only be said when everything was seen. */
const POLICIES = {
  present: { signedBy: identity },
  absent: allOf({ signedBy: identity }, not({ signedBy: stranger })),
};

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
});
afterEach(() => image.close());

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
  artifactType?: string;
}

const bundle = (): Parameters<ImageUnderTest['attachBundle']>[0] =>
  image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer });

const indexOf = (manifests: readonly object[]): string =>
  JSON.stringify({ schemaVersion: 2, mediaType: MEDIA_TYPE.index, manifests });

/** Attaches a good signature, and says how the registry lists it. */
function attach(): Descriptor {
  const manifest = bundleManifest(bundle(), image.descriptor);
  const digest = pushManifest(image.registry, image.repository, manifest);
  return {
    mediaType: MEDIA_TYPE.manifest,
    digest,
    size: manifest.bytes.length,
    artifactType: BUNDLE,
  };
}

const list = (manifests: readonly object[]): void =>
  void image.registry.fail({ route: 'referrers', fault: { kind: 'body', body: indexOf(manifests) } });
const link = (target: string): void =>
  void image.registry.fail({
    route: 'referrers',
    fault: { kind: 'headers', headers: { link: `<${target}>; rel="next"` } },
  });

const path = (): string => `/v2/${image.repository}/referrers/${image.digest}`;
const fallbackTag = (): string => image.digest.replace(':', '-');

async function verdicts(): Promise<readonly string[]> {
  await using verifier = createVerifier({ ...image.options, registry: { dockerConfig: false, retries: 0 } });
  const answers: string[] = [];
  for (const policy of Object.values(POLICIES)) {
    const report = await verifier.evaluate(image.reference, policy, { timeoutMs: 20_000 });
    answers.push(report.verdict === 'rejected' ? `rejected ${report.reason}` : report.verdict);
  }
  return answers;
}

const VERIFIED = ['verified', 'verified'];
// What is there suffices, and what is not there can't be told.
const PARTLY = ['verified', 'indeterminate'];
const OPEN = ['indeterminate', 'indeterminate'];
const UNSIGNED = ['rejected unsigned', 'rejected unsigned'];

describe('a list of referrers', () => {
  it.each<[string, () => void, readonly string[]]>([
    ['that is honest', () => void attach(), VERIFIED],
    ['whose next page is itself', () => after(() => link(path())), PARTLY],
    ['whose second page leads to itself', () => after(() => link(`${path()}?page=2`)), PARTLY],
    ['whose pages never end, each with another address', () => after(endlessPages), PARTLY],
    ['whose next page is an address inside', () => after(() => link('http://169.254.169.254/v2/x')), PARTLY],
    ['whose next page belongs to another repository', () => after(() => link('/v2/other/referrers/x')), PARTLY],
    ['that is cut off', () => after(() => strike({ kind: 'reset-mid-body' })), OPEN],
    [
      'that has one signature three times',
      () => list(Array.from({ length: 3 }).fill(attach()) as Descriptor[]),
      VERIFIED,
    ],
    // The digest decides which bytes those are; a size is only a lead.
    ['with another size', () => listOne((one) => ({ ...one, size: one.size + 1 })), VERIFIED],
    ['with another digest', () => listOne((one) => ({ ...one, digest: NOWHERE })), OPEN],
    [
      'with another digest beside the right one',
      () => {
        const one = attach();
        list([{ ...one, digest: NOWHERE }, one]);
      },
      PARTLY,
    ],
    ['with another media type', () => listOne((one) => ({ ...one, mediaType: MEDIA_TYPE.index })), VERIFIED],
    ['without an artifact type', () => listOne((one) => ({ ...one, artifactType: undefined })), VERIFIED],
    ['whose members Go reads and we don’t', () => strike({ kind: 'body', body: lookAlike(attach()) }), OPEN],
    // What a registry may leave out, it may also call something else: the image is refused.
    [
      'that calls a signature an SBOM',
      () => listOne((one) => ({ ...one, artifactType: 'application/spdx+json' })),
      UNSIGNED,
    ],
    ['that names the image itself', () => after(() => list([image.descriptor])), UNSIGNED],
    ['that is empty', () => after(() => list([])), UNSIGNED],
  ])('%s', async (_, hostile, expected) => {
    hostile();
    expect(await verdicts()).toEqual(expected);
  });

  it('that has one signature twice counts one signer', async () => {
    const one = attach();
    list([one, { ...one, annotations: { 'org.example': 'another' } }]);
    await using verifier = createVerifier(image.options);
    const policy = atLeast(2, [identity, { ...identity, subject: glob('https://github.com/**') }]);
    expect((await verifier.evaluate(image.reference, policy)).verdict).toBe('rejected');
  });
});

describe('a fallback tag', () => {
  beforeEach(() => image.registry.configure({ referrersApi: false }));
  const tag = (text: string, mediaType: string = MEDIA_TYPE.index): void =>
    void image.registry.putManifest(image.repository, Buffer.from(text), mediaType, fallbackTag());

  it.each<[string, () => void, readonly string[]]>([
    ['that is honest', () => tag(indexOf([attach()])), VERIFIED],
    [
      'that has a stranger’s signature of another image',
      () => tag(indexOf([strangers()])),
      ['rejected no-match', 'rejected no-match'],
    ],
    [
      'that is the manifest of a signature',
      () => tag(bundleManifest(bundle(), image.descriptor).bytes.toString(), MEDIA_TYPE.manifest),
      OPEN,
    ],
    [
      'that leads to an index of indexes',
      () => tag(indexOf([{ ...attach(), mediaType: MEDIA_TYPE.index, digest: NOWHERE }])),
      OPEN,
    ],
    ['whose members Go reads and we don’t', () => tag(lookAlike(attach())), OPEN],
    ['with a key twice', () => tag(indexOf([attach()]).replace('{', '{"manifests":[],')), OPEN],
    [
      'that lists a digest which isn’t there, beside the right one',
      () => {
        const one = attach();
        tag(indexOf([{ ...one, digest: NOWHERE }, one]));
      },
      PARTLY,
    ],
  ])('%s', async (_, hostile, expected) => {
    hostile();
    expect(await verdicts()).toEqual(expected);
  });
});

const NOWHERE = `sha256:${'0'.repeat(64)}`;

/** A signature is there, and then something strikes. */
function after(hostile: () => void): void {
  attach();
  hostile();
}

/** More pages than anybody reads; each has the same entries and leads to one that was not asked for yet. */
function endlessPages(): void {
  for (let page = 1; page <= 200; page += 1)
    image.registry.fail({
      route: 'referrers',
      times: 1,
      fault: { kind: 'headers', headers: { link: `<${path()}?page=${page}>; rel="next"` } },
    });
}

const strike = (fault: Fault): void => void image.registry.fail({ route: 'referrers', fault });
const listOne = (change: (one: Descriptor) => object): void => list([change(attach())]);
const lookAlike = (one: Descriptor): string =>
  `{"schemaVersion":2,"mediaType":"${MEDIA_TYPE.index}","manifests":[],"Manifests":[${JSON.stringify(one)}]}`;

/** A signature of another image by the right signer, hung on this one. */
function strangers(): Descriptor {
  const other = image.sigstore.signBundle({ statement: { imageDigest: NOWHERE }, signer: image.signer });
  const manifest = bundleManifest(other, image.descriptor);
  const digest = pushManifest(image.registry, image.repository, manifest);
  return { mediaType: MEDIA_TYPE.manifest, digest, size: manifest.bytes.length, artifactType: BUNDLE };
}
