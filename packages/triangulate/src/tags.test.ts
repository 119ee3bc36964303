import { OciError } from 'oci-client-lite';
import { describe, expect, test } from 'vitest';
import { attestationTag, fallbackTag, sbomTag, signatureTag } from './index.ts';

const hex = '0123456789abcdef'.repeat(4);

describe('tags derived from a digest', () => {
  test('are those of cosign and of the distribution specification', () => {
    expect(signatureTag(`sha256:${hex}`)).toBe(`sha256-${hex}.sig`);
    expect(attestationTag(`sha256:${hex}`)).toBe(`sha256-${hex}.att`);
    expect(sbomTag(`sha256:${hex}`)).toBe(`sha256-${hex}.sbom`);
    expect(fallbackTag(`sha256:${hex}`)).toBe(`sha256-${hex}`);
  });

  test('begin with the prefix, as with cosign’s --attachment-tag-prefix', () => {
    expect(signatureTag(`sha256:${hex}`, 'g1-')).toBe(`g1-sha256-${hex}.sig`);
    expect(attestationTag(`sha256:${hex}`, '_v2.')).toBe(`_v2.sha256-${hex}.att`);
    expect(sbomTag(`sha256:${hex}`, 'x')).toBe(`xsha256-${hex}.sbom`);
  });

  test('name the algorithm of the digest', () => {
    expect(signatureTag(`sha512:${hex}${hex}`)).toBe(`sha512-${hex}${hex}.sig`);
    expect(fallbackTag(`sha512:${hex}${hex}`)).toBe(`sha512-${hex}`);
  });

  test.each(['sha256:abc', `sha256:${hex.toUpperCase()}`, `md5:${hex}`, `sha256:${hex}/../x`, ''])(
    'refuse %j, which is not a digest',
    (digest) => {
      expect(() => signatureTag(digest as `sha256:${string}`)).toThrow(OciError);
    },
  );

  test.each(['-', '.x', 'a/b', 'a b', '?', 'ä'])('refuse the prefix %j, with which no tag can begin', (prefix) => {
    expect(() => signatureTag(`sha256:${hex}`, prefix)).toThrow(TypeError);
  });
});
