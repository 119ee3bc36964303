import { describe, expect, it } from 'vitest';
import type { FindOptions } from './find-context.ts';
import { findImages } from './find-images.ts';

const files = (texts: Readonly<Record<string, string>>): Pick<FindOptions, 'readNeighbour'> => ({
  readNeighbour: (_, file) => (texts[file] === undefined ? undefined : { file, text: texts[file] }),
});
const told = (text: string, options: FindOptions = {}): readonly string[] =>
  findImages(text, options).images.map((one) => {
    if (one.outcome === 'image') return `${one.line} ${one.named}`;
    return `${one.line} ${one.outcome === 'problem' ? one.problem : one.outcome}`;
  });

describe('signs of a heredoc in a Dockerfile', () => {
  const below = (line: string): readonly string[] =>
    told(`FROM a\n${line}\nFROM evil/x\n`, { kind: 'dockerfile' }).filter((one) => one !== '1 a');

  it.each([
    'RUN echo "a <<b"',
    "RUN echo 'a <<b'",
    'RUN echo a\\ <<b',
    'RUN echo "a \\\n <<b"',
    'ADD "a <<b" c',
    'COPY "a <<b" c',
    'COPY ["a <<b","c"]',
    'ONBUILD COPY "a <<b" c',
    'run echo "${x:-" <<b "}"',
    'RUN echo ${x:+a <<b c}',
    'RUN cat 3<<b',
    'RUN cat <<-b <<c',
    'RUN cat \\\n<<b',
    'RUN cat a\u00A0<<b',
  ])('are reported in %s', (line) => {
    expect(below(line)).toContain('2 unsupported-expression');
  });

  it.each([
    ['RUN cat <<b\nFROM x\nb', ['5 evil/x']],
    ['RUN echo "${x}" \'y\' && cat <<-"b" > c\nFROM x\n\tb', ['5 evil/x']],
    ['COPY --chmod=644 <<b <<"c" /d/\nx\nb\ny\nc', ['7 evil/x']],
    ['RUN cat <<< "x" && echo $((1<<2))', ['3 evil/x']],
    ['LABEL a="b <<c"', ['3 evil/x']],
  ])('are not where all readers agree: %s', (line, expected) => {
    expect(below(line)).toEqual(expected);
  });
});

describe('an action that runs in a container', () => {
  const action = (using: string, image: string): string => `runs: {using: ${using}, image: "${image}"}\n`;

  it.each(['docker', 'Docker', 'DOCKER'])('is found with using: %s', (using) => {
    expect(told(action(using, 'docker://evil/x'), { file: 'action.yml' })).toEqual(['1 evil/x']);
  });

  it('doesn’t exist for another engine', () => {
    expect(told(action('node24', 'docker://evil/x'), { file: 'action.yml' })).toEqual([]);
  });

  it.each(['MyDockerfile', 'Dockerfile', 'build/image.txt'])('is read from its %s', (name) => {
    const options = { file: 'action.yml', ...files({ [name]: 'FROM evil/x\n' }) };
    expect(told(action('docker', name), options)).toEqual(['1 built', '1 evil/x']);
  });

  it('is reported if its Dockerfile can’t be read', () => {
    expect(told(action('docker', 'MyDockerfile'), { file: 'action.yml', ...files({}) })).toEqual(['1 unreadable-file']);
  });
});

describe('an action that looks like something else', () => {
  const runs = 'runs: {using: docker, image: docker://evil/x}\n';

  it.each([
    ['a resource of Kubernetes', 'apiVersion: v1\nkind: ConfigMap\n'],
    ['a Compose file', 'name: x\nservices: {}\n'],
  ])('is reported: %s', (_, above) => {
    expect(told(above + runs, { file: 'action.yml' })).toEqual(['3 unknown-document']);
  });

  it('is read if it looks like nothing else, and is no Pod of that name', () => {
    const pod = 'apiVersion: v1\nkind: Pod\nspec: {containers: [{image: ok}]}\n';
    expect(told(runs, { file: 'a/action.yaml' })).toEqual(['1 evil/x']);
    expect(told(pod, { file: 'action.yml' })).toEqual(['3 ok']);
    expect(findImages('name: x\n', { file: 'action.yml' }).kind).toBe('workflow');
  });
});

