import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { neighboursBelow } from '../../files/read-neighbour.ts';
import type { FindOptions } from '../find-context.ts';
import { findImages } from '../find-images.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sigtrail-compose-'));
  return () => rmSync(folder, { recursive: true });
});

type Files = Readonly<Record<string, string>>;

function put(files: Files): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** What `compose.yaml` of these files names: images as they are meant, problems with an exclamation mark. */
function found(files: Files, options: FindOptions = {}): readonly string[] {
  put(files);
  const file = join(folder, 'compose.yaml');
  const { images } = findImages(readFileSync(file, 'utf8'), {
    file,
    readNeighbour: neighboursBelow(folder),
    ...options,
  });
  return images.map((one) =>
    one.outcome === 'image' ? one.named : one.outcome === 'problem' ? `!${one.problem}` : 'built',
  );
}

const tagged = (name: string): string => `services: { ${name}: { image: "${name}:\${T:-default}" } }\n`;

describe('the variables of a Compose file', () => {
  it.each<[string, Files, readonly string[], Readonly<Record<string, string>>?]>([
    ['are those of the .env beside it', { 'compose.yaml': tagged('a'), '.env': 'T=1\n' }, ['a:1']],
    ['are those of the environment first', { 'compose.yaml': tagged('a'), '.env': 'T=1\n' }, ['a:0'], { T: '0' }],
    [
      'are filled into those of a .env below them',
      { 'compose.yaml': tagged('a'), '.env': 'U=1\nT="${U}-$V"\n' },
      ['a:1-v'],
      { V: 'v' },
    ],
    ['are no problem where they are not used', { 'compose.yaml': tagged('a'), '.env': 'U=$NOWHERE\nT=1\n' }, ['a:1']],
    ['are one where they are', { 'compose.yaml': tagged('a'), '.env': 'T=$NOWHERE\n' }, ['!unset-variable']],
    [
      'are those of the .env beside an included file',
      { 'compose.yaml': 'include: [sub/c.yaml]\n', 'sub/c.yaml': tagged('b'), 'sub/.env': 'T=sub\n' },
      ['b:sub'],
    ],
    [
      'are those of the file that includes first',
      {
        'compose.yaml': 'include: [sub/c.yaml]\n',
        '.env': 'T=top\n',
        'sub/c.yaml': tagged('b'),
        'sub/.env': 'T=sub\n',
      },
      ['b:top'],
    ],
    [
      'are those of the env_file of an include, the last first, and no .env then',
      {
        'compose.yaml': 'include: [{ path: sub/c.yaml, env_file: [1.env, 2.env] }]\n',
        '1.env': 'T=1\n',
        '2.env': 'T=2\n',
        'sub/c.yaml': tagged('b'),
        'sub/.env': 'T=sub\n',
      },
      ['b:2'],
    ],
    [
      'come from no file if the env_file of an include is /dev/null',
      {
        'compose.yaml': 'include: [{ path: sub/c.yaml, env_file: /dev/null }]\n',
        'sub/c.yaml': tagged('b'),
        'sub/.env': 'T=sub\n',
      },
      ['b:default'],
    ],
    [
      'are a problem where that env_file is not there',
      { 'compose.yaml': 'include: [{ path: sub/c.yaml, env_file: no.env }]\n', 'sub/c.yaml': tagged('b') },
      ['!unreadable-file'],
    ],
    [
      'are not those of a file that is extended',
      {
        'compose.yaml': 'services: { a: { extends: { service: b, file: sub/c.yaml } } }\n',
        'sub/c.yaml': tagged('b'),
        'sub/.env': 'T=sub\n',
      },
      ['b:default'],
    ],
    [
      'are those beside the first of several included files',
      {
        'compose.yaml': 'include: [{ path: [sub/c.yaml, sub/d.yaml] }]\n',
        'sub/c.yaml': tagged('b'),
        'sub/d.yaml': tagged('d'),
        'sub/.env': 'T=sub\n',
      },
      ['b:sub', 'd:sub'],
    ],
  ])('%s', (_, files, expected, environment) => {
    expect(found(files, environment === undefined ? {} : { environment })).toEqual(expected);
  });

  it.each<[string, string, string, readonly string[]]>([
    ['are a problem where the .env of the top folder differs', 'T=evil\n', 'T=1\n', ['!unsupported-expression']],
    ['are one where the .env of the top folder can’t be read', 'not a line\n', 'T=1\n', ['!invalid-file']],
    ['are one where only the top folder has them', 'T=evil\n', '', ['!unsupported-expression']],
    ['are one where they come from the top folder', 'U=evil\n', 'T=${U:-1}\n', ['!unsupported-expression']],
    ['are told where both agree', 'T=1\nU=2\n', 'T=1\nU=3\n', ['a:1']],
    ['are told where only the .env beside the file has them', 'U=2\n', 'T=1\n', ['a:1']],
  ])('%s', (_, top, beside, expected) => {
    put({ 'compose.yaml': tagged('a'), '.env': beside });
    const below = neighboursBelow(folder);
    const readNeighbour: FindOptions['readNeighbour'] = (from, path) =>
      from === '' ? { file: join(folder, 'top.env'), text: top } : below(from, path);
    expect(found({}, { readNeighbour })).toEqual(expected);
  });

  it('are compared with the .env of the folder that all is read below', () => {
    const file = join(folder, 'deploy/compose.yaml');
    put({ 'deploy/compose.yaml': tagged('a'), 'deploy/.env': 'T=1\n', '.env': 'T=evil\n' });
    const { images } = findImages(tagged('a'), { file, readNeighbour: neighboursBelow(folder) });
    expect(images).toMatchObject([{ outcome: 'problem', message: expect.stringContaining('T has another value') }]);
  });

  it('name no other files to read, unless the environment does', () => {
    const files = { 'compose.yaml': tagged('a'), '.env': '# COMPOSE_FILE=\nT=1\nCOMPOSE_FILE=evil.txt\n' };
    expect(found(files)).toEqual(['a:1', '!unsupported-expression']);
    expect(found(files, { environment: { COMPOSE_FILE: 'compose.yaml' } })).toEqual(['a:1']);
    expect(found(files, { withheld: ['COMPOSE_FILE'] })).toEqual(['a:1', '!unsupported-expression']);
    expect(found({ ...files, '.env': 'T=1\nCOMPOSE_FILE=\nMY_COMPOSE_FILE=x\n' })).toEqual(['a:1']);
  });

  it('are not those of a .env if another file is named', () => {
    expect(found({ 'compose.yaml': tagged('a'), '.env': 'T=1\n' }, { dotEnv: false })).toEqual(['a:default']);
  });

  it('are read from a .env outside the folder, and never left out because it can’t be read', () => {
    put({ 'compose.yaml': tagged('a'), '.env': 'T=1\n' });
    expect(found({}, { readNeighbour: neighboursBelow(join(folder, 'elsewhere')) })).toEqual(['a:1']);
    writeFileSync(join(folder, '.env'), Uint8Array.of(0x54, 0x3d, 0xff));
    expect(() => found({})).toThrow(expect.objectContaining({ code: 'not-utf8' }));
    rmSync(join(folder, '.env'));
    symlinkSync('/dev/zero', join(folder, '.env'));
    expect(() => found({})).toThrow(expect.objectContaining({ code: 'unreadable-file' }));
    rmSync(join(folder, '.env'));
    mkdirSync(join(folder, '.env'));
    expect(found({})).toEqual(['a:default']);
  });
});

