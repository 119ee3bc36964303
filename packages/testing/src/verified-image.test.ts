import { ImageReportSchema, type VerifiedImage } from 'sigtrail';
import { describe, expect, it } from 'vitest';
import { verifiedImageForTests } from './verified-image.ts';

const deploy = ({ reference }: VerifiedImage): string => `deployed ${reference}`;

describe('verifiedImageForTests', () => {
  it('is a VerifiedImage to code that takes one', () => {
    const reference = `ghcr.io/acme/app@sha256:${'1'.repeat(64)}`;
    const image = verifiedImageForTests({ reference });
    expect(deploy(image)).toBe(`deployed ${reference}`);
    expect(image).toMatchObject({ repository: 'ghcr.io/acme/app', digest: `sha256:${'1'.repeat(64)}` });
  });

  it('has a report of the published shape', () => {
    const { report } = verifiedImageForTests();
    expect(ImageReportSchema.parse(report)).toEqual(report);
  });

  it('refuses a reference by tag, which no verifier gives', () => {
    expect(() => verifiedImageForTests({ reference: 'ghcr.io/acme/app:1.4' })).toThrow(TypeError);
  });
});
