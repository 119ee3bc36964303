import { generateKeyPair, GITHUB_ISSUER, GITHUB_WORKFLOW, type LegacyLayer } from '@sigtrail/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createImage, type ImageUnderTest } from '../test/image-under-test.ts';
import { deny } from './policy/callback.ts';
import { acceptImage, allOf, anyOf, attested, not, signedBy } from './policy/compose.ts';
import type { ImagePolicy, SignerRule } from './policy/policy.ts';
import { toText } from './render/index.ts';
import { ImageReportSchema } from './report/report-schema.ts';
import type { ImageReport } from './report/image-report.ts';
import { verifyBundle } from './verify-bundle.ts';
import { evaluateImage, verifyImage } from './verify-image.ts';

const REVIEW = 'https://acme.test/review/v1';
const workflow: SignerRule = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const stranger: SignerRule = {
  issuer: GITHUB_ISSUER,
  subject: 'https://github.com/evil/app/.github/workflows/x.yml@y',
};
const unreachable = async (): Promise<true> => {
  await fetch('http://127.0.0.1:1/');
  return true;
};
const never = { name: 'slow service', timeoutMs: 20, run: async () => new Promise<true>(() => undefined) };
const withAccept = (accept: unknown): SignerRule => ({ ...workflow, accept }) as SignerRule;

let image: ImageUnderTest;
beforeEach(async () => {
  image = await createImage();
});
afterEach(async () => image.close());

function sign(): void {
  image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer }));
}

function review(): void {
  const statement = { imageDigest: image.digest, predicateType: REVIEW, predicate: { ok: true } };
  image.attachBundle(image.sigstore.signBundle({ statement, signer: image.signer }));
}

const evaluate = async (policy: ImagePolicy): Promise<ImageReport> => {
  const report = await evaluateImage(image.reference, policy, image.options);
  expect(ImageReportSchema.parse(JSON.parse(JSON.stringify(report)))).toEqual(report);
  return report;
};

describe('why an image is refused', () => {
  it.each<readonly [string, ImagePolicy, string, string]>([
    ['another signer of the attestation', attested(REVIEW, stranger), 'no-match', 'identity-mismatch'],
    ['another type of attestation', attested('vuln', workflow), 'no-match', 'predicate-type-mismatch'],
    ['a predicate that is refused', attested(REVIEW, workflow, () => deny('stale')), 'no-match', 'predicate-mismatch'],
    [
      'another signer, where an attestation counts as signature',
      { signedBy: stranger, acceptAttestationsAsSignature: [REVIEW] },
      'no-match',
      'identity-mismatch',
    ],
    [
      'another type, where an attestation counts as signature',
      { signedBy: workflow, acceptAttestationsAsSignature: ['https://acme.test/other'] },
      'no-match',
      'predicate-type-mismatch',
    ],
    [
      'an attestation where a signature is asked for',
      signedBy(workflow),
      'only-attestations',
      'attestation-not-signature',
    ],
  ])('is reported at the policy, at the candidate, in text and by the error: %s', async (_, policy, reason, code) => {
    review();
    const report = await evaluate(policy);
    const node = reason === 'only-attestations' ? reason : code;
    expect(report).toMatchObject({
      verdict: 'rejected',
      reason,
      policy: { why: { code: node } },
      candidates: [{ refusedBecause: code }],
    });
    const path = report.policy?.path ?? '';
    expect(toText(report)).toMatch(new RegExp(`policy +✗ ${path}: [^]*policy +${node}: `));
    const error = await verifyImage(image.reference, policy, image.options).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: reason, message: expect.stringContaining(`${path} (`) });
    expect(error).toMatchObject({ message: expect.stringContaining(`): ${node}, `) });
  });

  it('is reported for a refused predicate next to a good signature', async () => {
    sign();
    review();
    const report = await evaluate(
      allOf(
        signedBy(workflow),
        attested(REVIEW, workflow, () => deny('stale')),
      ),
    );
    expect(report.candidates.map(({ refusedBecause }) => refusedBecause ?? 'accepted').toSorted()).toEqual([
      'accepted',
      'predicate-mismatch',
    ]);
    const text = toText(report);
    expect(text).toContain('the policy does not hold (predicate-mismatch)');
    expect(text).toMatch(/✓ allOf\[0\]\.signedBy[^]*✗ allOf\[1\]\.attested[^]*predicate-mismatch: .*stale/);
  });
});