describe('include', () => {
  it.each([
    ['moves the folder of the paths', '{ path: sub/c.yaml, project_directory: . }'],
    ['has files of several folders', '{ path: [sub/c.yaml, d.yaml] }'],
  ])('is a problem where it %s', (_, item) => {
    const files = { 'compose.yaml': `include: [${item}]\n`, 'sub/c.yaml': tagged('b'), 'd.yaml': tagged('d') };
    expect(found(files)).toEqual(['!unsupported-expression']);
  });
});

describe('extends', () => {
  it.each<[string, Files, readonly string[]]>([
    [
      'brings volumes and hooks to a service with an image of its own',
      {
        'compose.yaml': 'services:\n  a: { image: own, extends: { service: b, file: sub/c.yaml } }\n',
        'sub/c.yaml':
          'services: { b: { image: other, volumes: [{ type: image, source: vol, target: /x }], pre_start: [{ image: hook }] } }\n',
      },
      ['own', 'vol', 'hook'],
    ],
    [
      'brings the image where the service has none, or an empty one',
      { 'compose.yaml': 'services:\n  a: { extends: b }\n  b: { image: other }\n  c: { image: , extends: b }\n' },
      ['other'],
    ],
    [
      'brings the folder of a build, whose file and arguments the service changes',
      {
        'compose.yaml':
          'services:\n  a: { build: { dockerfile: X, args: { V: 2 } }, extends: { service: b, file: sub/c.yaml } }\n',
        'sub/c.yaml': 'services: { b: { build: { context: dir, args: { V: 1, W: 1 } } } }\n',
        'sub/dir/X': 'ARG V\nARG W\nFROM right:$V-$W\n',
        'sub/dir/Dockerfile': 'FROM wrong\n',
        X: 'FROM wrong\n',
      },
      ['built', 'right:2-1'],
    ],
    [
      'fills variables into the name of the service',
      {
        'compose.yaml': 'services: { a: { extends: { file: base.txt, service: "${S:-evil}" } } }\n',
        'base.txt': 'services: { evil: { image: evil/x }, "${S:-evil}": { image: decoy } }\n',
      },
      ['evil/x'],
    ],
    [
      'fills them into a name alone, too',
      { 'compose.yaml': 'services: { a: { extends: "${S:-b}" }, b: { image: b } }\n' },
      ['b'],
    ],
    [
      'is a problem where several documents have the service',
      {
        'compose.yaml': 'services: { a: { extends: { service: a, file: b.txt } } }\n',
        'b.txt': 'services: { a: { image: own } }\n---\nservices: { a: { pull_policy: build } }\n',
      },
      ['!unsupported-expression', 'own'],
    ],
    [
      'follows a service that only one of them has',
      {
        'compose.yaml': 'services: { a: { extends: { service: a, file: b.txt } } }\n',
        'b.txt': 'services: { a: { image: own } }\n---\nservices: { b: { image: other } }\n',
      },
      ['own'],
    ],
    [
      'is a problem where the name of the service can’t be told',
      { 'compose.yaml': 'services: { a: { extends: { service: "$S" } } }\n' },
      ['!unset-variable'],
    ],
    [
      'brings a pull policy',
      {
        'compose.yaml': 'services:\n  a: { image: own, build: ., extends: b }\n  b: { build: ., pull_policy: build }\n',
        Dockerfile: 'FROM base\n',
      },
      ['built', 'built', 'base'],
    ],
  ])('%s', (_, files, expected) => {
    expect(found(files)).toEqual(expected);
  });
});

