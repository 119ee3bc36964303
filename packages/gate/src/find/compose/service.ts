import { isMap, type Node } from 'yaml';
import { findInDockerfile } from '../dockerfile/find-in-dockerfile.ts';
import {
  builtFound,
  type FindContext,
  foundAt,
  neighbourContext,
  problemFound,
  readNamedFile,
  under,
} from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { type Entry, isEmpty, spanOf, textOf, type YamlTree } from '../../yaml/tree.ts';
import { textIn } from './interpolate.ts';

/** One document of Compose while it is read. */
export interface ComposeFile {
  readonly context: FindContext;
  readonly tree: YamlTree;
  /** The path of the document. */
  readonly path: string;
  /** Looks for a service in another file. */
  readonly findOneService: (
    context: FindContext,
    name: string,
    runs: readonly string[],
  ) => readonly FoundImage[] | undefined;
}

/** What one service runs. `runs` is the service that does, and those of this file that it extends on the way here. */
export function findInService(file: ComposeFile, service: Entry, runs: readonly string[]): readonly FoundImage[] {
  const { context, tree } = file;
  const path = under(under(file.path, 'services'), service.key);
  const services = runs.slice(0, 1);
  const members = new Map(tree.entries(service.value).map((entry) => [entry.key, entry]));
  const image = members.get('image');
  const build = members.get('build');
  const extended = members.get('extends');
  const provider = members.get('provider');
  const volumes = findInVolumes(file, members.get('volumes')?.value, under(path, 'volumes'), services);
  const built = build === undefined || isEmpty(build.value) ? [] : findInBuild(file, build, under(path, 'build'));
  if (image !== undefined) {
    const policy = textOf(members.get('pull_policy')?.value);
    // Compose pulls such an image before it thinks of building it, unless it is told not to.
    if (built.length > 0 && (policy === 'build' || policy === 'never')) return [...built, ...volumes];
    return [imageOf(context, image, under(path, 'image'), services), ...built, ...volumes];
  }
  // What it extends brings its image to a build, too: Compose pulls that first.
  if (extended !== undefined)
    return [...built, ...findExtended(file, extended, under(path, 'extends'), runs), ...volumes];
  if (built.length > 0) return [...built, ...volumes];
  if (provider !== undefined) return volumes;
  const message = `the service ${service.key} names no image and no build: where it changes another file, check what docker compose config prints`;
  return [problemFound(context, path, service.keySpan, 'no-image', message), ...volumes];
}

function imageOf(
  context: FindContext,
  { value, keySpan }: Entry,
  path: string,
  services: readonly string[],
): FoundImage {
  const read = textIn(context, value, path, 'the image', keySpan);
  if ('outcome' in read) return read;
  return foundAt(context, path, read.span, read.value, {
    services,
    ...(read.variables.length === 0 ? {} : { variables: read.variables }),
    ...(read.unpinnable === undefined ? {} : { unpinnable: read.unpinnable }),
  });
}

function findInVolumes(
  { context, tree }: ComposeFile,
  volumes: Node | undefined,
  path: string,
  services: readonly string[],
): readonly FoundImage[] {
  return tree.items(volumes).flatMap((volume, index): readonly FoundImage[] => {
    if (textOf(tree.member(volume, 'type')) !== 'image') return [];
    const source = tree.entries(volume).find(({ key }) => key === 'source');
    const at = under(under(path, index), 'source');
    if (source === undefined)
      return [problemFound(context, at, spanOf(volume), 'no-image', 'this image volume names no source')];
    const found = imageOf(context, source, at, services);
    // An override names images of services, and no volumes.
    if (found.outcome !== 'image') return [found];
    const { services: _, ...rest } = found;
    return [rest];
  });
}

