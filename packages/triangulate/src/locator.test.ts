import { describe, expect, test } from 'vitest';
import { parseImageLocator } from './index.ts';

const digest = `sha256:${'0123456789abcdef'.repeat(4)}`;

describe('parseImageLocator', () => {
  test.each([
    ['oci:saved', { directory: 'saved' }],
    ['oci:./saved', { directory: './saved' }],
    ['oci:/var/images/app', { directory: '/var/images/app' }],
    ['oci:.', { directory: '.' }],
    ['oci:saved:1.4', { directory: 'saved', tag: '1.4' }],
    ['oci:/a:b/c', { directory: '/a:b/c' }],
    ['oci:/a:b/c:1.4', { directory: '/a:b/c', tag: '1.4' }],
    ['oci:./app:1.4/', { directory: './app:1.4/' }],
    ['oci:./app:1.4/:2', { directory: './app:1.4/', tag: '2' }],
    ['oci:a:b:c', { directory: 'a:b', tag: 'c' }],
    [`oci:saved@${digest}`, { directory: 'saved', digest }],
    [`oci:saved:1.4@${digest}`, { directory: 'saved', tag: '1.4', digest }],
    [`oci:./x@y/saved@${digest}`, { directory: './x@y/saved', digest }],
    [`oci:./app:1.4/@${digest}`, { directory: './app:1.4/', digest }],
    ['oci:./me@home/', { directory: './me@home/' }],
    ['oci:C:\\images\\app', { directory: 'C:\\images\\app' }],
    ['oci:C:\\images\\app:1.4', { directory: 'C:\\images\\app', tag: '1.4' }],
    ['oci-archive:saved.tar', { directory: 'saved.tar' }],
    ['oci:saved.tar:1.4', { directory: 'saved.tar', tag: '1.4' }],
    [`oci-archive:/tmp/saved.tar:1.4@${digest}`, { directory: '/tmp/saved.tar', tag: '1.4', digest }],
    ['oci:dir with space:1', { directory: 'dir with space', tag: '1' }],
  ])('reads %s as a layout', (text, expected) => {
    expect(parseImageLocator(text)).toEqual({ kind: 'layout', text, ...expected });
  });

  test.each([
    ['ghcr.io/acme/app:1.4', { registry: 'ghcr.io', repository: 'acme/app', tag: '1.4' }],
    [`ghcr.io/acme/app@${digest}`, { registry: 'ghcr.io', repository: 'acme/app', digest }],
    ['ubuntu', { registry: 'index.docker.io', repository: 'library/ubuntu', tag: 'latest' }],
    ['oci/app', { registry: 'index.docker.io', repository: 'oci/app', tag: 'latest' }],
  ])('reads %s as a reference', (text, reference) => {
    expect(parseImageLocator(text)).toEqual({ kind: 'registry', text, reference });
  });

  test.each([
    ['', 'invalid-reference', /expected/],
    ['oci:', 'invalid-reference', /oci:DIRECTORY/],
    ['oci::1.4', 'invalid-reference', /oci:DIRECTORY/],
    [`oci:@${digest}`, 'invalid-reference', /oci:DIRECTORY/],
    ['oci-archive:', 'invalid-reference', /oci:DIRECTORY/],
    ['oci-archive:saved.tar@sha256:abc', 'invalid-digest', /digest/],
    ['docker-archive:saved.tar', 'invalid-reference', /oci-archive:FILE/],
    ['oci:saved:', 'invalid-reference', /not a tag/],
    ['oci:saved:a b', 'invalid-reference', /not a tag/],
    ['oci:saved:-x', 'invalid-reference', /not a tag/],
    ['oci:saved@sha256:abc', 'invalid-digest', /digest/],
    ['oci:saved@', 'invalid-digest', /digest/],
    ['oci:me@home', 'invalid-digest', /digest/],
    ['oci:sa\0ved', 'invalid-reference', /control characters/],
    ['oci://ghcr.io/acme/app', 'invalid-reference', /oci:\/\//],
    ['docker://ghcr.io/acme/app', 'invalid-reference', /no "docker:/],
    ['ghcr.io/Acme/app', 'invalid-reference', /lower case/],
  ])('refuses %j as %s', (text, code, message) => {
    expect(() => parseImageLocator(text)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test('takes nothing but text', () => {
    expect(() => parseImageLocator(undefined as unknown as string)).toThrow(TypeError); // a caller without types
  });
});
