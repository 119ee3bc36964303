import {
  EMPTY_CONFIG,
  indexOf,
  manifestOf,
  MEDIA_TYPE,
  generateKeyPair,
  pushManifest,
  bundleManifest,
  signatureManifest,
} from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { toText } from '../render/index.ts';
import { ReportSchema } from '../report/report-schema.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { ImageCallOptions } from '../options.ts';
import { evaluateImage, verifyImage } from '../verify-image.ts';

const key = generateKeyPair();
const policy = { signedBy: { key: key.pem }, require: { log: 0 } };
let image: ImageUnderTest;
let children: readonly {
  readonly platform: { readonly os: string; readonly architecture: string };
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}[];
let index: { readonly mediaType: string; readonly digest: string; readonly size: number };

beforeEach(async () => {
  image = await createImage();
  const { registry, repository } = image;
  children = ['amd64', 'arm64'].map((architecture) => {
    const layer = { bytes: Buffer.from(architecture), mediaType: 'application/vnd.oci.image.layer.v1.tar' };
    registry.putBlob(repository, layer.bytes);
    const bytes = manifestOf(EMPTY_CONFIG, [layer]);
    const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.manifest);
    return { platform: { os: 'linux', architecture }, mediaType: MEDIA_TYPE.manifest, digest, size: bytes.length };
  });
  const bytes = indexOf(children);
  const digest = registry.putManifest(repository, bytes, MEDIA_TYPE.index, 'multi');
  index = { mediaType: MEDIA_TYPE.index, digest, size: bytes.length };
});
afterEach(async () => image.close());

function sign(...targets: readonly (typeof index)[]): void {
  for (const { mediaType, digest, size } of targets) {
    const bundle = image.sigstore.signBundle({ statement: { imageDigest: digest }, signer: key, logs: [] });
    pushManifest(image.registry, image.repository, bundleManifest(bundle, { mediaType, digest, size }));
  }
}

