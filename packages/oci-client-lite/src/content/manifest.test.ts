import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { descriptorOf, emptyConfig, encode, indexBytes, manifestBytes, types } from '../../test/fake-registry.ts';
import { digestOf } from '../reference/digest.ts';
import { isOciError } from '../error.ts';
import { parseManifest } from './manifest.ts';

const child = descriptorOf(manifestBytes(), types.manifest);
const codeOf = (work: () => unknown): string | undefined => {
  try {
    work();
    return undefined;
  } catch (error) {
    return isOciError(error) ? error.code : String(error);
  }
};

describe('parseManifest', () => {
  it('reads an image manifest and an index', () => {
    const image = parseManifest(
      manifestBytes({ artifactType: 'a/b', annotations: { k: 'v' }, subject: child, unknown: 1 }),
      { declared: types.manifest },
    );
    expect(image).toMatchObject({
      kind: 'image',
      mediaType: types.manifest,
      artifactType: 'a/b',
      annotations: { k: 'v' },
      subject: child,
      layers: [],
    });
    expect(image).not.toHaveProperty('unknown');
    const index = parseManifest(indexBytes([{ ...child, platform: { architecture: 'amd64', os: 'linux' } }]), {
      declared: types.index,
    });
    expect(index).toMatchObject({ kind: 'index', manifests: [{ digest: child.digest, platform: { os: 'linux' } }] });
  });

  it('takes null for an empty list or map, as Go writes it', () => {
    const image = parseManifest(
      encode({
        schemaVersion: 2,
        mediaType: types.manifest,
        config: child,
        layers: null,
        annotations: null,
        subject: null,
      }),
    );
    expect(image).toEqual({ kind: 'image', mediaType: types.manifest, config: child, layers: [] });
  });

  it('keeps an annotation called __proto__ as what it is', () => {
    const image = parseManifest(
      encode(
        `{"schemaVersion":2,"mediaType":"${types.manifest}","config":${JSON.stringify(child)},"layers":[],"annotations":{"__proto__":"x"}}`,
      ),
    );
    expect(Object.entries(image.annotations ?? {})).toEqual([['__proto__', 'x']]);
  });

  it.each<[string, unknown, string | undefined, string]>([
    [
      'an index with layers (CVE-2021-41190)',
      { schemaVersion: 2, mediaType: types.index, manifests: [], layers: [] },
      types.index,
      'invalid-manifest',
    ],
    [
      'an image with manifests',
      { schemaVersion: 2, mediaType: types.manifest, config: child, layers: [], manifests: [] },
      types.manifest,
      'invalid-manifest',
    ],
    [
      'a body of another type than its Content-Type',
      { schemaVersion: 2, mediaType: types.index, manifests: [] },
      types.manifest,
      'invalid-manifest',
    ],
    [
      'two keys equal but for their case, known or not',
      { schemaVersion: 2, config: child, layers: [], vendor: 1, Vendor: 2 },
      types.manifest,
      'invalid-manifest',
    ],
    [
      'two such keys in a descriptor',
      { schemaVersion: 2, config: { ...child, x: 1, X: 2 }, layers: [] },
      types.manifest,
      'invalid-manifest',
    ],
    ['schema 1', { schemaVersion: 1, fsLayers: [] }, undefined, 'unsupported-media-type'],
    [
      'schema 1 with a signature',
      { schemaVersion: 1 },
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      'unsupported-media-type',
    ],
    [
      'the withdrawn artifact manifest',
      { schemaVersion: 2, mediaType: 'application/vnd.oci.artifact.manifest.v1+json' },
      undefined,
      'unsupported-media-type',
    ],
    ['no type at all', { schemaVersion: 2, config: child, layers: [] }, undefined, 'unsupported-media-type'],
    [
      'a vague Content-Type and no type',
      { schemaVersion: 2, config: child, layers: [] },
      'application/json',
      'unsupported-media-type',
    ],
    ['a web page', '<html>', 'text/html', 'invalid-manifest'],
    ['a list', [], types.manifest, 'invalid-manifest'],
    ['no config', { schemaVersion: 2, mediaType: types.manifest, layers: [] }, undefined, 'invalid-manifest'],
    ['schemaVersion 3', { schemaVersion: 3, mediaType: types.index, manifests: [] }, undefined, 'invalid-manifest'],
    [
      'a digest with a path',
      { schemaVersion: 2, mediaType: types.index, manifests: [{ ...child, digest: 'sha256:../../x' }] },
      undefined,
      'invalid-manifest',
    ],
    [
      'an upper-case digest',
      { schemaVersion: 2, mediaType: types.index, manifests: [{ ...child, digest: child.digest.toUpperCase() }] },
      undefined,
      'invalid-manifest',
    ],
    [
      'a negative size',
      { schemaVersion: 2, mediaType: types.index, manifests: [{ ...child, size: -1 }] },
      undefined,
      'invalid-manifest',
    ],
    [
      'a size that is not a whole number',
      { schemaVersion: 2, mediaType: types.index, manifests: [{ ...child, size: 1.5 }] },
      undefined,
      'invalid-manifest',
    ],
    [
      'a key that differs in case (Go would read it)',
      { schemaVersion: 2, mediaType: types.manifest, config: child, layers: [], Layers: [child] },
      undefined,
      'invalid-manifest',
    ],
    [
      'such a key in a descriptor',
      { schemaVersion: 2, mediaType: types.index, manifests: [{ ...child, Digest: child.digest }] },
      undefined,
      'invalid-manifest',
    ],
    [
      'more than 1 000 entries',
      { schemaVersion: 2, mediaType: types.index, manifests: Array.from({ length: 1001 }, () => child) },
      undefined,
      'too-large',
    ],
  ])('refuses %s', (_, body, declared, code) => {
    expect(codeOf(() => parseManifest(encode(body), { declared }))).toBe(code);
  });

  it('leaves what vendors nest elsewhere alone', () => {
    expect(
      parseManifest(manifestBytes({ 'x-vendor': { Size: 1, Digest: 'x' }, annotations: { Size: '1' } })).kind,
    ).toBe('image');
  });

  it('reads Content-Type without parameters and case', () => {
    expect(
      parseManifest(manifestBytes(), { declared: 'Application/VND.oci.image.manifest.v1+JSON; charset=utf-8' }).kind,
    ).toBe('image');
  });

  it('throws nothing but its own error, whatever the JSON', () => {
    const valid = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: child,
      layers: [child],
      manifests: [child],
      annotations: { a: 'b' },
    };
    const field = fc.constantFrom(...Object.keys(valid), 'subject', 'artifactType', 'Layers');
    fc.assert(
      fc.property(
        fc.dictionary(field, fc.oneof(fc.jsonValue(), fc.constantFrom(...Object.values(valid)))),
        fc.constantFrom(undefined, types.manifest, types.index),
        (body, declared) => {
          const code = codeOf(() =>
            parseManifest(encode({ ...(body['annotations'] === undefined ? valid : {}), ...body }), {
              declared,
              guess: true,
            }),
          );
          return code === undefined || ['invalid-manifest', 'unsupported-media-type', 'too-large'].includes(code);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('takes an untyped file for what its shape says, on request', () => {
    const bytes = encode({ schemaVersion: 2, config: descriptorOf(emptyConfig, 'a/b'), layers: [] });
    expect(parseManifest(bytes, { guess: true }).mediaType).toBe(types.manifest);
    expect(digestOf(bytes)).toMatch(/^sha256:/);
  });
});
