import { describe, expect, it } from 'vitest';
import { splitJsonLines } from './json-lines.ts';

describe('splitJsonLines', () => {
  it.each<[string, string, readonly string[]]>([
    ['two documents', '{"a":1}\n{"b":2}\n', ['{"a":1}', '{"b":2}']],
    ['two documents, with CRLF and empty lines', '\n{"a":1}\r\n\r\n{"b":2}', ['{"a":1}', '{"b":2}']],
    ['one document with a line break at its end', '{"a":1}\n', ['{"a":1}\n']],
    ['one document over many lines', '{\n  "a": {}\n}\n', ['{\n  "a": {}\n}\n']],
    ['documents that are laid out', '{\n}\n{\n}\n', ['{\n}\n{\n}\n']],
    ['a line that is no object', '{"a":1}\n[]\n', ['{"a":1}\n[]\n']],
    ['nothing', '', ['']],
  ])('of %s', (_what, text, expected) => {
    expect(splitJsonLines(text)).toEqual(expected);
  });
});
