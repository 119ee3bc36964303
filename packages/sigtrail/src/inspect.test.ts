import type { BundleOptions, CertificateOptions } from '@sigtrail/testing';
import { generateKeyPair } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { inspectImage } from './inspect-image.ts';
import { inspectionToText } from './render/index.ts';
import type { ImageInspection, InspectedCandidate } from './report/inspection.ts';
import { ImageInspectionSchema } from './report/report-schema.ts';
import { evaluateImage } from './verify-image.ts';

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
});
afterEach(async () => image.close());

interface Signing {
  readonly certificate?: CertificateOptions;
  readonly bundle?: (image: ImageUnderTest) => Partial<BundleOptions>;
  readonly trust?: { readonly profile: 'github' | 'pki' };
}

async function sign({ certificate, bundle }: Signing): Promise<void> {
  const signer = await image.sigstore.issueCertificate(certificate);
  const options = { statement: { imageDigest: image.digest }, signer, ...bundle?.(image) };
  image.attachBundle(image.sigstore.signBundle(options as BundleOptions));
}

async function inspect(trust: object = {}): Promise<readonly [InspectedCandidate, string, ImageInspection]> {
  const { now, trust: root } = image.options;
  const inspection = await inspectImage(image.reference, { now, trust: { ...root, ...trust } });
  expect(ImageInspectionSchema.parse(JSON.parse(JSON.stringify(inspection)))).toEqual(inspection);
  const [candidate] = inspection.candidates;
  if (candidate === undefined) throw new Error('expected a candidate');
  return [candidate, inspectionToText(inspection), inspection];
}

const statusOfPolicy = async (trust: object = {}): Promise<string> => {
  const { now, trust: root } = image.options;
  const policy = { dangerouslyAcceptAnySigner: true } as const;
  return (await evaluateImage(image.reference, policy, { now, trust: { ...root, ...trust } })).verdict;
};

describe('inspectImage says what a default policy misses', () => {
  it.each<readonly [string, Signing, string, RegExp]>([
    ['an SCT', { certificate: { scts: 'none' } }, 'sct-missing', /0 distinct CT logs, 1 required/],
    [
      'an SCT of a known log',
      { certificate: { scts: 'unknown-log' } },
      'sct-log-unknown',
      /0 distinct CT logs, 1 required/,
    ],
    [
      'a log entry',
      { bundle: ({ sigstore: { tsa } }) => ({ logs: [], timestamps: [{ authority: tsa }] }) },
      'log-missing',
      /0 distinct transparency logs, 1 required/,
    ],
    [
      'a verified time',
      { bundle: ({ sigstore: { rekor2 } }) => ({ logs: [rekor2], timestamps: [] }) },
      'time-missing',
      /0 verified times, 1 required/,
    ],
  ])('names %s', async (_, signing, code, message) => {
    await sign(signing);
    const [candidate, text] = await inspect();
    expect(candidate.proven).toBe(false);
    expect(candidate.missing).toEqual([{ code, message: expect.stringMatching(message) as string }]);
    expect(text).toMatch(/sigstore-bundle \*unverified\*/);
    expect(text).toContain(`    missing    ${code}: `);
    expect(text).not.toMatch(/^ {4}identity/m);
    expect(await statusOfPolicy()).toBe('rejected');
  });

  it.each<readonly [string, Signing]>([
    ['what Fulcio’s authorities come with', {}],
    ['an own PKI, which has no CT log', { certificate: { scts: 'none' }, trust: { profile: 'pki' } }],
    [
      'GitHub, whose instance has no log',
      {
        certificate: { scts: 'none' },
        bundle: ({ sigstore: { tsa } }) => ({ logs: [], timestamps: [{ authority: tsa }] }),
        trust: { profile: 'github' },
      },
    ],
  ])('misses nothing of %s', async (_, signing) => {
    await sign(signing);
    const [candidate, text] = await inspect(signing.trust);
    expect([candidate.proven, candidate.missing]).toEqual([true, []]);
    expect(text).toMatch(/sigstore-bundle proven/);
    expect(text).toMatch(/^ {4}identity/m);
    expect(text).not.toContain('missing');
    expect(await statusOfPolicy(signing.trust)).toBe('verified');
  });

  it('says that only a policy can name the key', async () => {
    const signer = generateKeyPair();
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer }));
    const [candidate, text] = await inspect();
    expect([candidate.proven, candidate.missing.map(({ code }) => code)]).toEqual([false, ['signature-key-not-named']]);
    expect(text).toContain('missing    signature-key-not-named');
  });

  it('proves nothing if a check failed, whatever else is there', async () => {
    image.attachBundle(
      image.sigstore.signBundle({ statement: { imageDigest: `sha256:${'0'.repeat(64)}` }, signer: image.signer }),
    );
    const [candidate] = await inspect();
    expect([candidate.proven, candidate.missing, candidate.refusedBecause]).toEqual([false, [], 'subject-mismatch']);
  });
});
