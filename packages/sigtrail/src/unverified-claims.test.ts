import { createSigstore } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { createVerifier } from './verifier.ts';

const SUBJECT = 'https://github.com/victim/app/.github/workflows/release.yml@refs/heads/main';

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
  // Anybody can make a certificate that names the victim: its authority isn't in the trusted root.
  const stranger = await createSigstore({ now: image.options.now() });
  const signer = await stranger.issueCertificate({ san: [{ kind: 'uri', value: SUBJECT }] });
  image.attachBundle(stranger.signBundle({ statement: { imageDigest: image.digest }, signer }));
});
afterEach(() => image.close());

/** Where a text stands in a document. */
function pathsOf(value: unknown, text: string, path = ''): readonly string[] {
  if (typeof value === 'string') return value.includes(text) ? [path] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => pathsOf(member, text, `${path}.${name}`));
}

describe('what a certificate says before it is verified', () => {
  it('is called unverifiedClaims in an inspection, or stands in a candidate that is not proven', async () => {
    await using verifier = createVerifier(image.options);
    const inspection = await verifier.inspect(image.reference);
    expect(inspection.candidates.map(({ proven }) => proven)).toEqual([false]);
    const paths = pathsOf(inspection, SUBJECT);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !/\.unverifiedClaims|^\.candidates\.0\.signer\./.test(path))).toEqual([]);
  });

  it('is called unverifiedClaims in a report, and is no signer there', async () => {
    await using verifier = createVerifier(image.options);
    const report = await verifier.evaluate(image.reference, {
      signedBy: { issuer: 'https://other.test', subject: 'x' },
    });
    expect(report.verdict).toBe('rejected');
    const paths = pathsOf(report, SUBJECT);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !/\.unverifiedClaims|\.checks\.\d+\.(?:actual|message)$/.test(path))).toEqual([]);
  });
});
