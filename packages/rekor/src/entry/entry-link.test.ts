import { createPublicKey, generateKeyPairSync } from 'node:crypto';

import { describe, expect, it } from 'vitest';

import { entryUuid, type LogIdentity, searchUrl } from './entry-link.ts';

// The public key of Rekor v1 of the public-good instance, as its trusted root has it.
const KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE2G2Y+2tabdTV5BcGiBIx0a9fAFwrkBbmLSGtks4L3qX6yYY0zufBnhC8Ur/iy55GhWP/9A/bY2LhC30M9+RYtw==';
const publicKey = createPublicKey({ key: Buffer.from(KEY, 'base64'), format: 'der', type: 'spki' });
const baseUrl = 'https://rekor.sigstore.dev';

describe('searchUrl', () => {
  it('links an entry of the public Rekor v1', () => {
    expect(searchUrl({ publicKey, baseUrl }, 658949562)).toBe('https://search.sigstore.dev/?logIndex=658949562');
    expect(searchUrl({ publicKey, baseUrl: `${baseUrl}/` }, 0)).toBe('https://search.sigstore.dev/?logIndex=0');
  });

  it.each<readonly [string, LogIdentity]>([
    [
      'with its name and a key of its own',
      { publicKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey, baseUrl },
    ],
    ['of the public Rekor v2', { publicKey, baseUrl: 'https://log2025-1.rekor.sigstore.dev' }],
    ['with its key and another address', { publicKey, baseUrl: 'https://rekor.acme.test' }],
    ['over plain http', { publicKey, baseUrl: 'http://rekor.sigstore.dev' }],
    ['without an address', { publicKey }],
  ])('has no link for a log %s', (_, log) => {
    expect(searchUrl(log, 1)).toBeUndefined();
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses index %d', (logIndex) => {
    expect(() => searchUrl({ publicKey, baseUrl }, logIndex)).toThrow(
      expect.objectContaining({ code: 'invalid-entry' }),
    );
  });
});

describe('entryUuid', () => {
  const leaf = new Uint8Array(32).fill(0xab);

  it('puts the tree in 16 digits before the leaf hash', () => {
    expect(entryUuid('1193050959916656506', leaf)).toBe(`108e9186e8c5677a${'ab'.repeat(32)}`);
    expect(entryUuid(1n, leaf)).toBe(`0000000000000001${'ab'.repeat(32)}`);
  });

  it.each<[string, bigint | string, Uint8Array]>([
    ['tree 0', 0n, leaf],
    ['a negative tree', -1n, leaf],
    ['a tree above 2^63-1', 2n ** 63n, leaf],
    ['a tree in hexadecimal', '0x10', leaf],
    ['a tree with a leading zero', '010', leaf],
    ['an empty tree', '', leaf],
    ['a leaf hash of another width', 1n, leaf.subarray(1)],
  ])('refuses %s', (_what, treeId, hash) => {
    expect(() => entryUuid(treeId, hash)).toThrow(expect.objectContaining({ code: 'invalid-entry' }));
  });
});
