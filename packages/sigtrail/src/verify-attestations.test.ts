import {
  generateKeyPair,
  GITHUB_ISSUER,
  GITHUB_WORKFLOW,
  type LegacyLayer,
  type StatementOptions,
} from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import type { AttestationRequest } from './attestation/request.ts';
import { isSigtrailError } from './error.ts';
import { deny } from './policy/callback.ts';
import { attested } from './policy/compose.ts';
import { toText } from './render/index.ts';
import { AttestationsReportSchema } from './report/report-schema.ts';
import { evaluateAttestations, verifyAttestations } from './verify-attestations.ts';
import { evaluateImage } from './verify-image.ts';

const signedBy = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const provenance = {
  buildDefinition: { buildType: 'https://acme.test/build', externalParameters: { ref: 'v1' } },
  runDetails: { builder: { id: 'https://acme.test/builder' } },
};
const SLSA = 'https://slsa.dev/provenance/v1';

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
});
afterEach(async () => image.close());

type Carrier = 'bundle' | '.att' | 'DSSE referrer';
const CARRIERS: readonly Carrier[] = ['bundle', '.att', 'DSSE referrer'];

function attach(
  carrier: Carrier,
  statement: Partial<StatementOptions>,
  more: { readonly timestamp?: boolean; readonly rekor?: boolean } = {},
): void {
  const { sigstore, signer, digest } = image;
  const full = { imageDigest: digest, predicateType: SLSA, predicate: provenance, ...statement };
  if (carrier === 'bundle') {
    image.attachBundle(sigstore.signBundle({ statement: full, signer }));
    return;
  }
  const layer = sigstore.signAttestationLegacy({ statement: full, signer, ...more });
  if (carrier === '.att') image.tagLayers('att', [layer]);
  else image.attachEnvelope(layer);
}

/** The code of the refusal, or of its only candidate; `verified` when accepted. */
async function ask<const T extends string>(request: AttestationRequest<T>): Promise<string> {
  try {
    await verifyAttestations(image.reference, request, image.options);
    return 'verified';
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    const { candidates } = await evaluateAttestations(image.reference, request, image.options);
    return error.code === 'no-match' ? (candidates.at(0)?.refusedBecause ?? 'no-match') : error.code;
  }
}

