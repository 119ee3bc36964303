import { describe, expect, it } from 'vitest';
import { findImages } from './find-images.ts';
import type { FileKind } from './found-image.ts';

const told = (text: string, kind?: FileKind, built?: string): readonly string[] =>
  findImages(text, {
    ...(kind === undefined ? {} : { kind }),
    ...(built === undefined
      ? {}
      : {
          readNeighbour: (_, path) => (path.endsWith('Dockerfile') ? { file: 'Dockerfile', text: built } : undefined),
        }),
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

describe('a file of several kinds', () => {
  it('is read as kubectl reads it, which goes on past what it does not know', () => {
    expect(told(`services: {a: {image: good}}\n---\n${evilPod}\n`)).toEqual(
      expect.arrayContaining(['unknown-document', 'evil:1']),
    );
  });

  it('is one of Compose where it has jobs, and a workflow where GitHub looks for it', () => {
    const text = 'jobs: {a: {image: evil, container: other}}\n';
    expect(findImages(text, { file: 'compose.yaml' }).kind).toBe('compose');
    expect(findImages(`services: {}\n${text}`).kind).toBe('compose');
    expect(findImages(text, { file: '.github/workflows/compose.yml' }).kind).toBe('workflow');
  });
});

describe('resources of kinds that are not known', () => {
  const custom = (spec: string, more = ''): string => `apiVersion: acme.test/v1\nkind: Thing\n${more}spec: ${spec}\n`;
  it.each<[string, string, readonly string[]]>([
    ['imageName', '{imageName: "evil:1"}', ['evil:1']],
    ['a longer name', '{proxyImage: "evil:1", agent_image: "bad:2", imageRef: "odd:3"}', ['evil:1', 'bad:2', 'odd:3']],
    ['a list', '{images: ["evil:1", "bad:2"], extraImages: {a: "odd:3"}}', ['evil:1', 'bad:2', 'odd:3']],
    ['a list in parts', '{images: [{name: good, newName: evil}]}', ['templated']],
    ['a name below image', '{image: {name: "evil:1", pullPolicy: Always}}', ['evil:1']],
    ['OpenShift’s own kind', '{from: {kind: DockerImage, name: "evil:1"}}', ['evil:1']],
    ['what is filled in', '{imageName: "$(params.image)"}', ['invalid-reference']],
    [
      'no picture, policy or truth value',
      '{imageURL: "https://acme.test/A.png", imagePullPolicy: Always, hasImage: true}',
      [],
    ],
  ])('name images by %s', (_, spec, expected) => {
    expect(told(custom(spec), 'kubernetes')).toEqual(expected);
  });

  it('are no kustomizations because they are called so', () => {
    const flux = custom('{image: "evil:1"}').replace('Thing', 'Kustomization');
    expect(told(flux, 'kubernetes')).toEqual(['evil:1']);
  });
});

describe('what is injected into a pod', () => {
  it('is found in annotations of the pod and of what makes it', () => {
    const text =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: {annotations: {acme.test/agent-image: "evil:1", acme.test/note: "x:1"}}\nspec: {template: {metadata: {annotations: {sidecar.istio.io/proxyImage: "evil:2"}}, spec: {containers: [{image: good}]}}}\n';
    expect(told(text, 'kubernetes')).toEqual(['evil:1', 'evil:2', 'good']);
  });

  it('is found in volumes of drivers', () => {
    const text = pod('  volumes: [{name: v, csi: {driver: x, volumeAttributes: {image: "evil:1"}}}]\n');
    expect(told(text, 'kubernetes')).toEqual(['good:1', 'evil:1']);
  });
});

describe('a kustomization', () => {
  const told2 = (body: string, patch?: string): readonly string[] =>
    findImages(`kind: Kustomization\n${body}\n`, {
      file: 'kustomization.yaml',
      readNeighbour: (_, file) => (patch === undefined ? undefined : { file, text: patch }),
    }).images.map((one) => (one.outcome === 'problem' ? one.problem : one.outcome));
  it.each<[string, string, readonly string[], string?]>([
    ['changes images', 'images: [{name: a, newTag: b}]', ['templated']],
    ['patches one', 'patches: [{patch: "[{op: replace, path: /spec/image, value: evil}]"}]', ['templated']],
    [
      'patches by a file',
      'patches: [{path: p.yaml}]',
      ['templated'],
      '- {op: replace, path: /spec/image, value: evil}',
    ],
    ['patches by a file that is not there', 'patchesStrategicMerge: [p.yaml]', ['templated']],
    ['patches something else', 'patches: [{path: p.yaml}]', [], '- {op: remove, path: /spec/replicas}'],
    [
      'reads from elsewhere',
      'resources: [a.yaml, github.com/acme/x, "https://acme.test/y.yaml"]',
      ['unreadable-file', 'unreadable-file'],
      '{}',
    ],
  ])('is told where it %s', (_, body, expected, patch) => {
    expect(told2(body, patch)).toEqual(expected);
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

  it.each<[string, string, readonly string[]]>([
    ['an escape of its own', '# escape=`\nFROM a`b\n', ['ab']],
    ['a backslash where another sign escapes', '# escape=`\nFROM a\\b\n', ['invalid-reference']],
    ['a dollar sign behind an escape', '# escape=`\nARG B=evil\nFROM a`$B\n', ['invalid-reference']],
    ['quotes around a variable', 'ARG B=1\nFROM "a:$B"\n', ['a:1']],
    ['an escape within quotes', 'FROM "a\\b"\n', ['invalid-reference']],
    ['single quotes around one', "ARG B=1\nARG C='$B'\nFROM a:$C\n", ['invalid-reference']],
    ['a name over two lines', 'FROM a\\\n# note\n:1\n', ['a:1']],
  ])('is read with %s', (_, text, expected) => {
    expect(told(text, 'dockerfile')).toEqual(expected);
  });

  it('is not reported if all readers agree', () => {
    const text = '# two \\\\\n# escape=`\nFROM good\nRUN echo \\\n  a\nRUN cat <<EOF\nx\nEOF\n';
    expect(told(text, 'dockerfile')).toEqual(['good']);
  });
});
