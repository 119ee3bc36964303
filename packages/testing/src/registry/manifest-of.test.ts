import { expect, test } from 'vitest';
import { descriptorOf, digestOf, EMPTY_CONFIG, indexOf, MEDIA_TYPE, manifestOf } from '../index.ts';

test('builds an OCI image manifest', () => {
  const layer = { bytes: Buffer.from('abc'), mediaType: 'text/plain', annotations: { a: 'b' } };
  const subject = { mediaType: MEDIA_TYPE.manifest, digest: digestOf(Buffer.from('x')), size: 1 };
  expect(
    JSON.parse(manifestOf(EMPTY_CONFIG, [layer], { k: 'v' }, { subject, artifactType: 'x/y' }).toString()),
  ).toEqual({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.manifest,
    artifactType: 'x/y',
    config: {
      mediaType: MEDIA_TYPE.empty,
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
    },
    layers: [{ mediaType: 'text/plain', digest: digestOf(layer.bytes), size: 3, annotations: { a: 'b' } }],
    subject,
    annotations: { k: 'v' },
  });
});

test('leaves out what is not given', () => {
  expect(Object.keys(JSON.parse(manifestOf(EMPTY_CONFIG, []).toString()))).toEqual([
    'schemaVersion',
    'mediaType',
    'config',
    'layers',
  ]);
});

test('builds an index over descriptors', () => {
  const child = descriptorOf({ bytes: manifestOf(EMPTY_CONFIG, []), mediaType: MEDIA_TYPE.manifest });
  expect(JSON.parse(indexOf([child]).toString())).toEqual({
    schemaVersion: 2,
    mediaType: MEDIA_TYPE.index,
    manifests: [child],
  });
});