describe('verifyAttestations', () => {
  it.each(CARRIERS)('accepts an attestation carried as %s, with its typed predicate', async (carrier) => {
    attach(carrier, {});
    const found = await verifyAttestations(image.reference, { type: 'slsaprovenance1', signedBy }, image.options);
    expect(found.reference).toBe(`${image.registry.host}/acme/app@${image.digest}`);
    const [attestation] = found.attestations;
    expect(attestation.predicate.runDetails.builder.id).toBe('https://acme.test/builder');
    expect(attestation).toMatchObject({
      predicateType: SLSA,
      subject: [{ digest: { sha256: image.digest.slice(7) } }],
    });
    expect(attestation.log).toHaveLength(1);
    expect(AttestationsReportSchema.parse(JSON.parse(JSON.stringify(found.report)))).toEqual(found.report);
    expect(found.report).toMatchObject({ kind: 'attestations', verdict: 'verified' });
  });

  it.each(CARRIERS)('binds an attestation carried as %s to this very image', async (carrier) => {
    attach(carrier, { imageDigest: `sha256:${'0'.repeat(64)}` });
    expect(await ask({ type: 'slsaprovenance1', signedBy })).toBe('subject-mismatch');
  });

  it.each(CARRIERS)('refuses a malformed predicate carried as %s', async (carrier) => {
    attach(carrier, { predicate: { ...provenance, runDetails: { builder: {} } } });
    expect(await ask({ type: 'slsaprovenance1', signedBy })).toBe('predicate-malformed');
  });

  it.each(CARRIERS)('refuses another signer of what is carried as %s', async (carrier) => {
    attach(carrier, {});
    expect(await ask({ type: 'slsaprovenance1', signedBy: { ...signedBy, subject: 'x' } })).toBe('identity-mismatch');
    expect(await ask({ type: 'slsaprovenance1', signedBy: { key: generateKeyPair().pem } })).toBe(
      'signer-is-certificate',
    );
  });

  it('never takes a different type for the requested one (CVE-2022-35929)', async () => {
    attach('bundle', { predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1' });
    attach('.att', {});
    expect(await ask({ type: 'spdxjson', signedBy })).toBe('predicate-type-mismatch');
  });

  it('never takes a signature for an attestation', async () => {
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
    const report = await evaluateAttestations(image.reference, { type: 'slsaprovenance1', signedBy }, image.options);
    expect(report).toMatchObject({
      reason: 'no-attestation',
      candidates: [{ refusedBecause: 'predicate-type-mismatch' }],
    });
    const text = toText(report);
    expect(text).toContain('no attestation was found in any place where one could be; it has 1 signature(s)');
    expect(text).not.toContain('unsigned');
  });

  it('never says that no attestation is there of a bundle that can’t be read, which may be one', async () => {
    image.attachBundle({ mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json' } as never);
    const report = await evaluateAttestations(image.reference, { type: 'slsaprovenance1', signedBy }, image.options);
    expect(report).toMatchObject({ reason: 'no-match', policy: { why: { code: 'bundle-malformed' } } });
    expect(toText(report)).toContain('no attestation was accepted (bundle-malformed)');
    // Beside attestations of another type, it is the one that may be of this type.
    attach('.att', { predicateType: 'https://cosign.sigstore.dev/attestation/vuln/v1' });
    expect(await evaluateImage(image.reference, attested('slsaprovenance1', signedBy), image.options)).toMatchObject({
      reason: 'no-match',
      policy: { why: { code: 'bundle-malformed' } },
    });
  });

  it('says that no attestation is there where there is nothing, and indeterminate where a place can’t be read', async () => {
    expect(await ask({ type: 'slsaprovenance1', signedBy })).toBe('no-attestation');
    image.registry.fail({ path: '.att', fault: { kind: 'status', status: 403 } });
    expect(await ask({ type: 'slsaprovenance1', signedBy })).toBe('indeterminate');
  });

  it('takes several types, by name or URI, and types it has no shape for', async () => {
    attach('bundle', { predicateType: 'https://acme.test/review/v1', predicate: { ok: true } });
    expect(await ask({ type: ['spdx', 'https://acme.test/review/v1'], signedBy })).toBe('verified');
    expect(await ask({ type: 'https://acme.test/review/v2', signedBy })).toBe('predicate-type-mismatch');
  });

  it('gives a policy’s own predicate types the same places to look at', async () => {
    attach('.att', {});
    const policy = { signedBy, acceptAttestationsAsSignature: [SLSA] };
    expect((await evaluateImage(image.reference, policy, image.options)).verdict).toBe('verified');
    const report = await evaluateImage(image.reference, { signedBy }, image.options);
    expect(report).toMatchObject({ verdict: 'rejected', reason: 'only-attestations' });
  });

  it('verifies a timestamp of a .att over the whole envelope', async () => {
    attach('.att', {}, { timestamp: true, rekor: false });
    const request = { type: 'slsaprovenance1', signedBy, require: { log: 0 } } as const;
    expect(await ask(request)).toBe('verified');
    expect(await ask({ ...request, legacyTimestamps: 'ignore' })).toBe('timestamp-not-asked');
  });
});

describe('several envelopes and signatures', () => {
  it('tells layers apart that share one digest', async () => {
    const signer = generateKeyPair();
    const statement = { imageDigest: image.digest, predicateType: SLSA, predicate: provenance };
    const layer = image.sigstore.signAttestationLegacy({ statement, signer });
    const unlogged: LegacyLayer = {
      ...layer,
      layer: { ...layer.layer, annotations: { 'dev.cosignproject.cosign/signature': '' } },
    };
    for (const layers of [
      [layer, unlogged],
      [unlogged, layer],
    ]) {
      image.tagLayers('att', layers);
      const request = { type: 'slsaprovenance1', signedBy: { key: signer.pem } } as const;
      const report = await evaluateAttestations(image.reference, request, image.options);
      expect(new Set(report.candidates.map(({ accepted, refusedBecause }) => refusedBecause ?? accepted))).toEqual(
        new Set(['log-missing', true]),
      );
    }
  });

  it('makes each signature of an envelope a candidate of its own', async () => {
    const [first, second] = [generateKeyPair(), generateKeyPair()];
    const statement = { imageDigest: image.digest, predicateType: SLSA, predicate: provenance };
    const [one, two] = [first, second].map((signer) =>
      image.sigstore.signAttestationLegacy({ statement, signer, rekor: false }),
    );
    if (one === undefined || two === undefined) throw new Error('unreachable');
    const envelope = JSON.parse(one.payload.toString()) as { signatures: unknown[] };
    envelope.signatures.push(...(JSON.parse(two.payload.toString()) as { signatures: unknown[] }).signatures);
    const payload = Buffer.from(JSON.stringify(envelope));
    image.attachEnvelope({ ...one, payload });
    for (const key of [first.pem, second.pem])
      expect(await ask({ type: 'slsaprovenance1', signedBy: { key }, require: { log: 0 } })).toMatch(/verified/);
    expect(await ask({ type: 'slsaprovenance1', signedBy: { key: generateKeyPair().pem }, require: { log: 0 } })).toBe(
      'signature-invalid',
    );
  });

  it('refuses an unsigned statement', async () => {
    image.registry.attachReferrer(image.repository, image.digest, {
      artifactType: 'application/vnd.in-toto+json',
      layers: [
        {
          mediaType: 'application/vnd.in-toto+json',
          bytes: Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}'),
        },
      ],
    });
    expect(await ask({ type: 'slsaprovenance1', signedBy })).toBe('attestation-unsigned');
  });
});

describe('what the predicate must say', () => {
  beforeEach(() => attach('bundle', {}));

  it.each<readonly [string, AttestationRequest<'slsaprovenance1'>['predicate'], string]>([
    [
      'a function that agrees',
      ({ runDetails }) => runDetails.builder.id === 'https://acme.test/builder' || deny('another'),
      'verified',
    ],
    ['a function that denies', () => deny('not built by us'), 'predicate-mismatch'],
    ['an async function', async () => Promise.resolve(true as const), 'verified'],
    [
      'a function that throws',
      () => {
        throw new Error('down');
      },
      'indeterminate',
    ],
    ['a function that answers something else', () => 1 as unknown as true, 'predicate-mismatch'],
    ['a schema that fits', z.looseObject({ buildDefinition: z.looseObject({}) }), 'verified'],
    ['a schema that does not', z.looseObject({ nothing: z.string() }), 'predicate-mismatch'],
  ])('is asked of %s', async (_, predicate, expected) => {
    expect(await ask({ type: 'slsaprovenance1', signedBy, ...(predicate === undefined ? {} : { predicate }) })).toBe(
      expected,
    );
  });

  it('is open when the check does not answer before the deadline', async () => {
    const request = {
      type: 'slsaprovenance1',
      signedBy,
      predicate: { run: () => new Promise<true>(() => {}), timeoutMs: 50 },
    } as const;
    const report = await evaluateAttestations(image.reference, request, image.options);
    expect([report.verdict, report.candidates[0]?.refusedBecause]).toEqual(['indeterminate', 'callback-timeout']);
    expect(report.problems.map(({ code }) => code)).toEqual(['callback-timeout']);
  });

  it('is enough from any, or must hold of all by these signers', async () => {
    attach('bundle', { predicate: { ...provenance, runDetails: { builder: { id: 'https://other.test' } } } });
    const request: AttestationRequest<'slsaprovenance1'> = {
      type: 'slsaprovenance1',
      signedBy,
      predicate: ({ runDetails }) => runDetails.builder.id === 'https://acme.test/builder' || deny('another builder'),
    };
    const verdict = async (match: 'any' | 'all'): Promise<string> =>
      (await evaluateAttestations(image.reference, { ...request, match }, image.options)).verdict;
    expect([await verdict('any'), await verdict('all')]).toEqual(['verified', 'rejected']);
  });

  it('must hold of all only by these signers: a stranger’s attestation blocks no one', async () => {
    const stranger = await image.sigstore.issueCertificate({ issuer: 'https://stranger.test' });
    const statement = { imageDigest: image.digest, predicateType: SLSA, predicate: { nonsense: true } };
    image.attachBundle(image.sigstore.signBundle({ statement, signer: stranger }));
    expect(await ask({ type: 'slsaprovenance1', signedBy, match: 'all' })).toBe('verified');
    const asked = { type: 'slsaprovenance1', signedBy, match: 'all' } as const;
    let calls = 0;
    const downOnce = (): true => {
      calls += 1;
      if (calls % 2 === 0) throw new Error('down');
      return true;
    };
    attach('bundle', {});
    const open = await evaluateAttestations(image.reference, { ...asked, predicate: downOnce }, image.options);
    expect([open.verdict, open.policy?.why?.code]).toEqual(['indeterminate', 'not-all']);
    image.registry.fail({ path: '.att', fault: { kind: 'status', status: 403 } });
    expect(await ask({ type: 'slsaprovenance1', signedBy, match: 'all' })).toBe('indeterminate');
    expect(await ask({ type: 'slsaprovenance1', signedBy })).toBe('verified');
  });
});

describe('mistakes', () => {
  it.each<readonly [string, unknown, string]>([
    ['no type', { signedBy }, 'invalid-option'],
    ['a misspelt type', { type: 'slsaprovenance11', signedBy }, 'invalid-option'],
    ['an empty list of types', { type: [], signedBy }, 'invalid-option'],
    ['no signer', { type: 'custom' }, 'invalid-option'],
    ['an unknown option', { type: 'custom', signedBy, predicat: 1 }, 'unknown-option'],
    ['a predicate that is not a function', { type: 'custom', signedBy, predicate: {} }, 'invalid-option'],
    ['another way to match', { type: 'custom', signedBy, match: 'some' }, 'invalid-option'],
  ])('throws a TypeError for %s', async (_, request, code) => {
    await expect(
      verifyAttestations(image.reference, request as AttestationRequest, image.options),
    ).rejects.toMatchObject({ name: 'TypeError', code });
  });
});
