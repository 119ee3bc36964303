import type { Node } from 'yaml';
import { type Entry, spanOf, textOf } from '../../yaml/tree.ts';
import { type FindContext, foundAt, problemFound, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { findInBuild } from './build.ts';
import { type ComposeFile, isGiven, type Section, tagOf, workloadsOf } from './compose-file.ts';
import { textIn } from './interpolate.ts';
import { type Layer, layersOf, nearest } from './layers.ts';

/** What the services of a document run, or its jobs. @throws GateError */
export function findInWorkloads(file: ComposeFile, section: Section): readonly FoundImage[] {
  return workloadsOf(file, section).flatMap((service) => {
    const { layers, problems } = layersOf(file, section, service);
    return [
      ...whatRuns(layers, service.key, problems.length > 0),
      ...layers.flatMap((layer) => [
        ...findInVolumes(layer.file, layer.members.get('volumes'), under(layer.path, 'volumes')),
        ...findInHooks(layer),
        ...tagsIn(layer),
      ]),
      ...findInProvider(layers),
      ...problems,
    ];
  });
}

/** The image of a service, or what it is built from. */
function whatRuns(layers: readonly [Layer, ...Layer[]], name: string, isIncomplete: boolean): readonly FoundImage[] {
  const [own] = layers;
  const image = nearest(layers, 'image');
  const built = findInBuild(layers);
  const policy = nearest(layers, 'pull_policy');
  const pulls = policy === undefined ? undefined : textOf(policy.entry.value);
  const isBuilt =
    built.length > 0 && (pulls === 'build' || pulls === 'never') && tagOf(policy?.entry.value) === undefined;
  // Compose pulls such an image before it thinks of building it, unless it is told not to.
  if (image !== undefined) return isBuilt ? built : [imageOf(image.layer, image.entry, [name]), ...built];
  if (built.length > 0) return isBuilt || policy === undefined ? built : [...built, pulledByAnotherName(policy)];
  if (isIncomplete || nearest(layers, 'provider') !== undefined) return [];
  const empty = own.members.get('image');
  if (empty !== undefined) return [imageOf(own, empty, [name])];
  const message = `the service ${JSON.stringify(name)} names no image and no build: where it changes another file, check what docker compose config prints`;
  return [problemFound(own.file.context, own.path, own.service.keySpan, 'no-image', message)];
}

/** It changes when the image of another file is pulled. */
function pulledByAnotherName({ layer, entry }: { readonly layer: Layer; readonly entry: Entry }): FoundImage {
  const message =
    'this pulls an image that the service does not name: where it changes another file, check what docker compose config prints';
  return problemFound(layer.file.context, under(layer.path, 'pull_policy'), entry.keySpan, 'no-image', message);
}

function imageOf({ file, path }: Layer, entry: Entry, services: readonly string[]): FoundImage {
  return imageAtEntry(file.context, entry, under(path, entry.key), 'the image', { services });
}

function imageAtEntry(
  context: FindContext,
  { value, keySpan }: Entry,
  path: string,
  what: string,
  extras: { readonly services?: readonly string[] } = {},
): FoundImage {
  const read = textIn(context, value, path, what, keySpan);
  if ('outcome' in read) return read;
  return foundAt(context, path, read.span, read.value, {
    ...extras,
    ...(read.variables.length === 0 ? {} : { variables: read.variables }),
    ...(read.unpinnable === undefined ? {} : { unpinnable: read.unpinnable }),
  });
}

/** An override names images of services, and none of volumes. */
function findInVolumes(
  { context, tree }: ComposeFile,
  volumes: Entry | undefined,
  path: string,
): readonly FoundImage[] {
  return tree.items(volumes?.value).flatMap((volume, index): readonly FoundImage[] => {
    const type = typeOf(context, tree.member(volume, 'type'), under(path, index));
    if (typeof type === 'object') return [type];
    if (type !== 'image') return [];
    const source = tree.entries(volume).find(({ key }) => key === 'source');
    const at = under(under(path, index), 'source');
    if (source === undefined)
      return [problemFound(context, at, spanOf(volume), 'no-image', 'this image volume names no source')];
    return [imageAtEntry(context, source, at, 'the image')];
  });
}

/** The type of a volume; a short one has none. */
function typeOf(context: FindContext, node: Node | undefined, path: string): string | undefined | FoundImage {
  if (node === undefined) return undefined;
  const read = textIn(context, node, under(path, 'type'), 'the type');
  return 'outcome' in read ? read : read.value;
}

/** Containers that run to their end before the service starts: in its image, where they name no other. */
function findInHooks({ file, members, path }: Layer): readonly FoundImage[] {
  const { context, tree } = file;
  const hooks = under(path, 'pre_start');
  return tree.items(members.get('pre_start')?.value).flatMap((hook, index) => {
    const at = under(hooks, index);
    const entries = tree.entries(hook);
    const image = entries.find(({ key }) => key === 'image');
    const volumes = entries.find(({ key }) => key === 'volumes');
    return [
      ...(isGiven(image) ? [imageAtEntry(context, image, under(at, 'image'), 'the image')] : []),
      ...findInVolumes(file, volumes, under(at, 'volumes')),
    ];
  });
}

/** A program beside Compose that runs a model, or another image, of this name. */
function findInProvider(layers: readonly Layer[]): readonly FoundImage[] {
  const provider = nearest(layers, 'provider');
  if (provider === undefined) return [];
  const { file, path } = provider.layer;
  const options = file.tree.member(provider.entry.value, 'options');
  return file.tree
    .entries(options)
    .filter(({ key }) => key === 'model' || key === 'image')
    .map((entry) => {
      const at = under(`${path}/provider/options`, entry.key);
      return entry.key === 'model'
        ? modelAtEntry(file.context, entry, at)
        : imageAtEntry(file.context, entry, at, 'the image');
    });
}

/** The models of a document, which the Model Runner pulls as artifacts from a registry. */
export function findModels({ context, tree, path }: ComposeFile): readonly FoundImage[] {
  return tree.entries(tree.member(tree.root, 'models')).flatMap((model) => {
    const at = under(under(under(path, 'models'), model.key), 'model');
    const named = tree.entries(model.value).find(({ key }) => key === 'model');
    return named === undefined
      ? [
          problemFound(
            context,
            at,
            model.keySpan,
            'no-image',
            `the model ${JSON.stringify(model.key)} names no artifact`,
          ),
        ]
      : [modelAtEntry(context, named, at)];
  });
}

function modelAtEntry(context: FindContext, entry: Entry, path: string): FoundImage {
  const found = imageAtEntry(context, entry, path, 'the model');
  if (found.outcome !== 'image' || found.named.includes('/')) return found;
  const message = `the Model Runner adds an owner to ${JSON.stringify(found.named)}: write it out, such as ai/${found.named}`;
  return problemFound(context, path, found.offsets, 'unsupported-expression', message);
}

const DECIDING: readonly string[] = ['build', 'pull_policy', 'extends', 'provider'];

/** Tags of Compose that change what another file says, where that decides about the image. */
function tagsIn(layer: Layer): readonly FoundImage[] {
  const { file, members, path } = layer;
  const build = members.get('build');
  const image = members.get('image');
  return [
    ...DECIDING.flatMap((key) => taggedEntry(file, members.get(key), path)),
    // What an image overrides is read where it stands.
    ...(tagOf(image?.value) === '!reset' ? taggedEntry(file, image, path) : []),
    ...file.tree.entries(build?.value).flatMap((entry) => taggedEntry(file, entry, under(path, 'build'))),
  ];
}

function taggedEntry({ context }: ComposeFile, entry: Entry | undefined, path: string): readonly FoundImage[] {
  const tag = tagOf(entry?.value);
  if (entry === undefined || tag === undefined) return [];
  const message = `${tag} changes what another file says of ${entry.key}: check what docker compose config prints`;
  return [problemFound(context, under(path, entry.key), entry.keySpan, 'tagged', message)];
}
