import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { parseJson } from './json.ts';

const read = (text: string): unknown => parseJson(Buffer.from(text), z.unknown(), 'invalid-response', 'list of tags');

describe('JSON of a registry', () => {
  it.each(['{"tags":["v1"]}', '[]', 'null', '{"a":{"a":1}}'])('%s is read', (text) => {
    expect(read(text)).toEqual(JSON.parse(text));
  });

  it.each([
    ['a key twice', '{"tags":["v1"],"tags":["v2"]}'],
    ['nesting without end', '['.repeat(100_000)],
    ['a secret that is not JSON', '{"token": s3cret}'],
    ['nothing', ''],
  ])('%s is refused with the code of the reader, and not quoted', (_, text) => {
    expect(() => read(text)).toThrow(
      expect.objectContaining({ code: 'invalid-response', message: expect.not.stringContaining('s3cret') }),
    );
  });
});
