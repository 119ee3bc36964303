import { createSecretKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type Expected,
  type Listing,
  maxListingBytes,
  nameQuestion,
  openListing,
  sealListing,
} from './sealed-listing.ts';

const key = createSecretKey(Buffer.alloc(32, 1));
const question = nameQuestion(key, 'referrers of x');
const listing: Listing = { question, askedAt: 1000, expiresAt: 2000, answer: { digest: 'sha256:x' } };
const expected: Expected = { question, now: 1500, maxAgeMs: 600 };

function seal(other: Partial<Listing> = {}, by: Parameters<typeof sealListing>[0] = key): Uint8Array {
  return sealListing(by, { ...listing, ...other }) ?? new Uint8Array();
}

function edited(edit: (text: string) => string): Uint8Array {
  return Buffer.from(edit(Buffer.from(seal()).toString()));
}

describe('a sealed listing', () => {
  it('opens for the same key and question, while it is new enough', () => {
    expect(openListing(key, seal(), expected)).toEqual(listing);
    expect(openListing(key, seal(), { ...expected, now: 1000 })).toEqual(listing);
    expect(openListing(key, seal(), { ...expected, now: 1599 })).toEqual(listing);
    expect(openListing(key, seal(), { ...expected, now: 1999, maxAgeMs: 5000 })).toEqual(listing);
  });

  it.each<readonly [string, unknown, Partial<Expected>]>([
    ['under another key', seal({}, createSecretKey(Buffer.alloc(32, 2))), {}],
    ['as the answer to another question', seal(), { question: nameQuestion(key, 'referrers of y') }],
    ['whose writer let it expire', seal(), { now: 2000, maxAgeMs: 5000 }],
    ['too old for its reader', seal(), { now: 1600 }],
    ['dated in the future', seal(), { now: 999 }],
    ['with another answer', edited((text) => text.replace('sha256:x', 'sha256:y')), {}],
    ['with a later expiry', edited((text) => text.replace('2000', '9000')), {}],
    ['with a later time', edited((text) => text.replace('1000', '1400')), {}],
    ['with a second line', edited((text) => `${text}\n{}`), {}],
    ['cut short', seal().subarray(0, -1), {}],
    ['without its MAC', edited((text) => text.replace(/ \S+\n/, ' \n')), {}],
    ['with an empty MAC of the right length', edited((text) => text.replace(/ \S+\n/, ` ${'A'.repeat(43)}\n`)), {}],
    ['with nothing in it', new Uint8Array(), {}],
    ['longer than any', Buffer.concat([seal(), Buffer.alloc(maxListingBytes)]), {}],
    ['that is a text', Buffer.from(seal()).toString(), {}],
  ])('does not open %s', (_, sealed, other) => {
    expect(openListing(key, sealed, { ...expected, ...other })).toBeUndefined();
  });

  it('of the size of the limit is shared, a longer one is not', () => {
    const overhead = seal({ answer: '' }).byteLength;
    const answer = 'x'.repeat(maxListingBytes - overhead);
    expect(openListing(key, seal({ answer }), expected)?.answer).toBe(answer);
    expect(sealListing(key, { ...listing, answer: `${answer}x` })).toBeUndefined();
  });

  it('is never taken from the name of a question, though both are made with the key', () => {
    const text = Buffer.from(seal()).toString().split('\n')[1] ?? '';
    const mac = Buffer.from(nameQuestion(key, text), 'hex').toString('base64url');
    expect(openListing(key, Buffer.from(`sigtrail-listing-v1 ${mac}\n${text}`), expected)).toBeUndefined();
  });
});

it('is what earlier versions wrote and read; changing its meaning needs a different first line', () => {
  expect(question).toBe('8a4b64aab85e56b6be1a58c424f4edb8eb01921d8e28e4ed1f7379d97e3d65b6');
  expect(Buffer.from(seal()).toString()).toBe(
    `sigtrail-listing-v1 W5pcVko8k47UV6zXEFD7Wb5h_H1ZHLi0CnTTbHjINx0\n{"question":"${question}","askedAt":1000,"expiresAt":2000,"answer":{"digest":"sha256:x"}}`,
  );
});
