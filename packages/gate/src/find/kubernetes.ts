import { type Document, isMap, isSeq, type Node } from 'yaml';
import { GateError } from '../error.ts';
import { readDocuments } from '../yaml/read-documents.ts';
import { readTextNode } from '../yaml/text-node.ts';
import { isEmpty, spanOf, textOf, treeOf, type YamlTree } from '../yaml/tree.ts';
import { type FindContext, firstLine, foundAt, problemFound, under } from './find-context.ts';
import type { FoundImage, ImageExtras } from './found-image.ts';

/** The images of Kubernetes resources, one document after another. @throws GateError */
export function findInKubernetes(context: FindContext): readonly FoundImage[] {
  const documents = readDocuments(context);
  return documents.flatMap((document, index) =>
    findInDocument(context, document, documents.length > 1 ? `/${index}` : ''),
  );
}

function findInDocument(context: FindContext, document: Document.Parsed, path: string): readonly FoundImage[] {
  const tree = treeOf(document, context);
  const walk: Walk = { context, tree };
  const found = findInResource(walk, tree.root, path, 0);
  return [...found, ...duplicatesOf(context, tree, path), ...overriddenIn(context, tree, path)];
}

interface Walk {
  readonly context: FindContext;
  readonly tree: YamlTree;
}

/** Keys that stand twice in what was looked at: the API server and its clients may read different ones. */
export function duplicatesOf(context: FindContext, tree: YamlTree, path: string): readonly FoundImage[] {
  return tree.duplicates.map(({ key, span }) =>
    problemFound(
      context,
      path,
      span,
      'duplicate-key',
      `the key ${JSON.stringify(key)} stands twice in its mapping: which one counts depends on the reader`,
    ),
  );
}

/** kubectl reads YAML 1.1, in which a merge key replaces what stands above it. */
function overriddenIn(context: FindContext, tree: YamlTree, path: string): readonly FoundImage[] {
  return tree.overridden.map(({ key, span }) =>
    problemFound(
      context,
      path,
      span,
      'duplicate-key',
      `the merge key below ${JSON.stringify(key)} names it again: which one counts depends on the reader; put << first`,
    ),
  );
}

/** Where each kind of Kubernetes' own keeps its pod. */
const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  Deployment: ['spec', 'template', 'spec'],
  StatefulSet: ['spec', 'template', 'spec'],
  DaemonSet: ['spec', 'template', 'spec'],
  ReplicaSet: ['spec', 'template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  Job: ['spec', 'template', 'spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};

/** Kinds whose texts are data: what looks like an image there is not run because of it. */
const DATA: ReadonlySet<string> = new Set(['v1/ConfigMap', 'v1/Secret', 'v1/Node', 'v1/Event', 'v1/Namespace']);

function findInResource(walk: Walk, node: Node | undefined, path: string, depth: number): readonly FoundImage[] {
  const { tree } = walk;
  refuseDeep(walk, node, depth);
  const kind = textOf(tree.member(node, 'kind')) ?? '';
  const apiVersion = textOf(tree.member(node, 'apiVersion')) ?? '';
  // kubectl takes whatever has `items` for a list, and applies each of them, whatever its kind says.
  const listed = tree
    .items(tree.member(node, 'items'))
    .flatMap((item, index) => findInResource(walk, item, under(under(path, 'items'), index), depth + 1));
  const isList = (kind.endsWith('List') || kind === '') && isSeq(tree.member(node, 'items'));
  return isList ? listed : [...listed, ...findInOne(walk, node, path, depth, { kind, apiVersion })];
}

