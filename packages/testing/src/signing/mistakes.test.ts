import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  createSigstore,
  type FakeRegistry,
  type FakeSigstore,
  generateKeyPair,
  pushImage,
  type SignImageOptions,
  startRegistry,
  startRekor,
} from '../index.ts';

let registry: FakeRegistry;
let sigstore: FakeSigstore;
beforeAll(async () => {
  registry = await startRegistry();
  sigstore = await createSigstore();
});
afterAll(async () => {
  await registry.close();
});
const key = generateKeyPair();

describe('mistakes', () => {
  const sign = async (options: unknown, reference = 'acme/app:v1'): Promise<unknown> =>
    sigstore.signImage(registry, reference, options as SignImageOptions);

  it.each<[unknown, string, RegExp]>([
    [{ az: {} }, 'unknown-option', /signImage: unknown option "az"; did you mean as\?/],
    [{ flaws: 'expired' }, 'unknown-option', /did you mean flaw\?/],
    [{ flaw: 'expird' }, 'invalid-option', /did you mean expired\?/],
    [{ flaw: ['expired', 'late'] }, 'invalid-option', /"late"; known are expired, untrusted/],
    [{ format: 'bundle' }, 'invalid-option', /"format" can't be "bundle"; known are sigstore-bundle, cosign-signature/],
    [{ as: { emial: 'a@b.test' } }, 'unknown-option', /did you mean email\?/],
    [
      { as: { email: 'a@b.test', isuer: 'x' } },
      'unknown-option',
      /signImage.as: unknown option "isuer"; did you mean issuer\?/,
    ],
    [{ as: { email: 7 } }, 'invalid-option', /signImage.as: "email" must be a string/],
    [{ as: { email: 'a@b.test', key } }, 'invalid-option', /exactly one of/],
    [{ as: {} }, 'invalid-option', /exactly one of/],
    [{ as: 'dev@acme.test' }, 'invalid-option', /must be an object like/],
    [{ as: { key: key.pem } }, 'invalid-option', /must be what generateKeyPair\(\) gives/],
    [{ as: { githubWorkflow: { repo: 'a/b' } } }, 'unknown-option', /unknown option "repo"; known are repository/],
    [{ as: { githubWorkflow: { repository: 7 } } }, 'invalid-option', /"repository" must be a string/],
    [{ as: { key }, flaw: 'expired' }, 'invalid-option', /issue its certificate with "notBefore"/],
    [{ as: { key }, flaw: 'untrusted' }, 'invalid-option', /a key that the policy does not name/],
    [{ recursive: 'yes' }, 'invalid-option', /"recursive" must be true or false/],
    [{ push: 0 }, 'invalid-option', /"push" must be true or false/],
    [{ annotations: 'x' }, 'invalid-option', /"annotations" must be an object/],
    [{ layer: { rekor: false } }, 'invalid-option', /"layer" needs format: 'cosign-signature'/],
    [{ bundle: { versoin: '0.1' } }, 'unknown-option', /signBundle: unknown option "versoin"; did you mean version\?/],
    [{ as: { certificate: { sann: [] } } }, 'unknown-option', /did you mean san\?/],
    [{ as: { subject: 'https://a.test' } }, 'invalid-option', /must have an "issuer"/],
    [{ as: { subject: { dns: 'a.test' }, issuer: 'https://b.test' } }, 'unknown-option', /known are email, uri/],
    [{ at: 'yesterday' }, 'invalid-option', /"at" must be a valid Date/],
    [null, 'invalid-option', /options must be an object/],
  ])('refuses %j', async (options, code, message) => {
    pushImage(registry, 'acme/app:v1');
    await expect(sign(options)).rejects.toMatchObject({
      name: 'TypeError',
      code,
      message: expect.stringMatching(message) as unknown,
    });
  });

  it.each<[unknown, RegExp]>([
    ['acme/nowhere:v1', /is not in this registry; push it first: pushImage\(registry, 'acme\/nowhere:v1'\)/],
    ['ghcr.io:443/acme/app:v1', /"reference" must be like acme\/app:v1/],
    ['Acme/App', /"reference" must be like/],
    ['acme/app@sha256:12', /malformed digest/],
    [undefined, /"reference" must be a string/],
    [{ reference: 'acme/app:v1' }, /write image\.reference/],
  ])('refuses the reference %j', async (reference, message) => {
    await expect(sigstore.signImage(registry, reference as string)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringMatching(message) as unknown,
    });
  });

  it.each<[() => unknown, RegExp]>([
    [() => pushImage(registry, 'acme/app:v1', { platform: ['linux/amd64'] } as object), /did you mean platforms\?/],
    [() => pushImage(registry, 'acme/app:v1', { platforms: ['linux'] }), /must be like linux\/amd64/],
    [() => pushImage(null as unknown as FakeRegistry, 'acme/app:v1'), /"registry" must be an object/],
    [() => pushImage(registry, `acme/app@sha256:${'0'.repeat(64)}`), /must have a tag/],
  ])('refuses an image that can’t be pushed', (push, message) => {
    expect(push).toThrow(
      expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) as unknown }),
    );
  });

  it('refuses a log with another API', async () => {
    await expect(startRekor(sigstore.rekor2)).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('startRekorV2 serves a Rekor v2') as unknown,
    });
  });

  it('refuses a misspelt option of the registry with a suggestion', async () => {
    await expect(startRegistry({ throtled: true } as object)).rejects.toMatchObject({
      code: 'unknown-option',
      message: expect.stringContaining('did you mean throttled?') as unknown,
    });
    for (const throttled of [{ retryAfter: -1 }, { retryAfter: '5' }, 'yes', null])
      await expect(startRegistry({ throttled } as object)).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