describe('what leads elsewhere is a problem, whatever file of that name is here', () => {
  const service = (text: string): string => `services: { a: ${text} }\n`;
  const Dockerfile = 'FROM decoy\n';
  it.each<[string, string, Files]>([
    ['a build on GitHub', service('{ build: github.com/evil/r }'), { 'github.com/evil/r/Dockerfile': Dockerfile }],
    ['a build with a scheme in capitals', service('{ build: "HTTPS://h/r" }'), { 'HTTPS:/h/r/Dockerfile': Dockerfile }],
    ['a build on another host', service('{ build: "u@h:r" }'), { 'u@h:r/Dockerfile': Dockerfile }],
    ['a build below the home folder', service('{ build: ~/r }'), { '~/r/Dockerfile': Dockerfile }],
    [
      'a Dockerfile on another host',
      service('{ build: { context: ., dockerfile: "https://h/x" } }'),
      { 'https:/h/x': Dockerfile },
    ],
    [
      'a file on GitHub that is included',
      'include: [github.com/evil/r]\n',
      { 'github.com/evil/r': service('{ image: decoy }') },
    ],
    [
      'a repository that is extended',
      service('{ extends: { file: "https://github.com/evil/r.git", service: a } }'),
      { 'https:/github.com/evil/r.git': service('{ image: decoy }') },
    ],
    [
      'an artifact that is extended',
      service('{ extends: { file: "oci://h/r", service: a } }'),
      { 'oci:/h/r': service('{ image: decoy }') },
    ],
  ])('%s', (_, text, decoy) => {
    expect(found({ 'compose.yaml': text, ...decoy })).toEqual(['!unreadable-file']);
  });

  it('and what only looks alike is read', () => {
    const files = { 'compose.yaml': service('{ build: ./github.com/r }'), 'github.com/r/Dockerfile': 'FROM base\n' };
    expect(found(files)).toEqual(['built', 'base']);
  });
});

describe('a service of several documents', () => {
  it('is a problem in each, since Compose puts them together', () => {
    const text = 'services: { a: { image: a } }\n---\nservices: { a: { image: b }, c: { image: c } }\n';
    expect(found({ 'compose.yaml': text })).toEqual([
      '!unsupported-expression',
      'a',
      '!unsupported-expression',
      'b',
      'c',
    ]);
  });
});

describe('what changes another file', () => {
  const Dockerfile = 'FROM base\n';
  it.each<[string, string, readonly string[]]>([
    [
      'takes away a pull policy',
      '{ image: a, build: ., pull_policy: !reset build }',
      ['a', 'built', '!tagged', 'base'],
    ],
    ['takes away a build', '{ image: a, build: !reset null }', ['a', '!tagged']],
    ['takes away what it extends', '{ image: a, extends: !reset null }', ['a', '!tagged']],
    ['takes away its image', '{ build: ., image: !reset a }', ['built', '!tagged', 'base']],
    ['takes away the folder of a build', '{ build: { context: !reset sub } }', ['!tagged', '!tagged']],
    ['pulls where another file only builds', '{ build: ., pull_policy: always }', ['built', '!no-image', 'base']],
    ['replaces ports', '{ image: a, ports: !override ["80:80"], environment: !reset null }', ['a']],
    ['has a volume whose type is filled in', '{ image: a, volumes: [{ type: "${V:-image}", source: v }] }', ['a', 'v']],
    [
      'has a volume whose type can’t be told',
      '{ image: a, volumes: [{ type: "${V}", source: v }] }',
      ['a', '!unset-variable'],
    ],
    ['replaces volumes', '{ image: a, volumes: !override [{ type: image, source: v, target: /x }] }', ['a', 'v']],
  ])('is told of a service that %s', (_, service, expected) => {
    expect(found({ 'compose.yaml': `services:\n  a: ${service}\n`, Dockerfile })).toEqual(expected);
  });
});

