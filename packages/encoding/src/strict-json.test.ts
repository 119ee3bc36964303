import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { parseJsonStrict } from './strict-json.ts';

describe('parseJsonStrict', () => {
  it('parses what JSON.parse parses, from text and from bytes', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 5 }), (json) => {
        expect(parseJsonStrict(json)).toEqual(JSON.parse(json));
        expect(parseJsonStrict(Buffer.from(json))).toEqual(JSON.parse(json));
      }),
    );
  });

  it.each([
    ['at the root', '{"kind":1,"kind":2}', 'kind'],
    ['below', '{"spec":[0,{"data":{"a":1,"b":[{}],"a":2}}]}', 'spec[1].data.a'],
    ['spelled with an escape', '{"kind":1,"\\u006bind":2}', 'kind'],
    ['when it is empty', '{"":1,"":2}', ''],
    ['when it is __proto__', '{"__proto__":1,"__proto__":2}', '__proto__'],
    ['with a control character, which is not passed on', '{"a\\u001b[2J":1,"a\\u001b[2J":1}', 'a?[2J'],
    ['after strings with quotes and brackets', '{"a":"\\"}{[,\\\\","a":1}', 'a'],
  ])('refuses a key that is there twice %s', (_where, json, path) => {
    expect(() => parseJsonStrict(json)).toThrow(expect.objectContaining({ code: 'invalid-json', path }));
  });

  it('refuses any key of any object written twice', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue(), { minKeys: 1 }), fc.nat(), (object, pick) => {
        const members = Object.entries(object).map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
        expect(parseJsonStrict(`{${members.join(',')}}`)).toEqual(JSON.parse(JSON.stringify(object)));
        const again = members[pick % members.length] ?? '';
        expect(() => parseJsonStrict(`[{${[...members, again].join(', ')}}]`)).toThrow(/twice/);
      }),
    );
  });

  it('lets one key stand in two objects, and as a value', () => {
    expect(parseJsonStrict('[{"a":"a"},{"a":{"a":["a","a"]}}]')).toEqual([{ a: 'a' }, { a: { a: ['a', 'a'] } }]);
  });

  it.each([
    ['malformed JSON', '{"a":}'],
    ['text after the value', '{} {}'],
    ['an empty text', ''],
    ['a byte order mark', Buffer.from('\ufeff{}')],
    ['bytes that are not UTF-8', Uint8Array.of(0x22, 0xff, 0x22)],
    ['an overlong encoding', Uint8Array.of(0x22, 0xc0, 0xaf, 0x22)],
    ['nesting above the limit', `${'['.repeat(65)}${']'.repeat(65)}`],
    ['nesting without end', '['.repeat(200_000)],
    ['a string without end', '{"a":"b'],
    ['a key with a bad escape', '{"\\x":1}'],
    ['closing brackets alone', ']]}}'],
  ])('refuses %s', (_what, json) => {
    expect(() => parseJsonStrict(json)).toThrow(
      expect.objectContaining({ name: 'EncodingError', code: 'invalid-json' }),
    );
  });

  it('allows nesting up to the limit', () => {
    expect(() => parseJsonStrict(`${'['.repeat(64)}${']'.repeat(64)}`)).not.toThrow();
    expect(() => parseJsonStrict('[[1]]', { maxDepth: 1 })).toThrow(/deeper than 1/);
  });

  it('counts bytes, not characters, against the size limit', () => {
    expect(parseJsonStrict('"é"', { maxBytes: 4 })).toBe('é');
    expect(() => parseJsonStrict('"é"', { maxBytes: 3 })).toThrow(expect.objectContaining({ code: 'too-large' }));
  });

  it('keeps the input out of its messages', () => {
    expect(() => parseJsonStrict('{"token": s3cret}')).toThrow(/^not well-formed JSON$/);
  });

  it.each([
    ['opening brackets', '['],
    ['objects', '{"a":'],
    ['brackets in turn', '[[{"a":'],
  ])('looks at no more of 32 MiB of %s than its depth', (_what, part) => {
    const bytes = Buffer.from(part.repeat((32 * 1024 * 1024) / part.length));
    const before = process.memoryUsage().heapUsed;
    expect(() => parseJsonStrict(bytes, { maxBytes: bytes.length })).toThrow(/deeper than 64/);
    // The text itself, one byte a character; the tree of it would take some thirty times as much.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(2 * bytes.length);
  });

  it.each([
    ['elements', (count: number) => `[${Array(count).fill('1').join(',')}]`],
    ['members', (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":1`).join(',')}}`],
    [
      'elements of many arrays',
      (count: number) =>
        `[${Array(count / 2)
          .fill('[1,1]')
          .join(',')}]`,
    ],
    [
      'arrays in arrays, without a comma',
      (count: number) =>
        `[${Array(count / 50)
          .fill(`${'['.repeat(50)}${']'.repeat(50)}`)
          .join(',')}]`,
    ],
    [
      'empty objects',
      (count: number) =>
        `[${Array(count / 2)
          .fill('{}')
          .join(',')}]`,
    ],
  ])('counts %s before they are built', (_what, make) => {
    expect(() => parseJsonStrict(make(100), { maxMembers: 150 })).not.toThrow();
    expect(() => parseJsonStrict(make(200), { maxMembers: 150 })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
  });

  it('counts different keys before they are kept', () => {
    const keys = (count: number): string =>
      `[${Array.from({ length: count }, (_, index) => `{"${index % 150}":{"a":1}}`).join(',')}]`;
    expect(() => parseJsonStrict(keys(2000), { maxNames: 151 })).not.toThrow();
    expect(() => parseJsonStrict(keys(2000), { maxNames: 150 })).toThrow(
      expect.objectContaining({ code: 'too-large' }),
    );
    const many = `{${Array.from({ length: 50_001 }, (_, index) => `"${index}":1`).join(',')}}`;
    expect(() => parseJsonStrict(many)).toThrow(/different keys/);
  });

  describe('with the keys that its reader knows', () => {
    const knownKeys = {
      names: ['manifests', 'digest', 'platform', 'os.version', 'annotations', 'keyId', 'keyid'],
      otherSpellings: { os_version: 'os.version' },
      within: ['manifests', 'platform'],
    };

    it.each([
      ['{"manifeſts":[]}', 'manifeſts'],
      ['{"manifests":[],"Manifests":[]}', 'Manifests'],
      ['{"manifests":[{"digest":"a","dıgest":"b"}]}', 'manifests[0].dıgest'],
      ['{"manifests":[{"DIGEST":"b"}]}', 'manifests[0].DIGEST'],
      ['{"manifests":[{"platform":{"OS.Version":"1"}}]}', 'manifests[0].platform.OS.Version'],
      ['{"\\u004danifests":[]}', 'Manifests'],
      ['{"Annotations":{}}', 'Annotations'],
      ['{"manifests":[],"manifests":[]}', 'manifests'],
      ['{"manifests":[{"platform":{"os_version":"1"}}]}', 'manifests[0].platform.os_version'],
      ['{"keyId":1,"keyid":2}', 'keyid'],
      ['{"KeyId":1}', 'KeyId'],
      ['{"x-vendor":1,"X-Vendor":2}', 'X-Vendor'],
      ['{"manifests":[{"x":1,"X":2}]}', 'manifests[0].X'],
    ])('refuses %s', (json, path) => {
      expect(() => parseJsonStrict(json, { knownKeys })).toThrow(
        expect.objectContaining({ code: 'invalid-json', path }),
      );
    });

    it.each([
      '{"keyId":1}',
      '[{"keyid":1},{"keyId":1}]',
      '{"annotations":{"Digest":"a","digest":"b"}}',
      '{"x":{"Y":1,"y":2}}',
      '{"manifests":[{"digest":"a"}]}',
    ])('accepts %s', (json) => {
      expect(parseJsonStrict(json, { knownKeys })).toEqual(JSON.parse(json));
    });
  });
});
