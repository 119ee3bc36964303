import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { placeOfJsonError } from './json-place.ts';

describe('the place of an error in JSON', () => {
  it.each([
    ['', 'line 1, column 1'],
    ['{"auths": hunter2}', 'line 1, column 11'],
    ['{\n  "auths": {\n    "r.test": {},\n  }\n}', 'line 4, column 3'],
    ['{"a":1}\n}', 'line 2, column 1'],
    ['{"a":1}{"a":1}', 'line 1, column 8'],
    ['// comment\n{}', 'line 1, column 1'],
    ['{"a"', 'line 1, column 5'],
    ['{"a":[1,]}', 'line 1, column 9'],
    ['{"a":[,1]}', 'line 1, column 7'],
    ["{'a':1}", 'line 1, column 2'],
    ['{"a":"b', 'line 1, column 6'],
    ['[1}', 'line 1, column 3'],
    ['{]', 'line 1, column 2'],
  ])('%j: %s', (json, expected) => {
    expect(placeOfJsonError(json)).toBe(expected);
  });

  it('is the end of what is good JSON', () => {
    fc.assert(
      fc.property(fc.json(), (json) => placeOfJsonError(json) === `line 1, column ${json.trimEnd().length + 1}`),
    );
  });
});
