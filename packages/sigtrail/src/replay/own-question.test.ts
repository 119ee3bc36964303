import { createSigstore, GITHUB_ISSUER, GITHUB_WORKFLOW, generateKeyPair } from '@sigtrail/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createImage, type ImageUnderTest } from '../../test/image-under-test.ts';
import { createVerifier, type ImagePolicy, type Verifier } from '../index.ts';
import { replay, type Replayed, type ReplayOptions } from './index.ts';

const at = new Date('2026-03-01T12:00:00Z');
const type = 'https://example.com/answer/v1';
const signedBy = { issuer: GITHUB_ISSUER, subject: GITHUB_WORKFLOW };
const stranger = { ...signedBy, subject: 'https://github.com/other/workflow' };
const policy: ImagePolicy = { signedBy };
let image: ImageUnderTest;
let verifier: Verifier;
/** Made with the policy above. */
let capsule: string;
/** Made with a policy over attestations, too. */
let wide: string;

beforeAll(async () => {
  image = await createImage(at);
  const { sigstore, signer, digest } = image;
  image.attachBundle(sigstore.signBundle({ statement: { imageDigest: digest }, signer }));
  image.attachBundle(
    sigstore.signBundle({ statement: { imageDigest: digest, predicateType: type, predicate: { answer: 42 } }, signer }),
  );
  verifier = createVerifier(image.options);
  capsule = await captured(policy);
  wide = await captured({ allOf: [policy, { attested: { type, signedBy } }] });
});
afterAll(async () => {
  await verifier.close();
  await image.close();
});

async function captured(asked: ImagePolicy): Promise<string> {
  return JSON.stringify(await verifier.capture(image.reference, asked));
}

const verdictOf = ({ verdict, ...report }: Replayed): readonly unknown[] => [
  verdict,
  'reason' in report ? report.reason : report.problems[0]?.code,
  report.replay.policy,
];

describe('a capsule that was made with something else', () => {
  it('is judged by the policy that is given', async () => {
    const strange = await captured({ signedBy: [signedBy, stranger] });
    expect((await replay(strange)).verdict).toBe('verified');
    for (const made of [capsule, strange]) {
      const report = await replay(made, { policy: { signedBy: stranger } });
      expect(verdictOf(report)).toEqual(['rejected', 'no-match', 'other-than-given']);
      expect(report.replay).toMatchObject({ agrees: false, because: 'the policy differs' });
    }
  });

  it('is decided by the given policy if that accepts what the capsule’s policy refused', async () => {
    const refused = await captured({ signedBy: stranger });
    expect((await replay(refused)).verdict).toBe('rejected');
    expect(verdictOf(await replay(refused, { policy }))).toEqual(['verified', undefined, 'other-than-given']);
  });

  it('is judged by the deny-list that is given', async () => {
    const deny = { identities: [{ issuer: GITHUB_ISSUER }] };
    const report = await replay(capsule, { policy, deny });
    expect(report).toMatchObject({ verdict: 'rejected', replay: { deny: 'other-than-given', agrees: false } });
    expect(report.replay.because).toBe('the deny-list differs');
  });

  it('is judged by the trusted root that is given', async () => {
    const other = await createSigstore({ now: at });
    const report = await replay(capsule, { policy, trust: other.trust });
    expect(report.verdict).not.toBe('verified');
    expect(report.replay).toMatchObject({ trust: 'other-than-given', because: 'the trusted root differs' });
    expect(report.trust.digest).not.toBe((await replay(capsule)).trust.digest);
    expect(report.trust.kind).not.toBe('capsule');
  });

  it('is judged by nothing if the given trust can’t be loaded', async () => {
    const trust = async (): Promise<never> => Promise.reject(new Error('the mirror is away'));
    expect(await replay(capsule, { policy, trust })).toMatchObject({
      verdict: 'indeterminate',
      problems: [{ code: 'trust-unavailable' }],
      replay: { trust: 'other-than-given' },
    });
  });
});

