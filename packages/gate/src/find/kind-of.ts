import { requireText } from '@sigtrail/encoding';
import { isMap, isScalar, type Node } from 'yaml';
import { isGateError } from '../error.ts';
import { positionsIn } from '../text/place.ts';
import { blankComments } from '../text/blank-comments.ts';
import { readDocuments } from '../yaml/read-documents.ts';
import { isEmpty, textOf, treeOf, type YamlTree } from '../yaml/tree.ts';
import type { FileKind } from './found-image.ts';

/** What a file is by its name alone; `yaml` where only its contents can say; `undefined` where a file of this name holds no images. */
export function kindByName(file: string): FileKind | 'yaml' | undefined {
  requireText(file, 'kindByName', 'file');
  const name = file.replaceAll('\\', '/').split('/').at(-1) ?? '';
  if (/^(?:Dockerfile|Containerfile)(?:\..+)?$|\.(?:dockerfile|containerfile)$/i.test(name)) return 'dockerfile';
  if (/^\.?devcontainer\.json$/.test(name)) return 'devcontainer';
  return /\.(?:ya?ml|json)$/i.test(name) ? 'yaml' : undefined;
}

/** What a text is: by the name of its file where that says it, else by what stands in it; `undefined` where it is nothing that is known here. */
export function kindOf(text: string, file = ''): FileKind | undefined {
  requireText(text, 'kindOf', 'text');
  const named = kindByName(file);
  if (named !== undefined && named !== 'yaml') return named;
  return kindByContents(text, file);
}

function kindByContents(text: string, file: string): FileKind | undefined {
  if (/^(?:FROM|ARG)[ \t]+[^\s:]/i.test(firstInstruction(text))) return 'dockerfile';
  try {
    const source = { file, text: file.endsWith('.json') ? blankComments(text) : text, positionOf: positionsIn(text) };
    const kinds = readDocuments(source).map((document) => {
      const tree = treeOf(document, source);
      return kindOfDocument(tree, tree.root);
    });
    // Only kubectl goes on past a document of another kind.
    if (kinds.includes('kubernetes')) return 'kubernetes';
    const byName = kindOfYamlName(file);
    const byContents = kinds.find((kind) => kind !== undefined);
    // Compose has jobs, too.
    return byName === 'compose' && byContents === 'workflow' ? byName : (byContents ?? byName);
  } catch (error) {
    if (!isGateError(error)) throw error;
    // What can't be read is looked at again by its reader, which says where it breaks.
    return kindOfYamlName(file) ?? kindOfBroken(text);
  }
}

/** The first line that is neither blank nor a comment. */
function firstInstruction(text: string): string {
  for (const [line] of text.matchAll(/[^\n]+/g)) {
    const trimmed = line.replace('\uFEFF', '').trim();
    if (trimmed !== '' && !trimmed.startsWith('#')) return trimmed;
  }
  return '';
}

/** Whether a document is an action of GitHub: its runner passes over what it doesn't know, so that it may look like something else as well. */
export function isAction(tree: YamlTree): boolean {
  return textOf(tree.member(tree.member(tree.root, 'runs'), 'using')) !== undefined;
}

function kindOfDocument(tree: YamlTree, root: Node | undefined): FileKind | undefined {
  if (!isMap(root)) return undefined;
  const has = (key: string): boolean => !isEmpty(tree.member(root, key));
  if (textOf(tree.member(root, 'apiVersion')) !== undefined && textOf(tree.member(root, 'kind')) !== undefined)
    return 'kubernetes';
  if (isMap(tree.member(root, 'services')) || isComposeWithoutServices(tree, root)) return 'compose';
  if (isMap(tree.member(root, 'jobs')) || isAction(tree)) return 'workflow';
  if (has('dockerComposeFile') || has('dockerFile') || (has('image') && has('customizations'))) return 'devcontainer';
  return undefined;
}

const OF_COMPOSE = /^(?:name|version|services|jobs|networks|volumes|configs|secrets|models|include|x-.*)$/;

/** Other formats have these members, too, but beside some that Compose refuses. */
function isComposeWithoutServices(tree: YamlTree, root: Node): boolean {
  if (!tree.entries(root).every(({ key }) => OF_COMPOSE.test(key))) return false;
  const included = tree.items(tree.member(root, 'include'));
  const isIncluding =
    included.length > 0 && included.every((item) => isScalar(item) || !isEmpty(tree.member(item, 'path')));
  return isIncluding || isMap(tree.member(root, 'models'));
}

function kindOfYamlName(file: string): FileKind | undefined {
  const path = file.replaceAll('\\', '/');
  const name = path.split('/').at(-1) ?? '';
  if (/(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$|(?:^|\/)action\.ya?ml$/.test(path)) return 'workflow';
  if (/^(?:docker-)?compose(?:[.-].+)?\.ya?ml$/i.test(name)) return 'compose';
  return /^kustomization\.ya?ml$/.test(name) ? 'kubernetes' : undefined;
}

/** A template, or a file that is broken: its lines still say what it is meant to be. */
function kindOfBroken(text: string): FileKind | undefined {
  if (/^apiVersion:/m.test(text) && /^kind:/m.test(text)) return 'kubernetes';
  return /^services:/m.test(text) ? 'compose' : undefined;
}
