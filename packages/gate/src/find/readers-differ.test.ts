import { describe, expect, it } from 'vitest';
import { findImages } from './find-images.ts';
import type { FileKind } from './found-image.ts';

const told = (text: string, kind: FileKind, built?: string): readonly string[] =>
  findImages(text, {
    kind,
    ...(built === undefined ? {} : { readNeighbour: () => ({ file: 'Dockerfile', text: built }) }),
  }).images.map((one) => (one.outcome === 'image' ? one.named : one.outcome === 'problem' ? one.problem : one.outcome));

const pod = (more: string): string =>
  `apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - name: a\n    image: good:1\n${more}`;
const evilPod = '{apiVersion: v1, kind: Pod, spec: {containers: [{name: a, image: "evil:1"}]}}';

describe('what kubectl reads otherwise than YAML 1.2', () => {
  it.each([
    ['U+0085', pod('# x\u0085  - name: b\u0085    image: evil:1\n')],
    ['U+2028', pod('# x\u2028  - name: b\u2028    image: evil:1\n')],
    ['U+2029', pod('# x\u2029  - name: b\u2029    image: evil:1\n')],
    ['U+000D', pod('# x\r  - name: b\r    image: evil:1\n')],
    ['U+FEFF', pod('\uFEFF initContainers: [{name: b, image: "evil:1"}]\n')],
  ])('refuses the line end or mark %s', (code, text) => {
    expect(() => findImages(text)).toThrow(
      expect.objectContaining({ code: 'not-text', message: expect.stringContaining(code) }),
    );
  });

  it('takes a mark at the beginning, and CRLF', () => {
    expect(told(`\uFEFF${pod('')}`.replaceAll('\n', '\r\n'), 'kubernetes')).toEqual(['good:1']);
  });

  it('refuses a lone carriage return in the comment of a devcontainer', () => {
    expect(() => findImages('// x\r"image": "evil",\n{"image": "good"}', { kind: 'devcontainer' })).toThrow(
      expect.objectContaining({ code: 'not-text' }),
    );
  });

  it('reports a merge key that replaces what stands above it', () => {
    expect(told(pod('    <<: {image: "evil:1"}\n'), 'kubernetes')).toContain('duplicate-key');
    expect(told(pod('    <<: {command: [a]}\n'), 'kubernetes')).toEqual(['good:1']);
  });

  it('follows a merge key that has a tag', () => {
    const text = pod('  !!merge "<<": {initContainers: [{name: b, image: "evil:1"}]}\n');
    expect(told(text, 'kubernetes')).toEqual(['good:1', 'evil:1']);
  });

  it('finds the items of whatever has some', () => {
    expect(told(`apiVersion: v1\nkind: ConfigMap\nitems: [${evilPod}]\n`, 'kubernetes')).toEqual(['evil:1']);
    expect(told(pod(`items: [${evilPod}]\n`), 'kubernetes')).toEqual(['good:1', 'evil:1']);
  });

  it('looks into what only is called a definition of resources', () => {
    const named = (group: string): string =>
      `apiVersion: ${group}/v1\nkind: CustomResourceDefinition\nspec: {image: "evil:1"}\n`;
    expect(told(named('acme.test'), 'kubernetes')).toEqual(['evil:1']);
    expect(told(named('apiextensions.k8s.io'), 'kubernetes')).toEqual([]);
  });
});

describe('Compose', () => {
  it('runs services whose names begin as extensions do', () => {
    expect(told('services:\n  a: {image: good}\n  x-b: {image: evil}\n', 'compose')).toEqual(['good', 'evil']);
    expect(told('services:\n  a: {image: good}\n  x-b: {labels: {}}\n', 'compose')).toEqual(['good']);
  });

  it('pulls the image that a service with a build inherits', () => {
    const text = 'services:\n  a: {build: ., extends: b}\n  b: {image: evil}\n';
    expect(told(text, 'compose', 'FROM good\n')).toEqual(expect.arrayContaining(['evil', 'good', 'built']));
  });
});

describe('a Dockerfile', () => {
  it.each([
    ['goes on behind two escapes, to some', 'FROM good\nRUN echo \\\\\nFROM evil\n'],
    ['the same with another escape', '# escape=`\nFROM good\nRUN echo ``\nFROM evil\n'],
    ['escapes the signs of a heredoc', 'FROM good\nRUN cat \\<<EOF\nFROM evil\n'],
    ['begins a line with a blank that is no ASCII', 'FROM good\n\u00A0FROM evil\n'],
    ['begins a line with a vertical tab', 'FROM good\n\u000BFROM evil\n'],
    ['separates by a form feed', 'FROM good\nFROM\u000Cevil\n'],
    ['names its frontend behind slashes', '// syntax=evil\nFROM good\n'],
    ['names its frontend in JSON', '{"syntax": "evil"}\nFROM good\n'],
    ['names its frontend below a shebang', '#!/usr/bin/env docker\n# syntax=evil\nFROM good\n'],
  ])('is reported where it %s', (_, text) => {
    expect(told(text, 'dockerfile')).toContain('unsupported-expression');
  });

  it('is not where all readers agree', () => {
    const text = '# two \\\\\n# escape=`\nFROM good\nRUN echo \\\n  a\nRUN cat <<EOF\nx\nEOF\n';
    expect(told(text, 'dockerfile')).toEqual(['good']);
  });
});
