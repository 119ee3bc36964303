import type { ImageManifest } from 'oci-client-lite';
import { parseManifest } from 'oci-client-lite';
import { describe, expect, test } from 'vitest';
import { type Artifact, descriptorOf, encode, manifestBytes, types } from '../test/memory-repository.ts';
import { classifyDescriptor, classifyReferrer, classifyTagged } from './classify.ts';

const layersOf = (...mediaTypes: string[]) => mediaTypes.map((type, index) => descriptorOf(encode(`${index}`), type));

function manifestOf(artifact: Artifact): ImageManifest {
  const manifest = parseManifest(manifestBytes(artifact));
  if (manifest.kind !== 'image') throw new TypeError('an image manifest was meant');
  return manifest;
}

describe('what a referrer is, by its descriptor', () => {
  test.each([
    [types.bundle, 'sigstore-bundle'],
    ['application/vnd.dev.sigstore.bundle+json;version=0.1', 'sigstore-bundle'],
    ['application/vnd.dev.sigstore.bundle+json;version=0.3', 'sigstore-bundle'],
    ['application/vnd.dev.sigstore.bundle.v0.9+json', 'sigstore-bundle'],
    [types.oci11, 'oci11-signature'],
    ['application/vnd.dev.cosign.artifact.sbom.v1+json', 'cosign-sbom'],
    ['application/vnd.dev.cosign.artifact.att.v1+json', 'dsse-attestation'],
    ['application/vnd.dev.cosign.artifact.other.v1+json', 'unknown-referrer'],
    [types.inToto, 'dsse-attestation'],
    [types.dsse, 'dsse-attestation'],
    ['application/vnd.in-toto.provenance+dsse', 'dsse-attestation'],
    ['application/vnd.docker.attestation.manifest.v1+json', 'buildkit-attestation'],
    ['application/vnd.cncf.notary.signature', 'unknown-referrer'],
    ['application/spdx+json', 'unknown-referrer'],
    ['', undefined],
    [types.empty, undefined],
    [types.config, undefined],
  ])('%j is %s', (artifactType, expected) => {
    expect(classifyDescriptor({ ...descriptorOf(encode('x'), types.manifest), artifactType })).toBe(expected);
  });

  test('without a type, or with an annotation that contradicts it, only the manifest can tell', () => {
    const descriptor = descriptorOf(encode('x'), types.manifest);
    expect(classifyDescriptor(descriptor)).toBeUndefined();
    const annotations = { 'dev.sigstore.bundle.content': 'dsse-envelope' };
    expect(classifyDescriptor({ ...descriptor, artifactType: 'application/vnd.acme', annotations })).toBeUndefined();
  });
});

describe('what a referrer is, by its manifest', () => {
  test.each<[string, Artifact, string, number[]]>([
    ['artifactType', { artifactType: types.bundle, layers: layersOf(types.bundle) }, 'sigstore-bundle', [0]],
    [
      'artifactType alone',
      { artifactType: types.bundle, layers: layersOf('application/json') },
      'sigstore-bundle',
      [0],
    ],
    ['the layer', { layers: layersOf(types.bundle) }, 'sigstore-bundle', [0]],
    [
      'the layer, against a type of one’s own',
      { artifactType: 'application/vnd.acme', layers: layersOf(types.bundle) },
      'sigstore-bundle',
      [0],
    ],
    [
      'the config, as older cosign',
      { configType: types.oci11, layers: layersOf(types.simpleSigning) },
      'oci11-signature',
      [0],
    ],
    [
      'the right layers only',
      { artifactType: types.oci11, layers: layersOf('text/plain', types.simpleSigning) },
      'oci11-signature',
      [1],
    ],
    [
      'a bundle among others',
      { artifactType: types.bundle, layers: layersOf('text/plain', types.bundle) },
      'sigstore-bundle',
      [1],
    ],
    [
      'Tekton Chains',
      { artifactType: types.inToto, layers: layersOf(types.dsse, types.dsse) },
      'dsse-attestation',
      [0, 1],
    ],
    ['a type without any layer', { artifactType: types.oci11 }, 'unknown-referrer', []],
    [
      'a type without its layers',
      { artifactType: types.inToto, layers: layersOf('text/plain') },
      'unknown-referrer',
      [],
    ],
    ['nothing', { layers: layersOf('text/plain') }, 'unknown-referrer', []],
  ])('%s decides', (...[, artifact, kind, places]) => {
    const classified = classifyReferrer(manifestOf(artifact));
    expect(classified.kind).toBe(kind);
    expect(classified.layers.map(({ layerIndex }) => layerIndex)).toEqual(places);
  });
});

describe('what hangs on a tag of cosign', () => {
  const mixed = manifestOf({ layers: layersOf(types.simpleSigning, types.dsse, 'text/spdx+json', types.bundle) });

  test.each([
    ['signature-tag', 'cosign-signature', [0]],
    ['attestation-tag', 'cosign-attestation', [1]],
    ['sbom-tag', 'cosign-sbom', [2]],
  ] as const)('under %s only layers of its own kind count', (place, kind, places) => {
    const classified = classifyTagged(place, mixed);
    expect(classified.kind).toBe(kind);
    expect(classified.layers.map(({ layerIndex }) => layerIndex)).toEqual(places);
  });
});
