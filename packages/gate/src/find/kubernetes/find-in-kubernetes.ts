import { type Document, isSeq, type Node } from 'yaml';
import { readDocuments } from '../../yaml/read-documents.ts';
import { isEmpty, spanOf, textOf, treeOf, type YamlTree } from '../../yaml/tree.ts';
import { alsoAction } from '../also-action.ts';
import { duplicatesOf } from '../duplicate-keys.ts';
import { type FindContext, firstLine, problemFound, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { findByShape, findInAnnotations } from './by-shape.ts';
import { findInKustomization, isKustomization } from './kustomization.ts';
import { findInPod } from './pod.ts';
import { refuseDeep, type Walk } from './walk.ts';

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
  return [
    ...found,
    ...duplicatesOf(context, tree, path),
    ...overriddenIn(context, tree, path),
    ...alsoAction(context, tree, path),
  ];
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
  if (isKustomization(walk, node)) return findInKustomization(walk, node, path);
  if (DATA.has(`${apiVersion}/${kind}`) || isDefinition(apiVersion, kind)) return [];
  const steps = isBuiltIn(apiVersion) ? POD_PATHS[kind] : undefined;
  if (steps !== undefined && Object.hasOwn(POD_PATHS, kind)) {
    const owner = steps.slice(0, -1).reduce<Node | undefined>((at, step) => tree.member(at, step), node);
    const at = steps.slice(0, -1).reduce(under, path);
    return [
      ...findInPod(walk, tree.member(owner, 'spec'), under(at, 'spec')),
      ...[
        ...new Map([
          [path, node],
          [at, owner],
        ]),
      ].flatMap(([place, holder]) =>
        findInAnnotations(walk, tree.member(holder, 'metadata'), under(place, 'metadata')),
      ),
    ];
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
