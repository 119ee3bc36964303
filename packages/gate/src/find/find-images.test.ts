import { describe, expect, it } from 'vitest';
import { isGateError } from '../error.ts';
import { findImages } from './find-images.ts';
import type { FindOptions } from './find-context.ts';
import { type FoundImage, normalName } from './found-image.ts';

const line = (image: FoundImage): string => {
  const place = `${image.line}:${image.column}-${image.endColumn}`;
  if (image.outcome === 'image')
    return `${place} ${normalName(image.reference)}${image.unpinnable === undefined ? '' : ` (${image.unpinnable})`}`;
  return `${place} ${image.outcome === 'built' ? 'built' : image.problem}`;
};
const found = (text: string, options: FindOptions = {}): readonly string[] => {
  const { images } = findImages(text, options);
  for (const { text: written, offsets } of images)
    expect(
      text.slice(offsets.start, offsets.end) === written || images.some((one) => one.file !== images[0]?.file),
    ).toBe(true);
  return images.map(line);
};

const pod = (kind: string, spec: string, apiVersion = 'v1'): string =>
  `apiVersion: ${apiVersion}\nkind: ${kind}\n${spec}`;

describe('Kubernetes', () => {
  it.each([
    ['Pod', 'v1', ['spec']],
    ['Deployment', 'apps/v1', ['spec', 'template', 'spec']],
    ['StatefulSet', 'apps/v1', ['spec', 'template', 'spec']],
    ['DaemonSet', 'apps/v1', ['spec', 'template', 'spec']],
    ['ReplicaSet', 'apps/v1', ['spec', 'template', 'spec']],
    ['ReplicationController', 'v1', ['spec', 'template', 'spec']],
    ['Job', 'batch/v1', ['spec', 'template', 'spec']],
    ['CronJob', 'batch/v1', ['spec', 'jobTemplate', 'spec', 'template', 'spec']],
    ['PodTemplate', 'v1', ['template', 'spec']],
  ])('finds what a %s runs', (kind, apiVersion, steps) => {
    const containers = {
      containers: [{ image: 'a:1' }],
      initContainers: [{ image: 'b:1' }],
      ephemeralContainers: [{ image: 'c:1' }],
      volumes: [{ image: { reference: 'd:1' } }],
    };
    const spec = steps.toReversed().reduce<object>((inner, step) => ({ [step]: inner }), containers);
    const { images } = findImages(JSON.stringify({ apiVersion, kind, ...spec }));
    expect(images.map((one) => one.outcome === 'image' && one.named)).toEqual(['a:1', 'b:1', 'c:1', 'd:1']);
    expect(images.every((one) => one.outcome === 'image' && one.byShape === undefined)).toBe(true);
    expect(images[1]?.path).toBe(`/${steps.join('/')}/initContainers/0/image`);
  });

  it.each<[string, string, readonly string[]]>([
    [
      'a quoted one with a comment behind it',
      'spec:\n  containers:\n    - image: "nginx:1.27" # web\n',
      ['5:15-25 docker.io/library/nginx:1.27'],
    ],
    [
      'an anchor once, and each alias of it',
      'spec:\n  containers:\n    - &c { image: nginx }\n    - *c\n',
      ['5:19-24 docker.io/library/nginx:latest'],
    ],
    [
      'a merge key',
      'x: &c { image: nginx }\nspec: { containers: [{ <<: *c, name: web }] }\n',
      ['3:16-21 docker.io/library/nginx:latest'],
    ],
    [
      'a folded block',
      'spec:\n  containers:\n    - image: >-\n        nginx:1\n',
      ['6:9-16 docker.io/library/nginx:1'],
    ],
    [
      'an escaped text',
      'spec: { containers: [{ image: "ng\\u0069nx" }] }\n',
      ['3:32-42 docker.io/library/nginx:latest (escaped)'],
    ],
    ['a number', 'spec: { containers: [{ image: 1.27 }] }\n', ['3:31-35 not-a-string']],
    ['a container without an image', 'spec: { containers: [{ name: web }] }\n', ['3:24-28 no-image']],
    ['an empty image', 'spec: { containers: [{ image: }] }\n', ['3:31-31 no-image']],
    ['a tag of YAML', 'spec: { containers: [{ image: !x nginx }] }\n', ['3:34-39 tagged']],
    [
      'a key that stands twice',
      'spec:\n  containers:\n    - image: good\n      image: evil\n',
      ['5:14-18 docker.io/library/good:latest', '6:7-12 duplicate-key'],
    ],
  ])('finds %s', (_, spec, expected) => {
    expect(found(pod('Pod', spec))).toEqual(expected);
  });

  it('reads lists, several documents, and what Helm rendered', () => {
    const list =
      '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"image":"a"}]}}]}';
    expect(found(list)).toEqual(['1:107-108 docker.io/library/a:latest']);
    const rendered = `# Source: app/templates/web.yaml\n${pod('Pod', 'spec: { containers: [{ image: a }] }\n')}---\n# Source: app/templates/empty.yaml\n---\n${pod('Pod', 'spec: { containers: [{ image: b }] }\n')}`;
    expect(found(rendered)).toEqual(['4:31-32 docker.io/library/a:latest', '10:31-32 docker.io/library/b:latest']);
  });

  it('finds by its shape what a kind that is not known runs, and says so', () => {
    const text = pod(
      'Rollout',
      'spec: { template: { spec: { containers: [{ image: a }] } }, sidecar: { image: b }, web: { image: { repository: c, tag: v1 } } }\n',
      'argoproj.io/v1alpha1',
    );
    expect(found(text)).toEqual([
      '3:51-52 docker.io/library/a:latest',
      '3:79-80 docker.io/library/b:latest',
      '3:91-96 templated',
    ]);
    expect(findImages(text).images[0]).toMatchObject({ byShape: true });
  });

  it('takes no data for images, and reports a document that is no resource', () => {
    expect(found(pod('ConfigMap', 'data: { image: nginx }\n'))).toEqual([]);
    expect(found(`${pod('ConfigMap', 'data: {}\n')}---\nspec: { containers: [{ image: a }] }\n`)).toEqual([
      '5:1-37 unknown-document',
      '5:31-32 docker.io/library/a:latest',
    ]);
  });

  it('reports each line of a template that is not rendered', () => {
    const text = pod(
      'Pod',
      'spec:\n  containers:\n    - image: {{ .Values.image }}\n    {{- if x }}\n    - image: "a:{{ .Values.tag }}"\n    {{- end }}\n',
    );
    expect(found(text)).toEqual(['5:5-33 templated', '7:5-35 templated']);
    expect(found(pod('Pod', 'spec: { containers: [{ image: "a:{{ .Values.tag }}" }] }\n'))).toEqual([
      '3:32-51 templated',
    ]);
  });
});

