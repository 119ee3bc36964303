import { generateKeyPair } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { inspectImage } from '../inspect-image.ts';
import { inspectionToText, toText } from '../render/index.ts';
import { evaluateImage, verifyImage } from '../verify-image.ts';
import { ImageInspectionSchema, ReportSchema } from './report-schema.ts';

const NOTARY = 'application/vnd.cncf.notary.signature';
const policy = { signedBy: { key: generateKeyPair().pem } };
let image: ImageUnderTest;
const attach = (artifactType: string): string =>
  image.registry.attachReferrer(image.repository, image.digest, {
    artifactType,
    layers: [{ bytes: Buffer.from('signature'), mediaType: 'application/jose+json' }],
  });

beforeAll(async () => {
  image = await createImage();
});
afterAll(async () => image.close());

describe('a signature of another kind', () => {
  it('is not there before it is attached, and neither is a word of it', async () => {
    attach('application/vnd.acme.report');
    const report = await evaluateImage(image.reference, policy, image.options);
    expect(report).toMatchObject({ verdict: 'rejected', reason: 'unsigned' });
    expect(report).not.toHaveProperty('otherSignatures');
    expect(toText(report)).toMatch(/: positively unsigned$/m);
  });

  it('leaves the image unsigned, and is named in report, text, error and inspection', async () => {
    const digest = attach(NOTARY);
    const other = { format: 'Notary Project', artifactType: NOTARY, digest };
    const report = await evaluateImage(image.reference, policy, image.options);
    expect(report).toMatchObject({ verdict: 'rejected', reason: 'unsigned', otherSignatures: [other] });
    expect(ReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(JSON.parse(JSON.stringify(report)));
    expect(toText(report)).toContain(
      'positively unsigned; it has a signature of Notary Project, which Sigtrail does not verify',
    );
    expect(toText(report)).toContain(
      `other      signature of Notary Project (${NOTARY}), not verified here: ${digest}`,
    );
    await expect(verifyImage(image.reference, policy, image.options)).rejects.toThrow(
      /has a signature of Notary Project/,
    );
    const inspection = await inspectImage(image.reference, image.options);
    expect(inspection).toMatchObject({ candidates: [], otherSignatures: [other] });
    expect(ImageInspectionSchema.parse(JSON.parse(JSON.stringify(inspection)))).toMatchObject({
      otherSignatures: [other],
    });
    expect(inspectionToText(inspection)).toContain('signature of Notary Project');
  });

  it('is named by its type if its format is not known', async () => {
    attach('application/vnd.acme.signature+json');
    const report = await evaluateImage(image.reference, policy, image.options);
    expect(report.otherSignatures?.map(({ format }) => format).toSorted()).toEqual(['Notary Project', 'unknown']);
    expect(toText(report)).toContain('2 signatures of Notary Project and type application/vnd.acme.signature+json');
  });

  it('stands beside one of ours, which is verified as ever', async () => {
    const { sigstore, digest, signer } = image;
    image.attachBundle(sigstore.signBundle({ statement: { imageDigest: digest }, signer }));
    const { otherSignatures = [] } = await inspectImage(image.reference, image.options);
    expect(otherSignatures).toHaveLength(2);
  });
});
