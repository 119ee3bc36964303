import { describe, expect, it } from 'vitest';
import { foldKey } from './strict-json.ts';

describe('foldKey', () => {
  it.each([
    ['manifests', 'manifeſts'],
    ['digest', 'Digest'],
    ['digest', 'DIGEST'],
    ['mediaType', 'MEDIATYPE'],
    ['mediaType', 'mediatype'],
    ['keyid', '\u212aeyid'],
    ['ß', 'ẞ'],
    ['σ', 'ς'],
  ])('%s and %s are one member to Go', (one, other) => {
    expect(foldKey(one)).toBe(foldKey(other));
  });

  it.each([
    ['digest', 'digests'],
    ['os.version', 'os_version'],
    ['ss', 'ß'],
    ['a', 'а'], // Cyrillic
    ['', 'x'],
  ])('%s and %s are two', (one, other) => {
    expect(foldKey(one)).not.toBe(foldKey(other));
  });
});