describe('Compose', () => {
  const service = (body: string): string => `services:\n  web:\n    ${body}\n`;
  it.each<[string, Record<string, string>, string]>([
    ['nginx:$TAG', { TAG: '1' }, 'docker.io/library/nginx:1 (interpolated)'],
    ['nginx:${TAG}', { TAG: '1' }, 'docker.io/library/nginx:1 (interpolated)'],
    ['nginx:${TAG:-2}', {}, 'docker.io/library/nginx:2 (interpolated)'],
    ['nginx:${TAG:-2}', { TAG: '' }, 'docker.io/library/nginx:2 (interpolated)'],
    ['nginx${TAG-:2}', { TAG: '' }, 'docker.io/library/nginx:latest (interpolated)'],
    ['nginx${TAG:+:3}', { TAG: 'x' }, 'docker.io/library/nginx:3 (interpolated)'],
    ['nginx${TAG:+:3}', {}, 'docker.io/library/nginx:latest (interpolated)'],
    ['nginx${TAG+:3}', { TAG: '' }, 'docker.io/library/nginx:3 (interpolated)'],
    ['nginx:${TAG:?say which}', {}, 'unset-variable'],
    ['nginx:${TAG?say which}', { TAG: '4' }, 'docker.io/library/nginx:4 (interpolated)'],
    ['nginx:${TAG:-${OTHER:-5}}', {}, 'docker.io/library/nginx:5 (interpolated)'],
    ['nginx:${TAG}', {}, 'unset-variable'],
    ['nginx:${TAG', {}, 'unsupported-expression'],
    ['nginx:${TAG/a/b}', {}, 'unsupported-expression'],
    ['nginx:$$TAG', {}, 'invalid-reference'],
  ])('reads %s with %j', (image, environment, expected) => {
    expect(found(service(`image: '${image}'`), { environment })).toEqual([`3:13-${13 + image.length} ${expected}`]);
  });

  it('takes no variable from the prototype of the environment', () => {
    expect(found(service('image: nginx:$toString'))).toEqual(['3:12-27 unset-variable']);
  });

  it.each<[string, Record<string, string>, string]>([
    ['nginx:$SECRET', {}, 'withheld-variable'],
    ['nginx:${SECRET:-default}', {}, 'withheld-variable'],
    ['nginx:${SECRET:+set}', {}, 'withheld-variable'],
    ['nginx:${OTHER:-${SECRET}}', {}, 'withheld-variable'],
    ['${COMPOSE_PROJECT_NAME:+evil/}nginx', {}, 'unsupported-expression'],
    ['${COMPOSE_PROJECT_NAME:-nginx}', {}, 'unsupported-expression'],
    ['${COMPOSE_PROJECT_NAME}', { COMPOSE_PROJECT_NAME: 'nginx' }, 'docker.io/library/nginx:latest (interpolated)'],
    ['nginx:${OTHER:-default}', {}, 'docker.io/library/nginx:default (interpolated)'],
    ['nginx:$SECRET', { SECRET: 'given' }, 'docker.io/library/nginx:given (interpolated)'],
  ])('reads %s with %j where SECRET is withheld', (image, environment, expected) => {
    expect(found(service(`image: '${image}'`), { environment, withheld: ['SECRET'] })).toEqual([
      `3:13-${13 + image.length} ${expected}`,
    ]);
  });

  it('follows extends in the file, and says where it leads nowhere', () => {
    const text =
      'services:\n  base: { image: a }\n  web: { extends: { service: base } }\n  api: { extends: base }\n  bad: { extends: { service: none } }\n  one: { extends: two }\n  two: { extends: one }\n';
    expect(found(text)).toEqual([
      '2:18-19 docker.io/library/a:latest',
      '5:10-17 missing-service',
      '6:10-17 missing-service',
      '7:10-17 missing-service',
    ]);
    expect(findImages(text).images[0]).toMatchObject({ services: ['base', 'web', 'api'] });
  });

  it('reads the files that it names, and reports them without a reader', () => {
    const text =
      'include: [ more.yaml, { path: [x.yaml] } ]\nservices:\n  web: { extends: { service: base, file: base.yaml } }\n  job: { build: { context: ./job, args: { V: "2" } } }\n';
    expect(found(text)).toEqual([
      '1:12-21 unreadable-file',
      '1:32-38 unreadable-file',
      '3:42-51 unreadable-file',
      '4:10-15 unreadable-file',
    ]);
    const files: Readonly<Record<string, string>> = {
      'more.yaml': 'services: { a: { image: a } }\n',
      'x.yaml': 'services: { b: { image: b } }\n',
      'base.yaml': 'services: { base: { image: c }, other: { image: never } }\n',
      './job/Dockerfile': 'ARG V=1\nFROM d:$V\n',
    };
    const readNeighbour: FindOptions['readNeighbour'] = (_, path) => {
      const neighbour = files[path];
      return neighbour === undefined ? undefined : { file: path, text: neighbour };
    };
    const names = findImages(text, { file: 'compose.yaml', readNeighbour }).images.map((one) =>
      one.outcome === 'image' ? `${one.file} ${one.named} ${one.unpinnable}` : one.outcome,
    );
    expect(names.toSorted()).toEqual([
      './job/Dockerfile d:2 comes-from-elsewhere',
      'base.yaml c comes-from-elsewhere',
      'built',
      'more.yaml a comes-from-elsewhere',
      'x.yaml b comes-from-elsewhere',
    ]);
  });

  it('stops at files that include each other', () => {
    const readNeighbour: FindOptions['readNeighbour'] = () => ({
      file: 'b.yaml',
      text: 'include: [b.yaml, b.yaml]\nservices: {}\n',
    });
    const { images } = findImages('include: [b.yaml]\nservices: {}\n', { readNeighbour });
    expect(images.map((one) => one.outcome === 'problem' && one.problem)).toContain('too-many-files');
  });

  it('finds image volumes, and reports services that name nothing', () => {
    expect(
      found(
        'services:\n  web:\n    image: a\n    volumes: [{ type: image, source: b, target: /b }, "./x:/x"]\n  odd: { ports: ["80"] }\n',
      ),
    ).toEqual(['3:12-13 docker.io/library/a:latest', '4:38-39 docker.io/library/b:latest', '5:3-6 no-image']);
  });
});