function findInBuild(file: ComposeFile, build: Entry, path: string): readonly FoundImage[] {
  const { context, tree } = file;
  const named = (key: string): Node | undefined => tree.member(build.value, key);
  const inline = named('dockerfile_inline');
  if (!isEmpty(inline)) {
    const message =
      'a Dockerfile that is written into the Compose file: put it into a file of its own, which can be read';
    return [problemFound(context, under(path, 'dockerfile_inline'), spanOf(inline), 'unsupported-expression', message)];
  }
  const contexts = findInContexts(file, named('additional_contexts'), under(path, 'additional_contexts'));
  const place = isMap(build.value) ? named('context') : build.value;
  const folder = isEmpty(place) ? '.' : textIn(context, place, path, 'the build context');
  const dockerfile = isEmpty(named('dockerfile'))
    ? 'Dockerfile'
    : textIn(context, named('dockerfile'), under(path, 'dockerfile'), 'the Dockerfile');
  if (typeof folder !== 'string' && 'outcome' in folder) return [folder, ...contexts];
  if (typeof dockerfile !== 'string' && 'outcome' in dockerfile) return [dockerfile, ...contexts];
  const directory = typeof folder === 'string' ? folder : folder.value;
  const name = typeof dockerfile === 'string' ? dockerfile : dockerfile.value;
  if (/^[a-z+]+:\/\/|^git@|\.git(?:$|#)/.test(directory))
    return [
      problemFound(
        context,
        path,
        build.keySpan,
        'unreadable-file',
        `${directory} is built elsewhere, and is not read here`,
      ),
      ...contexts,
    ];
  const whole = name.startsWith('/') ? name : `${directory.replace(/\/+$/, '')}/${name}`;
  const read = readNamedFile(context, path, build.keySpan, whole);
  if ('outcome' in read) return [read, ...contexts];
  const inner = neighbourContext(context, read, 'dockerfile');
  const buildArguments = argumentsOf(file, named('args'));
  return [
    builtFound(context, path, build.keySpan, `is built from ${read.file}`),
    ...findInDockerfile({ ...inner, options: { ...inner.options, buildArguments } }),
    ...contexts,
  ];
}

/** Other images that a build takes files from. */
function findInContexts({ context, tree }: ComposeFile, node: Node | undefined, path: string): readonly FoundImage[] {
  const named = [
    ...tree.entries(node).map(({ key, value }) => ({ at: under(path, key), value, prefix: '' })),
    ...tree.items(node).map((value, index) => ({ at: under(path, index), value, prefix: '[^=]*=' })),
  ];
  return named.flatMap(({ at, value, prefix }) => {
    const read = textIn(context, value, at, 'the context');
    if ('outcome' in read) return [read];
    const [scheme = ''] = new RegExp(`^${prefix}docker-image://`).exec(read.value) ?? [];
    if (scheme === '') return [];
    const span =
      read.unpinnable === undefined ? { start: read.span.start + scheme.length, end: read.span.end } : read.span;
    return [
      foundAt(
        context,
        at,
        span,
        read.value.slice(scheme.length),
        read.unpinnable === undefined ? {} : { unpinnable: read.unpinnable },
      ),
    ];
  });
}

function argumentsOf(
  { context, tree }: ComposeFile,
  node: Node | undefined,
): Readonly<Record<string, string | undefined>> {
  const { environment = {} } = context.options;
  const valueIn = (value: Node | undefined, name: string): string | undefined => {
    if (isEmpty(value)) return Object.hasOwn(environment, name) ? environment[name] : undefined;
    const read = textIn(context, value, '', 'the argument');
    return 'outcome' in read ? undefined : read.value;
  };
  const listed = tree.items(node).map((item): readonly [string, string | undefined] => {
    const read = textIn(context, item, '', 'the argument');
    const [name = '', ...rest] = 'outcome' in read ? [] : read.value.split('=');
    return [name, rest.length > 0 ? rest.join('=') : valueIn(undefined, name)];
  });
  return Object.fromEntries([
    ...tree.entries(node).map(({ key, value }) => [key, valueIn(value, key)] as const),
    ...listed,
  ]);
}

function findExtended(
  file: ComposeFile,
  extended: Entry,
  path: string,
  runs: readonly string[],
): readonly FoundImage[] {
  const { context, tree, findOneService } = file;
  const direct = textOf(extended.value);
  const name = direct ?? textOf(tree.member(extended.value, 'service'));
  const other = direct === undefined ? tree.member(extended.value, 'file') : undefined;
  const missing = (message: string): readonly FoundImage[] => [
    problemFound(context, path, extended.keySpan, 'missing-service', message),
  ];
  if (name === undefined) return missing('this extends names no service');
  if (isEmpty(other)) {
    if (runs.includes(name) || runs.length > MAX_CHAIN)
      return missing('these services extend each other without an end');
    const service = servicesOf(file).find(({ key }) => key === name);
    return service === undefined
      ? missing(`the file has no service ${JSON.stringify(name)}`)
      : findInService(file, service, [...runs, name]);
  }
  const read = textIn(context, other, under(path, 'file'), 'the file');
  if ('outcome' in read) return [read];
  const neighbour = readNamedFile(context, under(path, 'file'), read.span, read.value);
  if ('outcome' in neighbour) return [neighbour];
  return (
    findOneService(neighbourContext(context, neighbour, 'compose'), name, runs.slice(0, 1)) ??
    missing(`${neighbour.file} has no service ${JSON.stringify(name)}`)
  );
}

const MAX_CHAIN = 32;

/** The services of a document. Compose runs one that is called `x-…` as any other; what has nothing to run there is an extension to its older versions. */
export function servicesOf({ tree }: ComposeFile): readonly Entry[] {
  return tree
    .entries(tree.member(tree.root, 'services'))
    .filter(({ key, value }) => !key.startsWith('x-') || tree.entries(value).some((entry) => RUNS.has(entry.key)));
}

const RUNS: ReadonlySet<string> = new Set(['image', 'build', 'extends']);