describe('what else Compose runs', () => {
  it.each<[string, string, readonly string[]]>([
    ['jobs', 'jobs: { j: { image: job, triggers: { manual: true } } }\n', ['job']],
    [
      'jobs beside services',
      'services: { s: { image: s } }\njobs: { j: { image: job, triggers: { manual: true } } }\n',
      ['s', 'job'],
    ],
    [
      'containers before a service',
      'services: { s: { image: s, pre_start: [{ image: "h:$$" }, { image: h, volumes: [{ type: image, source: v }] }, {}] } }\n',
      ['s', '!invalid-reference', 'h', 'v'],
    ],
    [
      'models',
      'models: { m: { model: "ai/smollm2:1" }, n: { model: smollm2 }, o: {} }\n',
      ['ai/smollm2:1', '!unsupported-expression', '!no-image'],
    ],
    [
      'models of a provider',
      'services: { s: { provider: { type: model, options: { model: ai/smollm2 } } } }\n',
      ['ai/smollm2'],
    ],
    [
      'a generator of SBOMs',
      'services: { s: { build: { context: ., sbom: "generator=acme/scan:1,a=b" } } }\n',
      ['built', 'acme/scan:1', 'base'],
    ],
    ['the generator that BuildKit has', 'services: { s: { build: { context: ., sbom: true } } }\n', ['built', 'base']],
    [
      'a frontend that is given as an argument',
      'services: { s: { build: { context: ., args: [BUILDKIT_SYNTAX=acme/frontend] } } }\n',
      ['built', 'acme/frontend', 'base'],
    ],
    [
      'named contexts in place of images',
      'services: { s: { build: { context: ., additional_contexts: [base=docker-image://other:1] } } }\n',
      ['built', 'other:1'],
    ],
  ])('are %s', (_, text, expected) => {
    expect(found({ 'compose.yaml': text, Dockerfile: 'FROM base\n' })).toEqual(expected);
  });

  it('takes a withheld variable from no `.env`, nor from a value in it', () => {
    const of = (dotEnv: string): readonly string[] =>
      found({ 'compose.yaml': 'services: { s: { image: "a:${TAG}" } }\n', '.env': dotEnv }, { withheld: ['SECRET'] });
    expect(of('TAG=$SECRET\n')).toEqual(['!withheld-variable']);
    expect(of('SECRET=own\nTAG=$SECRET\n')).toEqual(['!withheld-variable']);
    expect(of('TAG=own\n')).toEqual(['a:own']);
  });

  it.each<[string, string, readonly string[]]>([
    ['a repository in the place of an image', 'base: "https://h/r.git"', ['built', '!unreadable-file']],
    ['a repository on GitHub', 'base: github.com/evil/r', ['built', '!unreadable-file']],
    ['an image on the disk', 'base: "oci-layout://dir"', ['built', '!unreadable-file']],
    ['a service that is not here', 'base: "service:other"', ['built', '!unreadable-file']],
  ])('reports of named contexts %s', (_, contexts, expected) => {
    const text = `services: { s: { build: { context: ., additional_contexts: { ${contexts} } } } }\n`;
    expect(found({ 'compose.yaml': text, Dockerfile: 'FROM base\n' })).toEqual(expected);
  });

  it.each([['./dir'], ['/dir'], ['dir'], ['service:t']])('needs no look at the named context %s', (value) => {
    const text = `services: { s: { build: { context: ., additional_contexts: ["base=${value}"] } }, t: { image: t } }\n`;
    expect(found({ 'compose.yaml': text, Dockerfile: 'FROM base\n' })).toEqual(['built', 't']);
  });

  it('takes no default of a Dockerfile if an argument can’t be told', () => {
    const text = 'services: { s: { build: { context: ., args: { T: "${NOWHERE}" } } } }\n';
    expect(found({ 'compose.yaml': text, Dockerfile: 'ARG T=good\nFROM base:$T\n' })).toEqual([
      'built',
      '!unset-variable',
    ]);
  });
});