describe('Dockerfile', () => {
  const file = 'Dockerfile';
  it.each<[string, string, readonly string[]]>([
    [
      'stages by name and index',
      'FROM a AS Build\nFROM build\nCOPY --from=0 / /\nCOPY --from=BUILD / /\nCOPY --from=2 / /\n',
      ['1:6-7 docker.io/library/a:latest', '5:13-14 docker.io/library/2:latest'],
    ],
    [
      'a stage only below where it is named',
      'FROM a\nCOPY --from=later / /\nFROM b AS later\n',
      [
        '1:6-7 docker.io/library/a:latest',
        '2:13-18 docker.io/library/later:latest',
        '3:6-7 docker.io/library/b:latest',
      ],
    ],
    ['scratch', 'FROM scratch\nCOPY --from=busybox:1 / /\n', ['2:13-22 docker.io/library/busybox:1']],
    [
      'the default of an argument',
      'ARG V=1\nARG I=a:${V}\nFROM ${I}\n',
      ['3:6-10 docker.io/library/a:1 (interpolated)'],
    ],
    ['an argument without a default', 'ARG V\nFROM a:$V\n', ['2:6-10 unset-variable']],
    [
      'an argument of a stage, which FROM does not know',
      'FROM a\nARG V=1\nFROM b:$V\n',
      ['1:6-7 docker.io/library/a:latest', '3:6-10 unset-variable'],
    ],
    [
      'the platform',
      'FROM --platform=$BUILDPLATFORM a AS a-amd64\nFROM a-$TARGETARCH\n',
      ['1:32-33 docker.io/library/a:latest', '2:6-19 platform-dependent'],
    ],
    [
      'mounts',
      'FROM a\nRUN --mount=type=cache,target=/x --mount=type=bind,FROM=b:1,target=/y make\n',
      ['1:6-7 docker.io/library/a:latest', '2:57-60 docker.io/library/b:1'],
    ],
    [
      'nothing in heredocs',
      'FROM a\nRUN <<EOF\nFROM evil\n\tCOPY --from=evil a b\nEOF\nCOPY <<X /f\nFROM evil\nX\n',
      ['1:6-7 docker.io/library/a:latest'],
    ],
    [
      'its frontend',
      '# syntax=docker/dockerfile:1\nFROM a\n',
      ['1:10-29 docker.io/docker/dockerfile:1', '2:6-7 docker.io/library/a:latest'],
    ],
    [
      'what a child image is built with',
      'FROM a\nONBUILD COPY --from=b / /\n',
      ['1:6-7 docker.io/library/a:latest', '2:21-22 docker.io/library/b:latest'],
    ],
    ['a name over two lines', 'FROM ng\\\ninx:1\n', ['1:6-6 docker.io/library/nginx:1 (several-lines)']],
    ['quotes', 'FROM "a:1"\n', ['1:6-11 docker.io/library/a:1 (escaped)']],
    [
      'variables where none are filled in',
      'FROM a\nCOPY --from=$X / /\n',
      ['1:6-7 docker.io/library/a:latest', '2:13-15 unsupported-expression'],
    ],
    [
      'CRLF and a byte-order mark',
      '\uFEFFFROM a\r\nFROM b\r\n',
      ['1:7-8 docker.io/library/a:latest', '2:6-7 docker.io/library/b:latest'],
    ],
    ['no FROM at all', 'RUN x\n', ['1:1-6 unknown-document']],
  ])('reads %s', (_, text, expected) => {
    expect(found(text, { file })).toEqual(expected);
  });
  it('takes what is given to the build in place of defaults', () => {
    expect(
      found('ARG V=1\nFROM a:$V-$TARGETARCH\n', { file, buildArguments: { V: '2', TARGETARCH: 'arm64' } }),
    ).toEqual(['2:6-22 docker.io/library/a:2-arm64 (interpolated)']);
  });
  it('refuses a carriage return alone, where readers end the line differently', () => {
    expect(() => findImages('FROM a\rFROM b\n', { file })).toThrow(
      expect.objectContaining({ code: 'not-text', position: { line: 1, column: 7 } }),
    );
  });
});

