import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOciError, OciError } from '../error.ts';
import { formatReference, parseReference } from './reference.ts';

// SIGTRAIL_ROUND_TRIPS and SIGTRAIL_SEED repeat or lengthen a run.
const roundTrips = Number(process.env['SIGTRAIL_ROUND_TRIPS'] ?? 1000);
const seed = Number(process.env['SIGTRAIL_SEED'] ?? Date.now() % 2 ** 31);

const H = 'f'.repeat(64);
const D = `sha256:${H}`;
const id = '1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a';
const refused = undefined;

// The 58 tricky inputs of distribution/reference, go-containerregistry and oras-go (two of the rows have two inputs), with what this parser
// makes of them.
const vectors: readonly (readonly [number, string, string | undefined])[] = [
  [1, 'ubuntu', 'index.docker.io/library/ubuntu:latest'],
  [2, 'library/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  [3, 'docker.io/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  [4, 'index.docker.io/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  [5, 'registry-1.docker.io/library/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  [6, 'localhost', 'index.docker.io/library/localhost:latest'],
  [7, 'localhost/testimage:mytag', 'localhost/testimage:mytag'],
  [8, 'test.com:5000', 'index.docker.io/library/test.com:5000'],
  [9, `test:5000/repo:tag@${D}`, `test:5000/repo:tag@${D}`],
  [10, '192.168.1.1:5000/repo:5050', '192.168.1.1:5000/repo:5050'],
  [11, '192.168.0.1:80', 'index.docker.io/library/192.168.0.1:80'],
  [12, '[2001:db8::1]:5000/repo:tag', '[2001:db8::1]:5000/repo:tag'],
  [13, '[::1]:5000/repo', '[::1]:5000/repo:latest'],
  [14, '[2001:db8::1]', refused],
  [15, 'fc00::1:5000/debian', refused],
  [16, '[fe80::1%eth0]:5000/repo', refused],
  [17, '[2001:db8:3:4::192.0.2.33]:5000/debian', refused],
  [18, 'Uppercase:tag', refused],
  [19, 'test:5000/Uppercase/lowercase:tag', refused],
  [20, 'lowercase:Uppercase', 'index.docker.io/library/lowercase:Uppercase'],
  [21, 'Foo/bar', refused],
  [22, 'docker/Docker', refused],
  [23, 'GHCR.io/foo/bar', 'ghcr.io/foo/bar:latest'],
  [24, ':justtag', refused],
  [25, `@${D}`, refused],
  [26, `repo@sha256:${'f'.repeat(34)}`, refused],
  [27, `validname@sha512:${'f'.repeat(128)}`, `index.docker.io/library/validname@sha512:${'f'.repeat(128)}`],
  [28, `validname@invaliddigest:${H}`, refused],
  [29, `nginx:latest@${D}`, `index.docker.io/library/nginx:latest@${D}`],
  [30, `library/nginx:@${D}`, refused],
  [31, 'library/ubuntu:', refused],
  [32, `repo@sha256:${'sh'.repeat(32)}`, refused],
  [33, `repo@${D}@${D}`, refused],
  [34, `repo@sha256:${'F'.repeat(64)}`, refused],
  [35, "gcr.io/project-id/bad_chars:c@n'tuse", refused],
  [36, 'gcr.io/project-id/wrong-length:white space', refused],
  [37, `a/b:${'t'.repeat(129)}`, refused],
  [38, 'docker///docker', refused],
  [39, '-docker/docker', refused],
  [40, 'dock..er/docker', refused],
  [41, 'docker/', refused],
  [42, 'dock__er/docker', 'index.docker.io/dock__er/docker:latest'],
  [42, 'docker---rules/docker', 'index.docker.io/docker---rules/docker:latest'],
  [43, 'example.com/a/../../b', refused],
  [44, id, refused],
  [45, `docker.io/${id}`, `index.docker.io/library/${id}:latest`],
  [46, 'https://github.com/docker/docker', refused],
  [47, 'localhost:v1/hello-world', refused],
  [48, 'xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com/myimage:xn--n3h.com'],
  [49, '☃.com/myimage', refused],
  [50, `registry.example.com/hello-world:foobar:${D}`, refused],
  [51, 'foo_bar.com:8080', 'index.docker.io/library/foo_bar.com:8080'],
  [52, 'foo_bar.com/img', refused],
  [53, `example.com/${'a'.repeat(255)}:t`, `example.com/${'a'.repeat(255)}:t`],
  [54, `example.com/${'a'.repeat(256)}:t`, refused],
  [55, 'example.com:99999/repo', refused],
  [56, 'user:pass@host.example/repo', refused],
  [57, '0x7f.1:5000/repo', refused],
  [58, 'ubuntu\n', refused],
  [58, ' ubuntu', refused],
];

const furtherVectors: readonly (readonly [string, string | undefined])[] = [
  ['', refused],
  ['example.com:0/repo', refused],
  ['127.1:5000/repo', refused],
  ['0177.0.0.1/repo', refused],
  ['256.0.0.1/repo', refused],
  ['[::1]5000/repo', refused],
  ['[:::]:5000/repo', refused],
  ['example.com./repo', refused],
  ['-example.com/repo', refused],
  ['localhost:5000/repo', 'localhost:5000/repo:latest'],
  ['a/b/c/d:1', 'index.docker.io/a/b/c/d:1'],
  ['repo:-tag', refused],
  ['repo:.tag', refused],
  [`repo@sha384:${'f'.repeat(96)}`, `index.docker.io/library/repo@sha384:${'f'.repeat(96)}`],
  [`repo@sha384:${'f'.repeat(64)}`, refused],
  // go-containerregistry: TestParseReferenceWithTagAndDigest
  [`gcr.io/repo:tag@${D}`, `gcr.io/repo:tag@${D}`],
  [`index.docker.io/library/nginx:1@${D}`, `index.docker.io/library/nginx:1@${D}`],
  [`localhost:5000/nginx:1@${D}`, `localhost:5000/nginx:1@${D}`],
  [`gcr.io/repo:-tag@${D}`, refused],
  [`gcr.io/repo:${'t'.repeat(129)}@${D}`, refused],
  ['x'.repeat(5000), refused],
];

function expectVector(input: string, expected: string | undefined): void {
  if (expected !== undefined) {
    expect(formatReference(parseReference(input))).toBe(expected);
    return;
  }
  expect(refusal(input).code).toBe('invalid-reference');
}

function refusal(input: string): OciError {
  try {
    parseReference(input);
  } catch (error) {
    if (isOciError(error)) return error;
  }
  throw new Error(`${input} was not refused`);
}

describe('parseReference', () => {
  it('has a vector for each row', () => {
    expect([...new Set(vectors.map(([row]) => row))]).toEqual(Array.from({ length: 58 }, (_, index) => index + 1));
  });

  it.each(vectors)('row %i: %j', (_, input, expected) => expectVector(input, expected));
  it.each(furtherVectors)('%j', expectVector);

  it.each([
    ['https://github.com/docker/docker', 'has no "https://"; write github.com/docker/docker'],
    ['https://', 'write registry/repository'],
    ['oci://ghcr.io/acme/chart:1', '(or set "allowOciScheme")'],
    ['docker://ghcr.io/acme/app', 'write ghcr.io/acme/app'],
    ['ghcr.io/Acme/App:v1', 'did you mean "acme/app"?'],
    ['Uppercase:tag', 'did you mean "uppercase"?'],
    ['library/ubuntu:', 'not followed by a tag'],
    [`repo@sha256:${'F'.repeat(64)}`, 'digests are lower case'],
    [`repo@sha256:${'f'.repeat(63)}`, 'all its digits'],
    [id, 'write name@sha256:…'],
    ['☃.com/myimage', 'punycode'],
    ['127.1/repo', 'four decimal numbers'],
  ])('says what to do about %j', (input, hint) => {
    expect(refusal(input).message).toContain(hint);
  });

  it('reads oci:// only on request', () => {
    expect(parseReference('oci://ghcr.io/acme/chart:1', { allowOciScheme: true })).toEqual({
      registry: 'ghcr.io',
      repository: 'acme/chart',
      tag: '1',
    });
    for (const text of ['oci://oci://ghcr.io/a', 'https://ghcr.io/a', 'OCI://ghcr.io/a'])
      expect(() => parseReference(text, { allowOciScheme: true })).toThrow(OciError);
  });

  const part = fc.stringMatching(/^[a-z0-9]{1,8}(?:(?:\.|_|__|-{1,3})[a-z0-9]{1,6}){0,2}$/);
  const host = fc.oneof(
    fc.constantFrom(
      'localhost',
      'docker.io',
      'index.docker.io',
      '127.0.0.1',
      '[::1]',
      '[2001:db8::1]',
      'GHCR.IO',
      'xn--n3h.com',
    ),
    fc.stringMatching(/^[a-z][a-z0-9]{0,8}(?:-[a-z0-9]{1,4})?\.[a-z]{2,5}$/),
  );
  const reference = fc.record({
    host: fc.option(fc.tuple(host, fc.option(fc.integer({ min: 1, max: 65535 })))),
    path: fc.array(part, { minLength: 1, maxLength: 4 }),
    tag: fc.option(fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/)),
    digest: fc.option(fc.stringMatching(/^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/)),
  });

  it(`reads back what formatReference writes (${roundTrips} times, seed ${seed})`, { timeout: 600_000 }, () => {
    fc.assert(
      fc.property(reference, ({ host: where, path, tag, digest }) => {
        const text = `${where === null ? '' : `${where[0]}${where[1] === null ? '' : `:${where[1]}`}/`}${path.join('/')}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
        let parsed: ReturnType<typeof parseReference>;
        try {
          parsed = parseReference(text);
        } catch (error) {
          return isOciError(error); // e.g. a first component with a dot that is not a host
        }
        expect(parseReference(formatReference(parsed))).toEqual(parsed);
        return true;
      }),
      { numRuns: roundTrips, seed },
    );
  });

  it.each(['a.0', 'A.0', 'a.0x', 'registry.0x1:5000'])('refuses the host %s, which no URL can have', (host) => {
    expect(() => parseReference(`${host}/acme/app`)).toThrow(expect.objectContaining({ code: 'invalid-reference' }));
  });

  it('throws nothing but its own error, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: fc.constantFrom(...Array.from('aA0.:/@-_[]%')) })),
        (text) => {
          try {
            const parsed = parseReference(text);
            const url = new URL(`https://${parsed.registry}/v2/${parsed.repository}/manifests/x`);
            // What is checked is what is dialled and asked for.
            expect(url.pathname).toBe(`/v2/${parsed.repository}/manifests/x`);
            if (!parsed.registry.startsWith('[')) expect(url.hostname).toBe(parsed.registry.replace(/:\d+$/, ''));
          } catch (error) {
            expect(error).toBeInstanceOf(OciError);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

it.each(['https://user:s3cr3t@ghcr.io/x', 'user:s3cr3t@ghcr.io/x', 'oci://user:s3cr3t@ghcr.io/x', 's3cr3t@ghcr.io/x'])(
  'says nothing of what stands before the host of %s',
  (text) => {
    let thrown: unknown;
    try {
      parseReference(text);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ code: 'invalid-reference' });
    expect(inspect(thrown)).not.toContain('s3cr3t');
  },
);
