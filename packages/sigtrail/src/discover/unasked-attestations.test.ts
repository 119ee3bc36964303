import {
  EMPTY_CONFIG,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  generateKeyPair,
  type LegacyLayer,
  type RegistryOptions,
  signatureManifest,
  pushManifest,
} from '@sigtrail/testing';
import { afterEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { attested, not } from '../policy/compose.ts';
import { evaluateAttestations } from '../verify-attestations.ts';
import { evaluateImage } from '../verify-image.ts';

const signedBy = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const TYPE = 'https://acme.test/reviewed/v1';
const IN_TOTO = 'application/vnd.in-toto+json';
const now = new Date('2026-03-01T12:00:00Z');

let image: ImageUnderTest;
afterEach(async () => image.close());

const attestation = (): LegacyLayer =>
  image.sigstore.signAttestationLegacy({
    statement: { imageDigest: image.digest, predicateType: TYPE, predicate: {} },
    signer: image.signer,
  });

/** What makers attach as in-toto referrers: a signed envelope, the bare statement, and what is neither. */
const REFERRERS: readonly (readonly [string, () => void])[] = [
  ['a signed envelope', () => image.attachEnvelope(attestation())],
  [
    'a bare statement',
    () => {
      const statement = { _type: 'https://in-toto.io/Statement/v0.1', predicateType: TYPE, subject: [], predicate: {} };
      const layers = [{ bytes: Buffer.from(JSON.stringify(statement)), mediaType: IN_TOTO }];
      image.registry.attachReferrer(image.repository, image.digest, { artifactType: IN_TOTO, layers });
    },
  ],
  [
    'a text',
    () => {
      const layers = [{ bytes: Buffer.from('hello'), mediaType: IN_TOTO }];
      image.registry.attachReferrer(image.repository, image.digest, { artifactType: IN_TOTO, layers });
    },
  ],
];
const REGISTRIES: readonly (readonly [string, RegistryOptions])[] = [
  ['the referrers API', {}],
  ['the fallback tag', { referrersApi: false, fallbackTags: 'synthesised' }],
];

describe.each(REGISTRIES)('an in-toto referrer listed by %s', (_, options) => {
  it.each(REFERRERS)('is named as an attestation if signatures are asked for: %s', async (__, attach) => {
    image = await createImage(now, options);
    attach();
    const report = await evaluateImage(image.reference, { signedBy }, image.options);
    expect(report).toMatchObject({
      verdict: 'rejected',
      reason: 'only-attestations',
      problems: [],
      candidates: [{ isAttestation: true, refusedBecause: 'attestation-not-signature' }],
    });
  });

  it.each(REFERRERS)('leaves nothing open beside a good signature: %s', async (__, attach) => {
    image = await createImage(now, options);
    attach();
    image.tagLayers('sig', [image.sigstore.signImageLegacy({ imageDigest: image.digest, signer: image.signer })]);
    const stranger = { signedBy: { key: generateKeyPair().pem } };
    const policy = { allOf: [{ signedBy }, not(stranger)] };
    const report = await evaluateImage(image.reference, policy, image.options);
    expect(report).toMatchObject({ verdict: 'verified', problems: [] });
  });
});

it('is read, and missed if it is gone, as soon as the policy is about attestations', async () => {
  image = await createImage(now);
  const layer = attestation();
  image.attachEnvelope(layer);
  const policy = attested(TYPE, signedBy);
  expect((await evaluateImage(image.reference, policy, image.options)).verdict).toBe('verified');
  image.registry.remove(image.repository, layer.layer.digest);
  expect(await evaluateImage(image.reference, policy, image.options)).toMatchObject({
    verdict: 'indeterminate',
    problems: [{ code: 'not-found' }],
  });
});

it('keeps the answer open for a referrer whose list does not say what it is, and that is gone', async () => {
  image = await createImage(now);
  const digest = `sha256:${'0'.repeat(64)}` as const;
  const descriptor = { mediaType: 'application/vnd.oci.image.manifest.v1+json', digest, size: 500 };
  image.registry.listReferrer(image.repository, image.digest, descriptor);
  expect((await evaluateImage(image.reference, { signedBy }, image.options)).verdict).toBe('indeterminate');
});

it('leaves out signatures if only attestations are asked for', async () => {
  image = await createImage(now);
  const layer = image.sigstore.signImageLegacy({ imageDigest: image.digest, signer: image.signer });
  pushManifest(image.registry, image.repository, signatureManifest([layer], image.descriptor));
  image.registry.putBlob(image.repository, EMPTY_CONFIG.bytes);
  expect(await evaluateAttestations(image.reference, { type: TYPE, signedBy }, image.options)).toMatchObject({
    verdict: 'rejected',
    problems: [],
  });
});
