import { isMap, type Node } from 'yaml';
import { type Entry, spanOf, textOf } from '../../yaml/tree.ts';
import { problemFound, readNamedFile, under } from '../find-context.ts';
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
    if (key === 'resources' || key === 'bases') return remoteResources(walk, entry, at);
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

function remoteResources({ context, tree }: Walk, { value }: Entry, path: string): readonly FoundImage[] {
  return tree.items(value).flatMap((item, index) => {
    const text = textOf(item) ?? '';
    if (!/:\/\/|^git@|[?&]ref=|^(?:[\w-]+\.)+[a-z]{2,}\//.test(text)) return [];
    const message = `${text} is not a file of this machine: check what kustomize renders`;
    return [problemFound(context, under(path, index), spanOf(item), 'unreadable-file', message)];
  });
}
