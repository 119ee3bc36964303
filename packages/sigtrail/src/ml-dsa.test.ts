import { createHash } from 'node:crypto';
import { generateKeyPair } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { knowsMlDsa } from './keys/ml-dsa.ts';
import { evaluateImage } from './verify-image.ts';
import { verifyBundle } from './verify-bundle.ts';

// Node before 24.7 can't make such a key; what it says instead is in `parse-key.test.ts`.
describe.runIf(knowsMlDsa())('a signature by an ML-DSA key', () => {
  let image: ImageUnderTest;
  beforeAll(async () => {
    image = await createImage();
  });
  afterAll(async () => image.close());

  it.each(['ml-dsa-44', 'ml-dsa-65', 'ml-dsa-87'] as const)('of %s is verified in every carrier', async (kind) => {
    const { sigstore, digest: imageDigest, options } = image;
    const key = generateKeyPair(kind);
    const other = generateKeyPair(kind);
    const fresh = await createImage();
    const about = { imageDigest: fresh.digest, signer: key };
    const attachments: readonly (readonly [format: string, expected: string, attach: () => void])[] = [
      [
        'cosign-signature',
        'not-applicable',
        () => fresh.tagLayers('sig', [sigstore.signImageLegacy({ ...about, dockerReference: fresh.reference })]),
      ],
      [
        'sigstore-bundle',
        'accepted',
        () => fresh.attachBundle(sigstore.signBundle({ statement: { imageDigest: fresh.digest }, signer: key })),
      ],
    ];
    for (const [format, expected, attach] of attachments) {
      attach();
      const report = await evaluateImage(fresh.reference, { signedBy: { key: key.pem } }, options);
      expect([format, report.verdict]).toEqual([format, 'verified']);
      const candidate = report.candidates.find((one) => one.format === format);
      expect(candidate?.secondJudge).toMatchObject({ verdict: expected });
      const refused = await evaluateImage(fresh.reference, { signedBy: { key: other.pem } }, options);
      expect(refused.verdict).toBe('rejected');
    }
    await fresh.close();
    expect(imageDigest).toBe(fresh.digest);
  });

  it('over an artifact, as message and as envelope, but not over a different one', async () => {
    const { sigstore, options } = image;
    const key = generateKeyPair('ml-dsa-65');
    const artifact = Buffer.from('artifact');
    const imageDigest = `sha256:${createHash('sha256').update(artifact).digest('hex')}`;
    for (const bundle of [
      sigstore.signBundle({ content: 'message', artifact, signer: key }),
      sigstore.signBundle({ statement: { imageDigest, predicateType: 'https://acme.test/x' }, signer: key }),
    ]) {
      const policy = { signedBy: { key: key.pem } };
      expect(await verifyBundle(bundle, artifact, policy, options)).toHaveProperty('signature');
      await expect(verifyBundle(bundle, Buffer.from('another'), policy, options)).rejects.toThrow(/refused/);
    }
  });
});
