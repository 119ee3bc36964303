import { describe, expect, it } from 'vitest';
import { compareLock } from './compare-lock.ts';
import { formatLock, type LockedImage, parseLock } from './lock-file.ts';
import { signerName } from './locked-image.ts';

const locked: LockedImage = {
  digest: `sha256:${'0'.repeat(64)}`,
  signers: ['a by b'],
  log: { log: 'https://rekor.test', logIndex: 7 },
  provenance: ['builder by b'],
};

describe('the lock', () => {
  it('is read back as it was written, sorted', () => {
    const lock = { version: 1, images: { b: locked, a: { ...locked, log: undefined } } } as const;
    const text = formatLock(lock);
    expect(parseLock(text)).toEqual(lock);
    expect(formatLock(parseLock(text))).toBe(text);
    expect(Object.keys(JSON.parse(text).images)).toEqual(['a', 'b']);
  });

  it.each([
    ['{', 'x.json:1:'],
    ['{ "version": 2, "images": {} }', 'x.json:1:3'],
    [
      '{ "version": 1, "images": { "a": { "digest": "sha256:0", "signers": ["x"], "provenance": [] } } }',
      'x.json:1:36',
    ],
    ['{ "version": 1, "images": {}, "more": 1 }', 'x.json:1:'],
  ])('refuses %s', (text, place) => {
    expect(() => parseLock(text, 'x.json')).toThrow(
      expect.objectContaining({ code: 'invalid-lock', message: expect.stringContaining(place) }),
    );
  });

  it.each<[string, Partial<LockedImage>, readonly string[]]>([
    ['nothing', {}, []],
    ['another signer', { signers: ['c by d'] }, ['signer-changed!']],
    ['one of several signers', { signers: ['a by b', 'c by d'] }, []],
    ['provenance that is gone', { provenance: [] }, ['lost-provenance!']],
    ['provenance of another signer', { provenance: ['c by d'] }, ['lost-provenance!']],
    ['provenance of one of several signers', { provenance: ['builder by b', 'c by d'] }, []],
    ['a tag that moved', { digest: `sha256:${'1'.repeat(64)}` }, ['moved-tag']],
    ['another place in the log', { log: undefined }, []],
  ])('tells %s', (_, change, expected) => {
    expect(
      compareLock('x', locked, { ...locked, ...change }).map(({ code, isRefused }) => `${code}${isRefused ? '!' : ''}`),
    ).toEqual(expected);
  });

  it('does not refuse what is new', () => {
    expect(compareLock('x', undefined, locked)).toMatchObject([{ code: 'not-locked', isRefused: false }]);
  });
});

it('names a signer by what stays the same from release to release', () => {
  const at = (ref: string, claims: object = {}): string =>
    signerName({
      kind: 'certificate',
      certificate: '',
      subjectAlternativeNames: [
        { kind: 'uri', value: `https://github.com/acme/app/.github/workflows/release.yml@refs/tags/${ref}` },
      ],
      claims: {
        issuer: 'https://token.actions.githubusercontent.com',
        sourceRepositoryIdentifier: '1',
        sourceRepositoryOwnerIdentifier: '2',
        ...claims,
      },
      serialNumber: '',
      notBefore: '',
      notAfter: '',
      authority: '',
    });
  expect(at('v1')).toBe(
    'https://github.com/acme/app/.github/workflows/release.yml by https://token.actions.githubusercontent.com; repository 1; owner 2',
  );
  expect(at('v2')).toBe(at('v1'));
  expect(at('v1', { sourceRepositoryIdentifier: '3' })).not.toBe(at('v1'));
  expect(signerName({ kind: 'key', fingerprint: 'sha256:aa' })).toBe('key sha256:aa');
});

it('reads the lock of ten thousand images that it wrote', () => {
  const locked = { digest: `sha256:${'a'.repeat(64)}`, signers: ['x'.repeat(200)], provenance: [] };
  const images = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, index) => [`ghcr.io/acme/service-${index}:v1`, locked] as const),
  );
  const text = formatLock({ version: 1, images });
  expect(text.length).toBeGreaterThan(3_000_000);
  expect(Object.keys(parseLock(text).images)).toHaveLength(10_000);
});

it('takes nothing from a name that no image has', () => {
  const { images } = parseLock('{"version":1,"images":{"__proto__":{"digest":"x"}}}');
  expect([Object.keys(images), Object.getPrototypeOf(images)]).toEqual([[], Object.prototype]);
});

it.each([
  ['a key twice', '{"version":1,"version":1,"images":{}}'],
  ['an alias', 'version: 1\nimages: &a { x: *a }\n'],
  ['another version', '{"version":2,"images":{}}'],
  ['no signer', `{"version":1,"images":{"a":{"digest":"sha256:${'a'.repeat(64)}","signers":[],"provenance":[]}}}`],
  ['more than is said', `{"version":1,"images":{},"trusted":true}`],
])('refuses a lock with %s', (_, text) => {
  expect(() => parseLock(text)).toThrow(expect.objectContaining({ code: 'invalid-lock' }));
});