const ask = async (options: ImageCallOptions, selector = ':multi'): Promise<ImageReport | PlatformsReport> => {
  const report = await evaluateImage(`${image.registry.host}/acme/app${selector}`, policy, {
    ...image.options,
    ...options,
  });
  expect(ReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  return report;
};
const how = (report: ImageReport | PlatformsReport): readonly string[] => [
  report.verdict,
  ...(report.kind === 'platforms' ? report.platforms : []).map(
    (one) => `${one.platform} ${one.verdict}${one.verdict === 'verified' ? ` by ${one.by}` : ''}`,
  ),
];

describe('the platforms of an index', () => {
  it('are not looked at unless asked for', async () => {
    sign(index);
    expect(how(await ask({}))).toEqual(['verified']);
  });

  it('must each be signed, even when the index is', async () => {
    sign(index, ...children.slice(0, 1));
    expect(how(await ask({ platforms: 'each' }))).toEqual([
      'rejected',
      'linux/amd64 verified by own',
      'linux/arm64 rejected',
    ]);
    expect(how(await ask({ platforms: ['linux/amd64'] }))).toEqual(['verified', 'linux/amd64 verified by own']);
  });

  it('are covered by the index if the caller allows it', async () => {
    sign(index, ...children.slice(0, 1));
    const report = await ask({ platforms: 'each', inherit: true });
    expect(how(report)).toEqual(['verified', 'linux/amd64 verified by own', 'linux/arm64 verified by index']);
    expect(report.relaxations).toContain('the signature of an index covers the manifests that it lists');
  });

  it('say nothing of their index', async () => {
    sign(...children);
    expect(how(await ask({}))).toEqual(['rejected']);
    expect(how(await ask({ platforms: 'each' }))).toEqual([
      'verified',
      'linux/amd64 verified by own',
      'linux/arm64 verified by own',
    ]);
    const { images, index: named } = await verifyImage(`${image.registry.host}/acme/app:multi`, policy, {
      ...image.options,
      platforms: 'each',
    });
    expect(images.map(({ platform, digest }) => [platform, digest])).toEqual(
      children.map(({ digest }, at) => [['linux/amd64', 'linux/arm64'][at], digest]),
    );
    // Everything that a client could run from it was judged.
    expect(named).toBe(`${image.registry.host}/acme/app@${index.digest}`);
  });

  it('must be there', async () => {
    sign(index, ...children);
    const report = await ask({ platforms: ['linux/amd64', 'windows/amd64'] });
    expect([report.verdict, report.problems[0]?.code]).toEqual(['indeterminate', 'platform-not-found']);
  });
});

describe('one manifest', () => {
  const selector = (): string => `@${children[0]?.digest ?? ''}`;

  it('is covered by the index that lists it, if the caller names that', async () => {
    sign(index);
    const named = { index: `${image.registry.host}/acme/app:multi` };
    expect((await ask({}, selector())).verdict).toBe('rejected');
    expect(await ask({ inherit: named }, selector())).toMatchObject({
      verdict: 'verified',
      digest: children[0]?.digest,
      inheritedFrom: `${image.registry.host}/acme/app@${index.digest}`,
    });
  });

  it('is not covered by an index that does not list it, or is not signed', async () => {
    const named = { index: `${image.registry.host}/acme/app:multi` };
    expect((await ask({ inherit: named }, selector())).problems.map(({ code }) => code)).toEqual([
      'index-not-verified',
    ]);
    sign(index);
    const other = await ask({ inherit: named }, ':v1');
    expect([other.verdict, other.problems[0]?.code]).toEqual(['rejected', 'index-does-not-list']);
  });
});

describe('an index that could not be judged', () => {
  it('leaves what it may cover open, and is not said to leave it out', async () => {
    image.registry.fail({ path: '/manifests/multi', fault: { kind: 'status', status: 403 } });
    const report = await ask(
      { inherit: { index: `${image.registry.host}/acme/app:multi` } },
      `@${children[0]?.digest}`,
    );
    expect(report).toMatchObject({ verdict: 'indeterminate', problems: [{ code: 'index-not-verified' }] });
    expect(report.problems[0]?.message).toMatch(/^could not decide about the index .*: /);
  });
});

describe('options', () => {
  it.each<readonly [string, unknown]>([
    ['no platform', { platforms: [] }],
    ['a word', { platforms: ['amd64/'] }],
    ['inherit alone', { inherit: true }],
    ['inherit of something else', { inherit: 'x' }],
    ['another kind of name', { signedName: 'tag' }],
  ])('are refused: %s', async (_, options) => {
    await expect(ask(options as ImageCallOptions)).rejects.toMatchObject({ code: 'invalid-option' });
  });
});

describe('the name that was signed for', () => {
  const asked = async (dockerReference: string, signedName: ImageCallOptions['signedName']): Promise<string> => {
    const layer = image.sigstore.signImageLegacy({
      imageDigest: image.digest,
      dockerReference,
      signer: key,
      rekor: false,
    });
    pushManifest(image.registry, image.repository, signatureManifest([layer]), `${image.digest.replace(':', '-')}.sig`);
    const report = await ask(signedName === undefined ? {} : { signedName }, ':v1');
    return report.candidates[0]?.refusedBecause ?? report.verdict;
  };

  it('is not looked at unless asked for', async () => {
    expect(await asked('evil.test/other', undefined)).toBe('verified');
    expect(await asked('evil.test/other', 'any')).toBe('verified');
  });

  it('is the repository, with any tag, or the very reference', async () => {
    const { host } = image.registry;
    expect(await asked(`${host}/acme/app`, 'repository')).toBe('verified');
    expect(await asked(`${host}/acme/app:v9`, 'repository')).toBe('verified');
    expect(await asked(`${host}/acme/app2`, 'repository')).toBe('signed-name-mismatch');
    expect(await asked(`${host}/acme/app:v1`, 'exact')).toBe('verified');
    expect(await asked(`${host}/acme/app:v9`, 'exact')).toBe('signed-name-mismatch');
    expect(await asked('not a reference', 'repository')).toBe('signed-name-mismatch');
  });

  it('is asked of a function, which can only refuse', async () => {
    expect(await asked('mirror.test/app', (name) => name.startsWith('mirror.test/'))).toBe('verified');
    expect(await asked('mirror.test/app', () => false)).toBe('signed-name-mismatch');
    const broken = (): boolean => {
      throw new Error('broken');
    };
    expect(await asked('mirror.test/app', broken)).toBe('callback-threw');
  });

  it('must be there when asked for', async () => {
    sign({ ...image.descriptor });
    expect((await ask({ signedName: 'repository' }, ':v1')).candidates[0]?.refusedBecause).toBe('signed-name-missing');
  });
});

describe('the text of a report with platforms', () => {
  it('shows which part of the policy failed over each refused platform, and why', async () => {
    const [signed] = children;
    if (signed === undefined) throw new Error('expected a child');
    sign(signed);
    const text = toText(await ask({ platforms: 'each' }));
    const [head, amd64, arm64] = text.split(/^ {2}platform /m);
    expect(head).toContain('over the index itself; each platform below is checked against the policy by itself');
    expect(head).toContain('1 of 2 manifests that a client could run were not accepted: linux/arm64 (unsigned)');
    expect(amd64).toMatch(/^ {2}linux\/amd64 +verified by its own signature sha256:[0-9a-f]{64}\n/);
    expect(amd64).not.toContain('✗ signedBy');
    expect(arm64).toMatch(/^ {2}linux\/arm64 +rejected \(unsigned\)/);
    expect(arm64).toMatch(/^ +✗ signedBy: [^\n]+\n +no-signature: no signature was found$/m);
  });

  it('names the reason of a signature that the policy refuses, in the error too', async () => {
    const [first, second] = children;
    if (first === undefined || second === undefined) throw new Error('expected two children');
    sign(first);
    const { mediaType, digest, size } = second;
    const stranger = image.sigstore.signBundle({
      statement: { imageDigest: digest },
      signer: generateKeyPair(),
      logs: [],
    });
    pushManifest(image.registry, image.repository, bundleManifest(stranger, { mediaType, digest, size }));
    const text = toText(await ask({ platforms: 'each' }));
    expect(text.split(/^ {2}platform /m)[2]).toMatch(/✗ signedBy: [^\n]+\n +signature-invalid: /);
    const options = { ...image.options, platforms: 'each' } as const;
    await expect(verifyImage(`${image.registry.host}/acme/app:multi`, policy, options)).rejects.toThrow(
      'linux/arm64 (no-match: signature-invalid)',
    );
  });

  it('says of an image without an index only once what its policy came to', async () => {
    const text = toText(await ask({ platforms: 'each' }, ':v1'));
    expect(text).not.toContain('over the index itself');
    expect(text.match(/no signature was found/g)).toHaveLength(1);
  });
});
