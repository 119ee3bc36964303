import { isMap, isSeq, type Node } from 'yaml';
import { isGateError } from '../../error.ts';
import { type Entry, isEmpty, spanOf, textOf } from '../../yaml/tree.ts';
import { type FindContext, problemFound, readNamedFile, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import type { Walk } from './walk.ts';

/** Whether a document tells kustomize what to put together. */
export function isKustomization({ context, tree }: Walk, node: Node | undefined): boolean {
  const kind = textOf(tree.member(node, 'kind')) ?? '';
  const apiVersion = textOf(tree.member(node, 'apiVersion')) ?? '';
  if (kind === 'Kustomization' || kind === 'Component')
    return apiVersion === '' || apiVersion.startsWith('kustomize.config.k8s.io/');
  const isNamedSo = /(?:^|\/)kustomization\.ya?ml$|(?:^|\/)Kustomization$/.test(context.file);
  return isNamedSo && kind === '' && isMap(node) && tree.entries(node).length > 0;
}

const CHANGES: ReadonlySet<string> = new Set(['images', 'helmCharts', 'generators', 'transformers', 'components']);
const PATCHES: ReadonlySet<string> = new Set([
  'patches',
  'patchesJson6902',
  'patchesStrategicMerge',
  'replacements',
  'vars',
]);

/** It changes images in other files, which only kustomize puts together. */
export function findInKustomization(walk: Walk, node: Node | undefined, path: string): readonly FoundImage[] {
  const { context, tree } = walk;
  return tree.entries(node).flatMap((entry): readonly FoundImage[] => {
    const { key, keySpan } = entry;
    const at = under(path, key);
    if (key === 'resources' || key === 'bases') return unreadResources(walk, entry, at);
    if (!CHANGES.has(key) && !(PATCHES.has(key) && namesImages(walk, entry, at))) return [];
    const message = 'kustomize makes or changes images here: check what it renders (kustomize build | sigtrail gate -)';
    return [problemFound(context, at, keySpan, 'templated', message)];
  });
}

/** Whether a patch may change an image: written here, or in a file of its own. */
function namesImages({ context, tree }: Walk, { value, keySpan }: Entry, path: string): boolean {
  const isNamed = (text: string): boolean => /image/i.test(text);
  if (isNamed(context.text.slice(keySpan.start, spanOf(value).end))) return true;
  return tree.items(value).some((item) => {
    const file = textOf(tree.member(item, 'path')) ?? textOf(item);
    if (file === undefined || file.includes('\n')) return false;
    const read = readNamedFile(context, path, keySpan, file);
    // What can't be read may name one.
    return 'outcome' in read || isNamed(read.text);
  });
}

/** Resources that a run over the folder doesn't read: those from elsewhere, and files that aren't called as manifests are. */
function unreadResources({ context, tree }: Walk, { value, keySpan }: Entry, path: string): readonly FoundImage[] {
  const items = isSeq(value) ? tree.items(value) : [value];
  return items.flatMap((item, index) => {
    const text = textOf(item) ?? '';
    if (isEmpty(value) || isReadElsewhere(context, text)) return [];
    const message = `${JSON.stringify(text)} is neither a folder nor a manifest that is read here: check what kustomize renders`;
    const span = item === undefined ? keySpan : spanOf(item);
    return [problemFound(context, under(path, index), span, 'unreadable-file', message)];
  });
}

/** Whether a folder or a manifest on this disk is named, in words that kustomize can't take for a repository. */
function isReadElsewhere({ file, readNeighbour }: FindContext, name: string): boolean {
  const isPath =
    /^(?:[\w.-]+\/)*[\w.-]+\/?$/.test(name) && !/^(?:[\w-]+\.)+[a-z]{2,}\/|\.git(?:\/|$)|_git\//i.test(name);
  const isSkipped = /(?:^|\/)(?:node_modules|vendor|dist|\.(?!\.?\/|\.?$)[^/]*)(?:\/|$)/.test(name);
  if (!isPath || isSkipped) return false;
  if (readNeighbour === undefined) return true;
  try {
    const isManifest = /\.(?:ya?ml|json)$/i.test(name);
    // A folder is no text to the reader.
    return (readNeighbour(file, name) !== undefined) === isManifest;
  } catch (error) {
    if (!isGateError(error)) throw error;
    return false;
  }
}
