import { describe, expect, it } from 'vitest';

import { entryUuid, searchUrl } from './entry-link.ts';

describe('searchUrl', () => {
  it('links to the public search page', () => {
    expect(searchUrl(658949562)).toBe('https://search.sigstore.dev/?logIndex=658949562');
    expect(searchUrl(0)).toBe('https://search.sigstore.dev/?logIndex=0');
  });

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses index %d', (logIndex) => {
    expect(() => searchUrl(logIndex)).toThrow(expect.objectContaining({ code: 'invalid-entry' }));
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
