import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOciError, OciError } from './error.ts';
import { formatReference, parseReference } from './reference.ts';

const H = 'f'.repeat(64);
const D = `sha256:${H}`;
const id = '1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a';
const refused = undefined;

// The tricky inputs of distribution/reference, go-containerregistry and oras-go, with what this parser makes of them.
const vectors: readonly (readonly [string, string | undefined])[] = [
  ['ubuntu', 'index.docker.io/library/ubuntu:latest'],
  ['library/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  ['docker.io/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  ['index.docker.io/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  ['registry-1.docker.io/library/ubuntu', 'index.docker.io/library/ubuntu:latest'],
  ['localhost', 'index.docker.io/library/localhost:latest'],
  ['localhost/testimage:mytag', 'localhost/testimage:mytag'],
  ['test.com:5000', 'index.docker.io/library/test.com:5000'],
  [`test:5000/repo:tag@${D}`, `test:5000/repo:tag@${D}`],
  ['192.168.1.1:5000/repo:5050', '192.168.1.1:5000/repo:5050'],
  ['192.168.0.1:80', 'index.docker.io/library/192.168.0.1:80'],
  ['[2001:db8::1]:5000/repo:tag', '[2001:db8::1]:5000/repo:tag'],
  ['[::1]:5000/repo', '[::1]:5000/repo:latest'],
  ['[2001:db8::1]', refused],
  ['fc00::1:5000/debian', refused],
  ['[fe80::1%eth0]:5000/repo', refused],
  ['[2001:db8:3:4::192.0.2.33]:5000/debian', refused],
  ['Uppercase:tag', refused],
  ['test:5000/Uppercase/lowercase:tag', refused],
  ['lowercase:Uppercase', 'index.docker.io/library/lowercase:Uppercase'],
  ['Foo/bar', refused],
  ['docker/Docker', refused],
  ['GHCR.io/foo/bar', 'ghcr.io/foo/bar:latest'],
  [':justtag', refused],
  [`@${D}`, refused],
  [`repo@sha256:${'f'.repeat(34)}`, refused],
  [`validname@sha512:${'f'.repeat(128)}`, `index.docker.io/library/validname@sha512:${'f'.repeat(128)}`],
  [`validname@invaliddigest:${H}`, refused],
  [`nginx:latest@${D}`, `index.docker.io/library/nginx:latest@${D}`],
  [`library/nginx:@${D}`, refused],
  ['library/ubuntu:', refused],
  [`repo@sha256:${'sh'.repeat(32)}`, refused],
  [`repo@${D}@${D}`, refused],
  [`repo@sha256:${'F'.repeat(64)}`, refused],
  ["gcr.io/project-id/bad_chars:c@n'tuse", refused],
  ['gcr.io/project-id/wrong-length:white space', refused],
  [`a/b:${'t'.repeat(129)}`, refused],
  ['docker///docker', refused],
  ['-docker/docker', refused],
  ['dock..er/docker', refused],
  ['docker/', refused],
  ['dock__er/docker', 'index.docker.io/dock__er/docker:latest'],
  ['docker---rules/docker', 'index.docker.io/docker---rules/docker:latest'],
  ['example.com/a/../../b', refused],
  [id, refused],
  [`docker.io/${id}`, `index.docker.io/library/${id}:latest`],
  ['https://github.com/docker/docker', refused],
  ['localhost:v1/hello-world', refused],
  ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com/myimage:xn--n3h.com'],
  ['☃.com/myimage', refused],
  [`registry.example.com/hello-world:foobar:${D}`, refused],
  ['foo_bar.com:8080', 'index.docker.io/library/foo_bar.com:8080'],
  ['foo_bar.com/img', refused],
  [`example.com/${'a'.repeat(255)}:t`, `example.com/${'a'.repeat(255)}:t`],
  [`example.com/${'a'.repeat(256)}:t`, refused],
  ['example.com:99999/repo', refused],
  ['user:pass@host.example/repo', refused],
  ['0x7f.1:5000/repo', refused],
  ['ubuntu\n', refused],
  [' ubuntu', refused],
  // further ones
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
  [`repo@sha384:${'f'.repeat(96)}`, refused],
  ['x'.repeat(5000), refused],
];

describe('parseReference', () => {
  it.each(vectors)('%j', (input, expected) => {
    if (expected === undefined) {
      let thrown: unknown;
      try {
        parseReference(input);
      } catch (error) {
        thrown = error;
      }
      expect(isOciError(thrown) && thrown.code).toBe('invalid-reference');
    } else expect(formatReference(parseReference(input))).toBe(expected);
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
    digest: fc.option(fc.stringMatching(/^sha256:[0-9a-f]{64}$/)),
  });

  it('reads back what formatReference writes', () => {
    fc.assert(
      fc.property(reference, ({ host: where, path, tag, digest }) => {
        const text = `${where === null ? '' : `${where[0]}${where[1] === null ? '' : `:${where[1]}`}/`}${path.join('/')}${tag === null ? '' : `:${tag}`}${digest === null ? '' : `@${digest}`}`;
        let parsed: ReturnType<typeof parseReference>;
        try {
          parsed = parseReference(text);
        } catch (error) {
          return isOciError(error); // e.g. a first component with a dot that is no host
        }
        expect(parseReference(formatReference(parsed))).toEqual(parsed);
        return true;
      }),
      { numRuns: 1000 },
    );
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