describe('what another policy needs and the capsule lacks', () => {
  const key = { name: 'kms', resolve: async () => generateKeyPair().spki };
  it.each<readonly [string, ImagePolicy]>([
    ['attestations that were not looked for', { attested: { type, signedBy } }],
    ['keys of a resolver', { signedBy: { key } }],
    ['an answer of code', { signedBy: { ...signedBy, accept: () => true as const } }],
    ['an answer of code about the whole image', { signedBy, acceptImage: () => true as const }],
  ])('leaves the verdict open: %s', async (_, other) => {
    const [verdict, , held] = verdictOf(await replay(capsule, { policy: other }));
    expect([verdict, held]).toEqual(['indeterminate', 'other-than-given']);
  });

  it('leaves the verdict open: an answer about a predicate', async () => {
    const predicate = z.looseObject({ answer: z.number() });
    const [verdict] = verdictOf(await replay(wide, { policy: { attested: { type, signedBy, predicate } } }));
    expect(verdict).toBe('indeterminate');
  });

  it('is not what the code of the capsule’s own policy answered, though it has the same name', async () => {
    const accept = { name: 'allow', run: () => true as const };
    const made = await captured({ signedBy: { ...signedBy, accept } });
    expect((await replay(made)).verdict).toBe('verified');
    const other = { signedBy: { ...signedBy, accept, maxAge: '1d' as const } };
    expect(verdictOf(await replay(made, { policy: other }))[0]).toBe('indeterminate');
  });

  it('is not what the capsule’s policy asked for beyond it', async () => {
    expect(verdictOf(await replay(wide, { policy }))).toEqual(['verified', undefined, 'other-than-given']);
    const attested = { attested: { type, signedBy } };
    expect(verdictOf(await replay(wide, { policy: attested }))).toEqual(['verified', undefined, 'other-than-given']);
    expect(verdictOf(await replay(wide, { policy: { signedBy: stranger } }))[0]).toBe('rejected');
  });
});

describe('a request for attestations', () => {
  it('is judged by the one that is given', async () => {
    const made = JSON.stringify(await verifier.captureAttestations(image.reference, { type, signedBy }));
    expect((await replay(made)).verdict).toBe('verified');
    const other = await replay(made, { policy: { type, signedBy: stranger } });
    expect(other).toMatchObject({ verdict: 'rejected', replay: { policy: 'other-than-given' } });
  });

  it('is not held against an image policy, nor the other way round', async () => {
    const made = JSON.stringify(await verifier.captureAttestations(image.reference, { type, signedBy }));
    const refusal = expect.objectContaining({ name: 'TypeError', code: 'invalid-option' });
    await expect(replay(made, { policy })).rejects.toEqual(refusal);
    await expect(replay(capsule, { policy: { type, signedBy } })).rejects.toEqual(refusal);
  });
});

it.each<readonly [string, ReplayOptions]>([
  ['policy', { policy: { signedBy: { isuer: 'x' } } as never }],
  ['policy', { policy: 5 as never }],
  ['deny-list', { deny: { keyz: [] } as never }],
])('a malformed %s is the caller’s mistake, not the capsule’s', async (_, options) => {
  await expect(replay(capsule, options)).rejects.toEqual(expect.objectContaining({ name: 'TypeError' }));
});

describe('a clock', () => {
  it.each<readonly [string, ImagePolicy]>([
    ['the age of a signature', { signedBy: { ...signedBy, maxAge: '1d' } }],
    ['a certificate without a proven time', { signedBy, require: { time: 0, log: 0 } }],
  ])('whose clock counts is said: %s', async (_, asked) => {
    const made = await captured(asked);
    const { replay: note } = await replay(made, { policy: asked });
    expect(note).toMatchObject({ agrees: true, clock: 'of-the-capsule', policy: 'clock-of-the-capsule' });
    const given = await replay(made, { policy: asked, now: at });
    expect(given.replay).toMatchObject({ agrees: true, clock: 'as-given', policy: 'as-given' });
  });

  it('makes an old signature old, whatever the file says', async () => {
    const asked: ImagePolicy = { signedBy: { ...signedBy, maxAge: '1d' } };
    const made = await captured(asked);
    const late = await replay(made, { policy: asked, now: new Date('2026-03-05T12:00:00Z') });
    expect(late).toMatchObject({ verdict: 'rejected', replay: { because: 'the clock differs', clock: 'as-given' } });
  });
});
