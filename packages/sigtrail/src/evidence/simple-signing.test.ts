import { describe, expect, it } from 'vitest';
import { parseSimpleSigning } from './simple-signing.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const parse = (text: string): unknown => parseSimpleSigning(Buffer.from(text));
const now = `{"critical":{"identity":{"docker-reference":"a/b"},"image":{"docker-manifest-digest":"${DIGEST}"},"type":"TYPE"},"optional":{"k":"v"}}`;
const then = `{"Critical":{"Identity":{"docker-reference":"a/b"},"Image":{"Docker-manifest-digest":"${DIGEST}"},"Type":"TYPE"},"Optional":{"k":"v"}}`;

describe.each([
  ['as cosign writes it', now],
  ['as Tekton Chains wrote it in 2021', then],
])('a payload %s', (_, text) => {
  it.each(['cosign container image signature', 'atomic container signature', 'Tekton container signature'])(
    'is read with the type %s',
    (type) => {
      expect(parse(text.replace('TYPE', type))).toEqual({
        type,
        dockerReference: 'a/b',
        manifestDigest: DIGEST,
        optional: { k: 'v' },
      });
    },
  );

  it('is refused with a different type', () => {
    expect(() => parse(text.replace('TYPE', 'other'))).toThrow(expect.objectContaining({ code: 'payload-type' }));
  });
});

describe('a payload that mixes the two spellings', () => {
  const old = then.replace('TYPE', 'Tekton container signature');
  const fresh = now.replace('TYPE', 'cosign container image signature');

  it.each([
    ['both documents in one', `{${old.slice(1, -1)},${fresh.slice(1)}`],
    ['both documents in one, turned', `{${fresh.slice(1, -1)},${old.slice(1)}`],
    ['an image of each', old.replace('"Image"', `"image":{"docker-manifest-digest":"${DIGEST}"},"Image"`)],
    ['two digests', old.replace('"Docker-manifest-digest"', `"docker-manifest-digest":"x","Docker-manifest-digest"`)],
    ['a new member in an old document', old.replace('"Type"', '"type"')],
    ['an old member in a new document', fresh.replace('"type"', '"Type"')],
    ['a third spelling', old.replace('"Critical"', '"CRITICAL"')],
    ['a member that neither has', old.replace('"Type"', '"Until":"2030","Type"')],
  ])('is refused: %s', (_, text) => {
    expect(() => parse(text)).toThrow(expect.objectContaining({ code: 'payload-malformed' }));
  });
});