describe('workflows and devcontainers', () => {
  it('finds containers, services and steps that are images', () => {
    const text =
      'on: push\njobs:\n  a:\n    container: node:22\n    services: { db: { image: "postgres:17" }, c: { image: "${{ matrix.c }}" }, none: { image: "" } }\n    steps: [{ uses: actions/checkout@v4 }, { uses: "docker://alpine:3" }]\n  b: { container: { image: ghcr.io/a/b } }\n';
    expect(found(text)).toEqual([
      '4:16-23 docker.io/library/node:22',
      '5:31-42 docker.io/library/postgres:17',
      '5:60-75 templated',
      '6:62-70 docker.io/library/alpine:3',
      '7:28-39 ghcr.io/a/b:latest',
    ]);
  });
  it('finds the image of an action', () => {
    expect(found('runs:\n  using: docker\n  image: docker://a:1\n')).toEqual(['3:19-22 docker.io/library/a:1']);
  });
  it('reads JSON with comments', () => {
    const text =
      '// dev\n{\n\t/* the image: "x" */ "image": "mcr.microsoft.com/devcontainers/base:1", // "y"\n\t"features": { "a//b": {}, },\n}\n';
    expect(found(text, { file: '.devcontainer/devcontainer.json' })).toEqual([
      '3:33-71 mcr.microsoft.com/devcontainers/base:1',
    ]);
    expect(found('{ "build": { "dockerfile": "Dockerfile" } }', { file: 'devcontainer.json' })).toEqual([
      '1:29-39 unreadable-file',
    ]);
    expect(found('{ "image": "a:${localEnv:TAG}" }', { file: 'devcontainer.json' })).toEqual(['1:13-30 templated']);
  });
});