function findInOne(
  walk: Walk,
  node: Node | undefined,
  path: string,
  depth: number,
  { kind, apiVersion }: { readonly kind: string; readonly apiVersion: string },
): readonly FoundImage[] {
  const { context, tree } = walk;
  if (kind === 'Kustomization' || kind === 'Component' || isKustomization(walk, node, kind))
    return findInKustomization(walk, node, path);
  if (DATA.has(`${apiVersion}/${kind}`) || isDefinition(apiVersion, kind)) return [];
  const steps = isBuiltIn(apiVersion) ? POD_PATHS[kind] : undefined;
  if (steps !== undefined && Object.hasOwn(POD_PATHS, kind)) {
    const spec = steps.reduce<Node | undefined>((at, step) => tree.member(at, step), node);
    return findInPod(walk, spec, steps.reduce(under, path));
  }
  const found = findByShape(walk, node, path, depth);
  if (kind !== '' && apiVersion !== '') return found;
  const span = isEmpty(node) ? firstLine(context.text) : spanOf(node);
  const start = { start: span.start, end: Math.min(span.end, endOfLine(context.text, span.start)) };
  const message = 'this document is no Kubernetes resource: it names no apiVersion and kind';
  return [problemFound(context, path, start, 'unknown-document', message), ...found];
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function isDefinition(apiVersion: string, kind: string): boolean {
  return kind === 'CustomResourceDefinition' && apiVersion.startsWith('apiextensions.k8s.io/');
}

function isBuiltIn(apiVersion: string): boolean {
  return /^(?:v1|(?:apps|batch|extensions)\/v[0-9a-z]+)$/.test(apiVersion);
}

const CONTAINER_LISTS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** A pod: each container must have an image, and so must each volume that is one. */
function findInPod(walk: Walk, spec: Node | undefined, path: string): readonly FoundImage[] {
  const { tree, context } = walk;
  return tree.entries(spec).flatMap(({ key, value, keySpan }) => {
    if (CONTAINER_LISTS.has(key))
      return tree.items(value).flatMap((container, index) => {
        const at = under(under(path, key), index);
        const image = tree.entries(container).find((entry) => entry.key === 'image');
        return image === undefined
          ? [problemFound(context, at, firstSpan(container, keySpan), 'no-image', 'this container names no image')]
          : [imageOf(walk, image.value, image.keySpan, under(at, 'image'))];
      });
    if (key === 'volumes') return findInVolumes(walk, value, under(path, key), {});
    return [];
  });
}

function firstSpan(
  node: Node | undefined,
  otherwise: { readonly start: number; readonly end: number },
): typeof otherwise {
  if (!isMap(node)) return otherwise;
  const [first] = node.items;
  const key = first?.key;
  return typeof key === 'object' && key !== null && 'range' in key && Array.isArray(key.range)
    ? { start: Number(key.range[0]), end: Number(key.range[1]) }
    : otherwise;
}

function findInVolumes(
  walk: Walk,
  volumes: Node | undefined,
  path: string,
  extras: ImageExtras,
): readonly FoundImage[] {
  const { tree } = walk;
  return tree.items(volumes).flatMap((volume, index) => {
    const image = tree.entries(tree.member(volume, 'image'));
    return image
      .filter(({ key }) => key === 'reference')
      .map(({ value, keySpan }) => imageOf(walk, value, keySpan, `${under(path, index)}/image/reference`, extras));
  });
}

/** Resources of kinds that are not known: whatever has the shape of a pod, or is called an image. */
function findByShape(walk: Walk, node: Node | undefined, path: string, depth: number): readonly FoundImage[] {
  refuseDeep(walk, node, depth);
  const { tree, context } = walk;
  const byShape = { byShape: true } as const;
  if (isSeq(node))
    return tree.items(node).flatMap((item, index) => findByShape(walk, item, under(path, index), depth + 1));
  return tree.entries(node).flatMap(({ key, value, keySpan }): readonly FoundImage[] => {
    const at = under(path, key);
    if (key === 'volumes') return findInVolumes(walk, value, at, byShape);
    if (key !== 'image' || isEmpty(value)) return findByShape(walk, value, at, depth + 1);
    if (!isMap(value))
      return isSeq(value) ? findByShape(walk, value, at, depth + 1) : [imageOf(walk, value, keySpan, at, byShape)];
    const isInParts = tree.entries(value).some((part) => part.key === 'repository' || part.key === 'tag');
    if (!isInParts) return findByShape(walk, value, at, depth + 1);
    const message = 'the image is written in parts, which a chart or an operator puts together: check what it renders';
    return [problemFound(context, at, keySpan, 'templated', message)];
  });
}

function imageOf(
  { context }: Walk,
  node: Node | undefined,
  keySpan: { readonly start: number; readonly end: number },
  path: string,
  extras: ImageExtras = {},
): FoundImage {
  const read = readTextNode(node, context.text, 'the image');
  if ('problem' in read)
    return problemFound(context, path, read.span.end === 0 ? keySpan : read.span, read.problem, read.message);
  const { value, span, unpinnable } = read;
  return foundAt(context, path, span, value, { ...extras, ...(unpinnable === undefined ? {} : { unpinnable }) });
}

function isKustomization({ context, tree }: Walk, node: Node | undefined, kind: string): boolean {
  const isNamedSo = /(?:^|\/)kustomization\.ya?ml$|(?:^|\/)Kustomization$/.test(context.file);
  return isNamedSo && kind === '' && isMap(node) && tree.entries(node).length > 0;
}

const KUSTOMIZE_KEYS: ReadonlySet<string> = new Set([
  'images',
  'helmCharts',
  'generators',
  'transformers',
  'components',
]);

/** It changes images in other files, which only kustomize puts together. */
function findInKustomization({ context, tree }: Walk, node: Node | undefined, path: string): readonly FoundImage[] {
  const message = 'kustomize makes or changes images here: check what it renders (kustomize build | sigtrail gate -)';
  return tree
    .entries(node)
    .filter(({ key }) => KUSTOMIZE_KEYS.has(key))
    .map(({ key, keySpan }) => problemFound(context, under(path, key), keySpan, 'templated', message));
}

const MAX_DEPTH = 600;

function refuseDeep({ context }: Walk, node: Node | undefined, depth: number): void {
  if (depth <= MAX_DEPTH) return;
  const { file, positionOf } = context;
  const position = positionOf(spanOf(node).start);
  throw new GateError('too-deep', 'is nested too deeply to be read', { file, position });
}