describe('what could not be asked leaves the verdict open', () => {
  beforeEach(() => {
    sign();
    review();
  });

  it.each<readonly [string, ImagePolicy, string]>([
    ['accept', signedBy(withAccept(unreachable)), 'callback-threw'],
    ['accept, too slow', signedBy(withAccept(never)), 'callback-timeout'],
    ['acceptImage', allOf(signedBy(workflow), acceptImage(unreachable)), 'callback-threw'],
    ['acceptImage, too slow', allOf(signedBy(workflow), acceptImage(never)), 'callback-timeout'],
    ['predicate', attested(REVIEW, workflow, unreachable), 'callback-threw'],
    ['predicate, too slow', attested(REVIEW, workflow, never), 'callback-timeout'],
    [
      'a schema that fails',
      attested(REVIEW, workflow, {
        '~standard': { version: 1, vendor: 'test', validate: () => Promise.reject(new Error('down')) },
      }),
      'callback-threw',
    ],
    ['not', allOf(signedBy(workflow), not(attested(REVIEW, workflow, unreachable))), 'callback-threw'],
  ])('%s', async (_, policy, code) => {
    const report = await evaluate(policy);
    expect([report.verdict, report.problems.map((one) => one.code)]).toEqual(['indeterminate', [code]]);
    expect(toText(report)).toMatch(new RegExp(`INDETERMINATE[^]*problem +${code}: [^]*policy +\\?`));
    await expect(verifyImage(image.reference, policy, image.options)).rejects.toMatchObject({ code: 'indeterminate' });
  });

  it('not if it answered no, nor if something else decides', async () => {
    const refused = await evaluate(signedBy(withAccept(() => deny('no'))));
    expect([refused.verdict, refused.policy?.why?.code]).toEqual(['rejected', 'callback-refused']);
    expect((await evaluate(anyOf(signedBy(withAccept(unreachable)), signedBy(workflow)))).verdict).toBe('verified');
    const decided = await evaluate(allOf(signedBy(stranger), signedBy(withAccept(unreachable))));
    expect([decided.verdict, decided.problems]).toEqual(['rejected', []]);
  });

  it('also a key that could not be loaded', async () => {
    const key = generateKeyPair();
    const kms = { name: 'kms', resolve: async () => Promise.reject(new Error('HTTP 503')) };
    image.attachBundle(image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: key }));
    const report = await evaluate({ signedBy: { key: kms } });
    expect([report.verdict, report.policy?.status, report.policy?.why?.code]).toEqual([
      'indeterminate',
      'unknown',
      'key-unavailable',
    ]);
    expect(report.problems).toEqual([{ code: 'key-unavailable', message: expect.stringContaining('HTTP 503') }]);
    expect(report.candidates.map(({ refusedBecause }) => refusedBecause)).toContain('key-unavailable');
  });

  it('also of a bundle', async () => {
    const bundle = image.sigstore.signBundle({ statement: { imageDigest: image.digest }, signer: image.signer });
    const ask = async (accept: unknown): Promise<unknown> =>
      verifyBundle(bundle, image.digest, signedBy(withAccept(accept)), image.options).catch(
        (thrown: unknown) => thrown,
      );
    for (const accept of [unreachable, never])
      expect(await ask(accept)).toMatchObject({ code: 'indeterminate', message: expect.stringContaining('signedBy') });
    expect(await ask(() => deny('no'))).toMatchObject({ code: 'no-match' });
  });

  it.each<readonly [string, () => Promise<never>, RegExp]>([
    ['that fails', async () => Promise.reject(new Error('HTTP 503')), /HTTP 503/],
    ['that can’t connect', async () => fetch('http://127.0.0.1:1/') as Promise<never>, /fetch failed/],
    [
      'that throws at once',
      () => {
        throw new Error('no socket');
      },
      /no socket/,
    ],
    ['that never answers', async () => new Promise<never>(() => undefined), /did not answer within 300 ms/],
  ])('also trust from a provider %s', async (_, trust, why) => {
    const options = { ...image.options, trust, timeoutMs: 300 };
    const report = await evaluateImage(image.reference, signedBy(workflow), options);
    expect([report.verdict, report.problems]).toEqual([
      'indeterminate',
      [{ code: 'trust-unavailable', message: expect.stringMatching(why) }],
    ]);
  });
});

describe('a candidate with a check that could not be carried out', () => {
  const NAME = 'registry.test/acme/unsure';
  const signedName = (name: string): boolean => {
    if (name === NAME) throw new Error('the list of names is not there');
    return true;
  };
  const key = generateKeyPair();
  const layer = (signer: typeof key | ImageUnderTest['signer'], dockerReference: string): LegacyLayer =>
    image.sigstore.signImageLegacy({ imageDigest: image.digest, dockerReference, signer });
  const named = async (policy: ImagePolicy): Promise<ImageReport> =>
    evaluateImage(image.reference, policy, { ...image.options, signedName });

  it('leaves the image open if nothing else keeps a rule from accepting it', async () => {
    image.tagLayers('sig', [layer(image.signer, NAME)]);
    for (const policy of [signedBy(workflow), anyOf(signedBy(stranger), signedBy(workflow))])
      expect(await named(policy)).toMatchObject({
        verdict: 'indeterminate',
        problems: [{ code: 'callback-threw', message: expect.stringContaining('the list of names is not there') }],
      });
  });

  it.each<readonly [string, ImagePolicy]>([
    ['of one rule', signedBy(stranger)],
    ['of each of two rules', signedBy([stranger, { key: generateKeyPair().pem }])],
    ['of each part', anyOf(signedBy(stranger), signedBy({ key: generateKeyPair().pem }))],
  ])('is refused for good if another check %s failed', async (_, policy) => {
    image.tagLayers('sig', [layer(image.signer, NAME)]);
    expect(await named(policy)).toMatchObject({ verdict: 'rejected', reason: 'no-match', problems: [] });
  });

  it('is refused for good if the signature itself does not hold, for every identity', async () => {
    const forged = layer(image.signer, NAME);
    image.tagLayers('sig', [
      {
        ...forged,
        layer: {
          ...forged.layer,
          annotations: {
            ...forged.layer.annotations,
            'dev.cosignproject.cosign/signature': Buffer.from('MAYCAQECAQE=', 'base64').toString('base64'),
          },
        },
      },
    ]);
    expect(await named(signedBy(workflow))).toMatchObject({ verdict: 'rejected', problems: [] });
  });

  it('is no question under a negation that it can’t satisfy, but is under a negation that it may', async () => {
    image.tagLayers('sig', [layer(key, 'registry.test/acme/sure'), layer(image.signer, NAME)]);
    const yes = signedBy({ key: key.pem });
    expect((await named(allOf(yes, not(signedBy(stranger))))).verdict).toBe('verified');
    expect((await named(allOf(yes, not(signedBy(workflow))))).verdict).toBe('indeterminate');
  });
});
