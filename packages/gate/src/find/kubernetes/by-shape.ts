import { isMap, isSeq, type Node } from 'yaml';
import { isOciError, parseReference } from 'oci-client-lite/names';
import type { TextSpan } from '../../text/place.ts';
import { type Entry, isEmpty, textOf } from '../../yaml/tree.ts';
import { problemFound, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { findInVolumes } from './volumes.ts';
import { imageOf, refuseDeep, type Walk } from './walk.ts';

const BY_SHAPE = { byShape: true } as const;

/** Resources of kinds that are not known: whatever has the shape of a pod, or is called an image. */
export function findByShape(walk: Walk, node: Node | undefined, path: string, depth: number): readonly FoundImage[] {
  refuseDeep(walk, node, depth);
  const { tree } = walk;
  if (isSeq(node))
    return tree.items(node).flatMap((item, index) => findByShape(walk, item, under(path, index), depth + 1));
  const named = imageObject(walk, node, path);
  return [
    ...named,
    ...tree.entries(node).flatMap((entry): readonly FoundImage[] => {
      const { key, value } = entry;
      const at = under(path, key);
      if (key === 'volumes') return findInVolumes(walk, value, at, BY_SHAPE);
      if (key === 'image' && !isEmpty(value) && !isSeq(value)) return imageEntry(walk, entry, at, depth);
      const called = isCalledImage(key) ? calledImages(walk, entry, at) : [];
      const replaced = /^images$/i.test(key)
        ? tree.items(value).flatMap((item) => inParts(walk, item, at, entry.keySpan))
        : [];
      return [...called, ...replaced, ...findByShape(walk, value, at, depth + 1)];
    }),
  ];
}

/** Images that annotations name, for what injects containers (`sidecar.istio.io/proxyImage`). */
export function findInAnnotations(walk: Walk, metadata: Node | undefined, path: string): readonly FoundImage[] {
  const { tree } = walk;
  const annotations = under(path, 'annotations');
  return tree
    .entries(tree.member(metadata, 'annotations'))
    .filter(({ key }) => isCalledImage(key))
    .flatMap((entry) => calledImages(walk, entry, under(annotations, entry.key)));
}

/** An image as one text, or in parts. */
function imageEntry(walk: Walk, { value, keySpan }: Entry, path: string, depth: number): readonly FoundImage[] {
  const { tree } = walk;
  if (!isMap(value)) return [imageOf(walk, value, keySpan, path, BY_SHAPE)];
  const parts = inParts(walk, value, path, keySpan);
  if (parts.length > 0) return parts;
  return [
    ...tree
      .entries(value)
      .filter(({ key }) => NAMES.has(key))
      .flatMap((entry) => calledImages(walk, entry, under(path, entry.key))),
    ...findByShape(walk, value, path, depth + 1),
  ];
}

function inParts(
  { tree, context }: Walk,
  node: Node | undefined,
  path: string,
  keySpan: TextSpan,
): readonly FoundImage[] {
  if (!tree.entries(node).some(({ key }) => PARTS.has(key))) return [];
  const message = 'the image is written in parts, which a chart or an operator puts together: check what it renders';
  return [problemFound(context, path, keySpan, 'templated', message)];
}

const PARTS: ReadonlySet<string> = new Set(['repository', 'tag', 'newName', 'newTag']);
const NAMES: ReadonlySet<string> = new Set(['name', 'ref', 'reference', 'uri', 'url']);

/** As OpenShift names one. */
function imageObject(walk: Walk, node: Node | undefined, path: string): readonly FoundImage[] {
  const { tree } = walk;
  if (textOf(tree.member(node, 'kind')) !== 'DockerImage') return [];
  return tree
    .entries(node)
    .filter(({ key }) => key === 'name')
    .map(({ value, keySpan }) => imageOf(walk, value, keySpan, under(path, 'name'), BY_SHAPE));
}

/** `imageName`, `proxyImage`, `agent-image`, `images`, and the like; not `imagePullPolicy`. */
function isCalledImage(key: string): boolean {
  return /(?:image|images|image[-_]?(?:name|ref|reference|uri|url))$/i.test(key);
}

/** The texts of a key that may name images. A text that no registry could know isn't one: a picture, the name of a disk. */
function calledImages(walk: Walk, { key, value, keySpan }: Entry, path: string): readonly FoundImage[] {
  const { tree } = walk;
  const texts = [
    { at: path, value, span: keySpan },
    ...(/images$/i.test(key)
      ? [
          ...tree.items(value).map((item, index) => ({ at: under(path, index), value: item, span: keySpan })),
          ...tree
            .entries(value)
            .map((entry) => ({ at: under(path, entry.key), value: entry.value, span: entry.keySpan })),
        ]
      : []),
  ];
  return texts.flatMap(({ at, value: one, span }) =>
    mayBeReference(textOf(one)) ? [imageOf(walk, one, span, at, BY_SHAPE)] : [],
  );
}

/** A text that a template or an operator fills in may become one. */
function mayBeReference(text: string | undefined): boolean {
  if (text === undefined || text === '') return false;
  if (/\$[({]|\{\{/.test(text)) return true;
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (!isOciError(error)) throw error;
    return false;
  }
}