describe('hostile input', () => {
  const code = (text: string, options: FindOptions = {}): string => {
    try {
      findImages(text, { kind: 'kubernetes', ...options });
    } catch (error) {
      return isGateError(error) ? `${error.code} ${error.position?.line}:${error.position?.column}` : String(error);
    }
    return 'accepted';
  };
  const bomb = Array.from(
    { length: 12 },
    (_, index) =>
      `a${index}: &a${index} [${Array.from({ length: 12 }, () => (index === 0 ? 'x' : `*a${index - 1}`)).join(', ')}]\n`,
  ).join('');
  it.each([
    ['deep flow', `a: ${'['.repeat(50_000)}`, 'too-deep 1:104'],
    ['deep flow in short text', `${'['.repeat(2000)}`, 'too-deep 1:101'],
    ['deep blocks', `${'- '.repeat(20_000)}x`, 'too-deep 1:503'],
    ['deep mappings', Array.from({ length: 800 }, (_, depth) => `${' '.repeat(depth)}a:\n`).join(''), 'too-deep 502:1'],
    ['aliases that multiply', `${bomb}image: x\n`, 'too-many-nodes 1:'],
    ['an alias of itself', 'a: &a { b: *a }\n', 'too-deep 1:7'],
    ['documents', 'a: 1\n---\n'.repeat(10_001), 'too-many-documents 20000:1'],
    ['an alias of nothing', 'a: *b\n', 'invalid-yaml 1:4'],
    ['broken text', 'a: [\n', 'invalid-yaml 2:1'],
  ])('refuses %s', (_, text, expected) => {
    expect(code(text)).toContain(expected);
  });
  it('says which file it is, and where', () => {
    expect(() => findImages('a: [\n', { kind: 'compose', file: 'x.yaml' })).toThrow('x.yaml:2:1: not YAML');
    expect(() => findImages('hello', { file: 'x.txt' })).toThrow(expect.objectContaining({ code: 'unknown-kind' }));
  });
});
