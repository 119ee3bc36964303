import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { CLAIM_OIDS, FULCIO_ARC, ISSUER_V1_OID, OTHER_NAME_OID, claimNames } from './claim-names.ts';
import type { ClaimName } from './claim-names.ts';
import { decodeClaims } from './decode-claims.ts';
import { isClaimsError } from './error.ts';

const raw = (text: string): Uint8Array => new TextEncoder().encode(text);
const utf8String = (text: string, tag = 0x0c): Uint8Array => {
  const bytes = raw(text);
  return Uint8Array.of(tag, ...(bytes.length < 0x80 ? [] : [0x81]), bytes.length, ...bytes);
};
const RAW: readonly string[] = [1, 2, 3, 4, 5, 6].map((number) => `${FULCIO_ARC}.${String(number)}`);
const encode = (oid: string, text: string): Uint8Array => (RAW.includes(oid) ? raw(text) : utf8String(text));

describe('decodeClaims', () => {
  it.each(Object.entries(claimNames))('reads %s as %s', (oid, name) => {
    expect(decodeClaims([{ oid, value: encode(oid, 'väl ue') }])).toEqual({ [name]: 'väl ue' });
  });

  it('knows the claims 1.1 to 1.6 and 1.8 to 1.24, each once', () => {
    const numbers = Object.keys(claimNames).map((oid) => Number(oid.slice(FULCIO_ARC.length + 1)));
    expect(numbers.sort((a, b) => a - b)).toEqual([
      1,
      2,
      3,
      4,
      5,
      6,
      ...Array.from({ length: 17 }, (_, index) => index + 8),
    ]);
    expect(new Set(Object.values(CLAIM_OIDS)).size).toBe(Object.keys(CLAIM_OIDS).length);
  });

  it('reads back any text of any set of claims', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 });
    const names = Object.keys(CLAIM_OIDS) as ClaimName[];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), text), (claims) => {
        const extensions = Object.entries(claims).map(([name, value]) => {
          const oid = CLAIM_OIDS[name as ClaimName];
          return { oid, value: encode(oid, value) };
        });
        expect(decodeClaims(extensions)).toEqual({ ...claims });
      }),
    );
  });

  it('reads nothing from a certificate without claims, and passes over foreign extensions', () => {
    expect(decodeClaims([])).toEqual({});
    expect(decodeClaims([{ oid: '2.5.29.17', value: Uint8Array.of(0xff) }])).toEqual({});
    expect(decodeClaims([{ oid: '1.3.6.1.4.1.57264.10', value: Uint8Array.of(0xff) }])).toEqual({});
    expect(decodeClaims([{ oid: '1.3.6.1.4.1.57264.2.8', value: Uint8Array.of(0xff) }])).toEqual({});
  });

  it('keeps a byte order mark, which is part of the text', () => {
    expect(decodeClaims([{ oid: CLAIM_OIDS.issuer, value: utf8String('\ufeffx') }])).toEqual({ issuer: '\ufeffx' });
  });

  it.each([`${FULCIO_ARC}.25`, `${FULCIO_ARC}.8.1`, `${FULCIO_ARC}.0`, OTHER_NAME_OID])(
    'keeps the bytes of %s without a meaning',
    (oid) => {
      expect(decodeClaims([{ oid, value: Uint8Array.of(0xff, 0x00) }])).toEqual({ unknown: [{ oid, value: '/wA=' }] });
    },
  );

  it('accepts both issuers when they agree', () => {
    const both = [
      { oid: ISSUER_V1_OID, value: raw('https://issuer') },
      { oid: CLAIM_OIDS.issuer, value: utf8String('https://issuer') },
    ];
    expect(decodeClaims(both)).toEqual({ issuer: 'https://issuer' });
    expect(decodeClaims(both.toReversed())).toEqual({ issuer: 'https://issuer' });
  });

  it('refuses two issuers that differ, in both orders', () => {
    const both = [
      { oid: ISSUER_V1_OID, value: raw('https://issuer') },
      { oid: CLAIM_OIDS.issuer, value: utf8String('https://issuer/') },
    ];
    for (const extensions of [both, both.toReversed()]) {
      expect(() => decodeClaims(extensions)).toThrow(
        expect.objectContaining({ name: 'ClaimsError', code: 'issuer-mismatch' }),
      );
    }
  });

  it.each([CLAIM_OIDS.issuer, CLAIM_OIDS.githubWorkflowRef, `${FULCIO_ARC}.99`, '2.5.29.17'])(
    'refuses %s twice, even alike',
    (oid) => {
      const extension = { oid, value: encode(oid, 'same') };
      expect(() => decodeClaims([extension, extension])).toThrow(
        expect.objectContaining({ code: 'duplicate-extension', oid }),
      );
    },
  );

  const oid = CLAIM_OIDS.sourceRepositoryUri;
  it.each<[string, string, Uint8Array]>([
    ['bare text where DER is due', 'invalid-der', raw('https://github.com/acme/app')],
    ['nothing', 'invalid-der', new Uint8Array()],
    ['a PrintableString', 'invalid-der', utf8String('main', 0x13)],
    ['an IA5String', 'invalid-der', utf8String('main', 0x16)],
    ['a constructed UTF8String', 'invalid-der', utf8String('main', 0x2c)],
    ['bytes after the text', 'invalid-der', Uint8Array.of(...utf8String('main'), 0)],
    ['text that is cut off', 'invalid-der', utf8String('main').subarray(0, -1)],
    ['a length that is not minimal', 'invalid-der', Uint8Array.of(0x0c, 0x81, 1, 0x61)],
    ['text that is not UTF-8', 'invalid-text', Uint8Array.of(0x0c, 1, 0xff)],
    ['an overlong encoding', 'invalid-text', Uint8Array.of(0x0c, 2, 0xc0, 0xaf)],
    ['a surrogate', 'invalid-text', Uint8Array.of(0x0c, 3, 0xed, 0xa0, 0x80)],
  ])('refuses %s', (_what, code, value) => {
    expect(() => decodeClaims([{ oid, value }])).toThrow(expect.objectContaining({ code, oid }));
  });

  it('refuses bare text that is not UTF-8', () => {
    expect(() => decodeClaims([{ oid: ISSUER_V1_OID, value: Uint8Array.of(0xff) }])).toThrow(
      expect.objectContaining({ code: 'invalid-text' }),
    );
  });

  it('takes bare text literally, even when it looks like DER', () => {
    expect(decodeClaims([{ oid: ISSUER_V1_OID, value: utf8String('x') }])).toEqual({ issuer: '\u000c\u0001x' });
  });

  it('throws nothing but ClaimsError, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(claimNames)), fc.uint8Array(), (name, value) => {
        try {
          decodeClaims([{ oid: name, value }]);
        } catch (error) {
          expect(isClaimsError(error)).toBe(true);
        }
      }),
    );
  });
});
