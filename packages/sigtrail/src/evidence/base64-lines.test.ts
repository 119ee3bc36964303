import { bundleFromJSON } from '@sigstore/bundle';
import {
  type BundleJson,
  COSIGN_SIGN,
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type LegacyLayer,
  type LegacyTamper,
} from '@sigtrail/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { attested } from '../policy/compose.ts';
import { evaluateImage } from '../verify-image.ts';
import { toBundle } from './to-bundle.ts';

const identity = {
  signedBy: { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW },
  legacyTimestamps: 'require',
} as const;
const REVIEWED = 'https://acme.test/reviewed/v1';
const now = new Date('2026-03-01T12:00:00Z');

let image: ImageUnderTest;
afterEach(async () => image.close());

/** Breaks every text of base64 that a JSON document has under these names. */
function breakIn(json: string, names: readonly string[], by: string): string {
  return JSON.stringify(
    JSON.parse(json, (name, value: unknown) =>
      names.includes(name) && typeof value === 'string' ? broken(value, by) : value,
    ),
  );
}

function broken(text: string, by: string): string {
  return `${text.slice(0, 10)}${by}${text.slice(10)}${by}`;
}

/** Where cosign's layers hold base64: each with what breaks its lines. */
const ANNOTATIONS: readonly (readonly [string, (by: string) => LegacyTamper])[] = [
  ['the signature', (by) => annotation('dev.cosignproject.cosign/signature', (text) => broken(text, by))],
  ['the promise of the log', (by) => bundleAnnotation(['SignedEntryTimestamp'], by)],
  ['the body of the log entry', (by) => bundleAnnotation(['body'], by)],
  [
    'the timestamp',
    (by) => annotation('dev.sigstore.cosign/rfc3161timestamp', (text) => breakIn(text, ['SignedRFC3161Timestamp'], by)),
  ],
];

function annotation(name: string, edit: (text: string) => string): LegacyTamper {
  return { annotations: (all) => ({ ...all, [name]: edit(all[name] ?? '') }) };
}

function bundleAnnotation(names: readonly string[], by: string): LegacyTamper {
  return annotation('dev.sigstore.cosign/bundle', (text) => breakIn(text, names, by));
}

const BREAKS: readonly (readonly [string, string])[] = [
  ['LF', '\n'],
  ['CR LF', '\r\n'],
  ['CR', '\r'],
];

async function accepts(): Promise<boolean> {
  const report = await evaluateImage(image.reference, identity, image.options);
  if (report.verdict === 'verified')
    expect(report.candidates.filter(({ accepted }) => accepted)).toMatchObject([
      { secondJudge: { verdict: 'accepted' } },
    ]);
  return report.verdict === 'verified';
}

describe.each(ANNOTATIONS)('line breaks in base64 of a .sig layer: %s', (_, tamper) => {
  const sign = (by: string): LegacyLayer =>
    image.sigstore.signImageLegacy({
      imageDigest: image.digest,
      signer: image.signer,
      timestamp: true,
      tamper: tamper(by),
    });

  it.each(BREAKS)('are skipped: %s', async (__, by) => {
    image = await createImage(now);
    const { payload, layer } = sign(by);
    image.tagLayers('sig', [sign(by)]);
    expect(await accepts()).toBe(true);
    // What is written for others is in one line, since not everybody skips them.
    const written = toBundle({ kind: 'simple-signing', bytes: payload, annotations: layer.annotations ?? {} });
    expect(JSON.stringify(written)).not.toMatch(/\\[nr]/);
    bundleFromJSON(written);
  });

  it('and nothing else is', async () => {
    image = await createImage(now);
    image.tagLayers('sig', [sign(' ')]);
    expect(await accepts()).toBe(false);
  });
});

describe.each(['.att', 'DSSE referrer'])('line breaks in base64 of an envelope as %s', (carrier) => {
  it.each([...BREAKS.map(([what, by]) => [what, by, true] as const), ['a space', ' ', false] as const])(
    '%s',
    async (_, by, isRead) => {
      image = await createImage(now);
      const key = generateKeyPair();
      // The log records the envelope that was uploaded, so this one was not logged.
      const layer = image.sigstore.signAttestationLegacy({
        statement: { imageDigest: image.digest, predicateType: REVIEWED, predicate: {} },
        signer: key,
        rekor: false,
        tamper: { payload: (bytes) => Buffer.from(breakIn(bytes.toString(), ['payload', 'sig'], by)) },
      });
      if (carrier === '.att') image.tagLayers('att', [layer]);
      else image.attachEnvelope(layer);
      const policy = { ...attested(REVIEWED, { key: key.pem }), require: { log: 0 } };
      const report = await evaluateImage(image.reference, policy, image.options);
      expect(report.verdict).toBe(isRead ? 'verified' : 'rejected');
      if (isRead) expect(report.candidates).toMatchObject([{ secondJudge: { verdict: 'accepted' } }]);
    },
  );
});

const FIELDS = [
  'rawBytes',
  'keyId',
  'signedEntryTimestamp',
  'canonicalizedBody',
  'rootHash',
  'signedTimestamp',
  'payload',
  'sig',
];

describe.each(FIELDS)('line breaks in base64 of a bundle: %s', (field) => {
  const sign = (by: string): BundleJson =>
    image.sigstore.signBundle({
      statement: { imageDigest: image.digest, predicateType: COSIGN_SIGN },
      signer: image.signer,
      timestamps: [image.sigstore.tsa],
      edit: (bundle) => JSON.parse(breakIn(JSON.stringify(bundle), [field], by)) as BundleJson,
    });

  it.each(BREAKS)('are skipped: %s', async (_, by) => {
    image = await createImage(now);
    image.attachBundle(sign(by));
    expect(await accepts()).toBe(true);
  });

  it('and nothing else is', async () => {
    image = await createImage(now);
    image.attachBundle(sign(' '));
    expect(await accepts()).toBe(false);
  });
});

describe('evidence that differs from other evidence in line breaks only', () => {
  it('is a duplicate', async () => {
    image = await createImage(now);
    const twice = (edit: (bundle: BundleJson) => void): BundleJson =>
      image.sigstore.signBundle({
        statement: { imageDigest: image.digest, predicateType: COSIGN_SIGN },
        signer: image.signer,
        timestamps: [image.sigstore.tsa],
        edit: (bundle) => {
          edit(bundle);
          return bundle;
        },
      });
    image.attachBundle(
      twice(({ verificationMaterial: { tlogEntries } }) => {
        const [entry] = tlogEntries;
        if (entry !== undefined)
          tlogEntries.push({ ...entry, canonicalizedBody: broken(entry.canonicalizedBody, '\n') });
      }),
    );
    image.attachBundle(
      twice(({ verificationMaterial: { timestampVerificationData: data } }) => {
        const [stamp] = data?.rfc3161Timestamps ?? [];
        if (stamp !== undefined) data?.rfc3161Timestamps.push({ signedTimestamp: broken(stamp.signedTimestamp, '\n') });
      }),
    );
    const report = await evaluateImage(image.reference, identity, image.options);
    expect(new Set(report.candidates.map(({ refusedBecause }) => refusedBecause))).toEqual(
      new Set(['log-entry-duplicate', 'timestamp-duplicate']),
    );
  });
});
