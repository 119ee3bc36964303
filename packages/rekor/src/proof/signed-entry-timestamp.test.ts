import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { encodeBase64, encodeHex } from '@sigtrail/encoding';
import { signedEntryTimestampPayload } from './signed-entry-timestamp.ts';

const GOOD = { body: 'e30=', integratedTime: 1700000000, logIndex: 658949562, logID: 'c0'.repeat(32) };

describe('signedEntryTimestampPayload', () => {
  it('writes the four fields in the order and spelling that Rekor signs', () => {
    expect(Buffer.from(signedEntryTimestampPayload(GOOD)).toString()).toBe(
      `{"body":"e30=","integratedTime":1700000000,"logID":"${'c0'.repeat(32)}","logIndex":658949562}`,
    );
  });

  it('gives canonical JSON of any entry: sorted keys, no spaces, the same values back', () => {
    const fields = fc.record({
      body: fc.uint8Array().map(encodeBase64),
      integratedTime: fc.maxSafeNat(),
      logIndex: fc.maxSafeNat(),
      logID: fc.uint8Array({ minLength: 32, maxLength: 32 }).map(encodeHex),
    });
    fc.assert(
      fc.property(fields, (entry) => {
        const text = Buffer.from(signedEntryTimestampPayload(entry)).toString();
        expect(JSON.parse(text)).toEqual(entry);
        expect(Object.keys(JSON.parse(text))).toEqual(['body', 'integratedTime', 'logID', 'logIndex']);
        expect(text).not.toMatch(/\s|\\/);
        const body = new Uint8Array(Buffer.from(entry.body, 'base64'));
        expect(Buffer.from(signedEntryTimestampPayload({ ...entry, body })).toString()).toBe(text);
      }),
    );
  });

  it.each([
    ['body', 'e30'],
    ['body', 'e31='],
    ['body', 'e30=\n'],
    ['body', 7],
    ['integratedTime', -1],
    ['integratedTime', 1.5],
    ['integratedTime', 2 ** 53],
    ['integratedTime', -0],
    ['integratedTime', '1700000000'],
    ['logIndex', -1],
    ['logIndex', Number.NaN],
    ['logID', 'C0'.repeat(32)],
    ['logID', 'c0'.repeat(31)],
    ['logID', null],
  ])('refuses %s %j', (path, value) => {
    expect(() => signedEntryTimestampPayload({ ...GOOD, [path]: value })).toThrow(
      expect.objectContaining({ code: 'invalid-entry', path }),
    );
  });
});
