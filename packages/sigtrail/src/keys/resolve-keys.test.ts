import { createSigstore, type FakeSigstore, generateKeyPair, type KeyPair } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { isSigtrailError } from '../error.ts';
import { verifyBundle } from '../verify-bundle.ts';
import type { KeyRule } from '../policy/policy.ts';
import type { KeyResolver, ResolvedKey } from './resolve-keys.ts';

const artifact = Buffer.from('an artifact');
const now = new Date('2026-03-01T12:00:00Z');
const hour = (hours: number): string => new Date(now.getTime() + hours * 3_600_000).toISOString();
let sigstore: FakeSigstore;
let signer: KeyPair;
beforeAll(async () => {
  sigstore = await createSigstore({ now });
  signer = generateKeyPair();
});

const resolver = (keys: ResolvedKey | readonly ResolvedKey[]): KeyResolver => ({
  name: 'kms://test',
  resolve: () => Promise.resolve(keys),
});

/** `accepted`, or the code of the refusal. */
async function ask(rule: KeyRule, timeoutMs = 5000, logs?: readonly []): Promise<string> {
  const bundle = sigstore.signBundle({ content: 'message', artifact, signer, ...(logs === undefined ? {} : { logs }) });
  const trust = { json: JSON.stringify(sigstore.trustedRoot()) };
  const require = logs === undefined ? {} : { require: { log: 0 } };
  try {
    await verifyBundle(bundle, artifact, { signedBy: rule, ...require }, { trust, now: () => now, timeoutMs });
    return 'accepted';
  } catch (error) {
    if (!isSigtrailError(error)) throw error;
    return error.code === 'no-match' ? String(error.candidate?.refusedBecause) : error.code;
  }
}

describe('a key resolver', () => {
  it('loads a key, in any form, or several keys, one of which signed', async () => {
    for (const key of [signer.pem, signer.spki, signer.publicKey, signer.publicKey.export({ format: 'jwk' })])
      expect(await ask({ key: resolver(key) })).toBe('accepted');
    expect(await ask({ key: resolver([generateKeyPair().pem, signer.pem]) })).toBe('accepted');
    expect(await ask({ key: resolver([generateKeyPair().pem]) })).toBe('signature-invalid');
  });

  it('is asked once for each call, with a signal', async () => {
    let calls = 0;
    const key: KeyResolver = {
      name: 'counting',
      resolve: ({ signal }) => {
        calls += signal.aborted ? 100 : 1;
        return Promise.resolve(signer.pem);
      },
    };
    expect(await ask({ key })).toBe('accepted');
    expect(calls).toBe(1);
  });

  it.each<readonly [string, KeyResolver]>([
    ['throws', { name: 'kms://down', resolve: () => Promise.reject(new Error('connection refused')) }],
    ['brings no key', resolver([])],
    ['brings something else', resolver('not a key')],
    ['brings a thousand', resolver(Array.from({ length: 1000 }, () => 'x'))],
    ['never answers', { name: 'kms://silent', resolve: () => new Promise(() => {}) }],
  ])('leaves the answer open when it %s', async (_, key) => {
    expect(await ask({ key }, 50)).toBe('indeterminate');
  });

  it('must say where its keys come from', async () => {
    await expect(ask({ key: { ...resolver('x'), name: '' } })).rejects.toMatchObject({ code: 'invalid-option' });
  });
});

describe('the window of a key', () => {
  it.each<readonly [string, Omit<KeyRule, 'key'>, string]>([
    ['open', {}, 'accepted'],
    ['around the signature', { validFrom: hour(-1), validUntil: hour(1) }, 'accepted'],
    ['from its second', { validFrom: hour(0) }, 'accepted'],
    ['until its second', { validUntil: hour(0) }, 'accepted'],
    ['ended', { validUntil: hour(-1) }, 'key-expired'],
    ['not yet begun', { validFrom: hour(1) }, 'key-not-yet-valid'],
  ])('%s', async (_, window, expected) => {
    expect(await ask({ key: signer.pem, ...window })).toBe(expected);
    expect(await ask({ key: resolver(signer.pem), ...window })).toBe(expected);
    expect(await ask({ key: resolver({ key: signer.pem, ...window }) })).toBe(expected);
  });

  it('can be narrowed by either side, the policy or the resolver', async () => {
    const key = resolver({ key: signer.pem, validFrom: hour(-2), validUntil: hour(2) });
    expect(await ask({ key, validFrom: hour(-1), validUntil: hour(1) })).toBe('accepted');
    expect(await ask({ key, validUntil: hour(-1) })).toBe('key-expired');
    expect(await ask({ key: resolver({ key: signer.pem, validUntil: hour(-1) }), validUntil: hour(1) })).toBe(
      'key-expired',
    );
    expect(await ask({ key: resolver({ key: signer.pem, validFrom: hour(1) }), validFrom: hour(-1) })).toBe(
      'key-not-yet-valid',
    );
  });

  it('is not shown to hold by a signature without a verified time', async () => {
    expect(await ask({ key: signer.pem }, 5000, [])).toBe('accepted');
    for (const window of [{ validUntil: hour(1) }, { validFrom: hour(-1) }])
      expect(await ask({ key: signer.pem, ...window }, 5000, [])).toBe('freshness-unprovable');
  });

  it.each([
    ['a day without a time', { validUntil: '2026-03-01' }],
    ['a sentence', { validFrom: '1 March 2026' }],
    ['no day', { validUntil: '2026-13-01T00:00:00Z' }],
    ['an end before its start', { validFrom: hour(1), validUntil: hour(-1) }],
  ])('is refused as %s', async (_, window) => {
    await expect(ask({ key: signer.pem, ...window })).rejects.toMatchObject({ code: 'invalid-option' });
  });
});