describe('a devcontainer', () => {
  const dev = (text: string, options: FindOptions = {}): readonly string[] =>
    told(text, { file: 'devcontainer.json', ...options });

  it.each([
    ['{ "image": "ok", # , "image": "evil/x"\n}', '1:18'],
    ["{ 'image': 'ok' }", '1:3'],
    ['{\n  "image": "ok"\n  # x\n}', '3:3'],
  ])('is refused where it is YAML and no JSON: %s', (text, place) => {
    expect(() => dev(text)).toThrow(
      expect.objectContaining({
        code: 'invalid-yaml',
        message: expect.stringContaining(`devcontainer.json:${place}:`),
      }),
    );
  });

  it('may have comments, a comma at its end, and a number sign within a text', () => {
    expect(dev('\uFEFF{ "name": "a # b", // c\n "image": "ok", /* d */ }')).toEqual(['2 ok']);
  });

  const decoy = '${localEnv:NOPE:evil.txt}';
  const decoys = files({
    [decoy]: 'FROM ok\n',
    Dockerfile: 'ARG B=ok\nFROM $B\n',
    'compose.yaml': 'services: {a: {image: ok}}\n',
  });

  it.each([
    `{ "build": { "dockerfile": "${decoy}" } }`,
    `{ "dockerFile": "${decoy}" }`,
    `{ "dockerComposeFile": "${decoy}" }`,
    `{ "dockerComposeFile": ["${decoy}"] }`,
  ])('is reported where a variable leads to its file: %s', (text) => {
    expect(dev(text, decoys)).toEqual(['1 templated']);
  });

  it('is reported if a variable is an argument of its build, and read otherwise', () => {
    const built = (value: string): string => `{ "build": { "dockerfile": "Dockerfile", "args": { "B": "${value}" } } }`;
    expect(dev(built('${localEnv:B:evil/x}'), decoys)).toEqual(['1 built', '2 templated']);
    expect(dev(built('evil/x'), decoys)).toEqual(['1 built', '2 evil/x']);
    expect(dev('{ "dockerComposeFile": "compose.yaml" }', decoys)).toEqual(['1 ok']);
  });

  const built = (options: string): readonly string[] =>
    dev(`{ "build": { "dockerfile": "Dockerfile",\n "options": ${options} } }`, decoys).filter(
      (one) => one !== '1 built',
    );

  it.each([
    '["--file=evil.txt", "--build-arg=B=evil/x"]',
    '["--build-arg", "B=evil/x"]',
    '["--build-context=ok=evil"]',
    '["-fevil.txt"]',
    '["-qf", "evil.txt"]',
    '["--sbom=generator=evil/x"]',
    '["${localEnv:X:--file=evil.txt}"]',
    '"--file=evil.txt"',
  ])('is reported where its build has the options %s', (options) => {
    expect(built(options)).toEqual(['2 unsupported-expression', '2 ok']);
  });

  it('may have other options of a build', () => {
    expect(built('["--pull", "--target", "a", "--label=b=c"]')).toEqual(['2 ok']);
  });

  it.each([
    '["evil/x"]',
    '["--rm", "evil/x"]',
    '["-it", "evil/x"]',
    '["-p80:80", "evil/x"]',
    '["--name", "--rm", "evil/x"]',
    '["--", "evil/x"]',
    '["${localEnv:X:evil/x}"]',
    '"evil/x"',
  ])('is reported where it runs %s', (options) => {
    expect(dev(`{ "image": "ok",\n "runArgs": ${options} }`)).toEqual(['1 ok', '2 unsupported-expression']);
  });

  it.each([
    '"type=image,source=evil/x,target=/x"',
    '"source=evil/x,target=/x,Type=Image"',
    '"\\"type=image\\",source=evil/x,target=/x"',
    '"type=${localEnv:T:image},source=evil/x,target=/x"',
    '"type=im${localEnv:NOPE:a}ge,source=evil/x,target=/x"',
    '"source=${localEnv:NOPE:a,type=i}mage,target=/x"',
    '{ "type": "im${localEnv:NOPE:a}ge", "source": "evil/x", "target": "/x" }',
    '{ "type": "volume", "source": "x,type=image", "target": "/x" }',
    '{ "type": "image", "source": "evil/x", "target": "/x" }',
    '{ "type": "${localEnv:T:image}", "source": "evil/x", "target": "/x" }',
  ])('is reported where it mounts %s', (mount) => {
    expect(dev(`{ "image": "ok",\n "mounts": [${mount}] }`)).toEqual(['1 ok', '2 unsupported-expression']);
    if (mount.startsWith('{')) return;
    expect(dev(`{ "image": "ok",\n "workspaceMount": ${mount} }`)).toEqual(['1 ok', '2 unsupported-expression']);
    expect(dev(`{ "image": "ok",\n "runArgs": ["--mount", ${mount}] }`)).toEqual(['1 ok', '2 unsupported-expression']);
  });

  it.each([
    '"source=${localWorkspaceFolder}/.cache,target=/root/.cache,type=bind"',
    '"source=images,target=/image,type=volume"',
    '{ "type": "volume", "source": "images", "target": "/image" }',
  ])('may mount %s', (mount) => {
    expect(dev(`{ "image": "ok",\n "mounts": [${mount}] }`)).toEqual(['1 ok']);
  });

  it.each(['["--network", "host", "-e", "A=b", "--init", "-itv", "/a:/b"]', '["--env-file=${localEnv:F}"]', '[]'])(
    'may be run with %s',
    (options) => {
      expect(dev(`{ "image": "ok",\n "runArgs": ${options} }`)).toEqual(['1 ok']);
    },
  );
});

describe('a resource of a kustomization', () => {
  const texts = files({ 'pod.txt': '', pod: '', 'pod.yaml': '', '../a/pod.json': '', 'vendor/pod.yaml': '' });
  const resource = (name: string): readonly string[] =>
    told(`resources:\n- ${JSON.stringify(name)}\n`, { file: 'kustomization.yaml', ...texts });

  it.each([
    'pod.txt',
    'pod',
    'missing.yaml',
    'vendor/pod.yaml',
    '.hidden/base',
    'gh:evil/r',
    'foo@evil.example:r.git',
    'GitHub.com/evil/r',
    'evil/r.git',
    'https://evil.example/pod.yaml',
  ])('is reported where a run over the folder does not read it: %s', (name) => {
    expect(resource(name)).toEqual(['2 unreadable-file']);
  });

  it.each(['pod.yaml', '../a/pod.json', '../../base', './base/', '.'])('is left to that run: %s', (name) => {
    expect(resource(name)).toEqual([]);
  });
});
