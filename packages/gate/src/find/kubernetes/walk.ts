import { isMap, type Node } from 'yaml';
import { GateError } from '../../error.ts';
import type { TextSpan } from '../../text/place.ts';
import { readTextNode } from '../../yaml/text-node.ts';
import { spanOf, type YamlTree } from '../../yaml/tree.ts';
import { type FindContext, foundAt, problemFound } from '../find-context.ts';
import type { FoundImage, ImageExtras } from '../found-image.ts';

/** One document of Kubernetes while it is read. */
export interface Walk {
  readonly context: FindContext;
  readonly tree: YamlTree;
}

/** The image that a key names. */
export function imageOf(
  { context }: Walk,
  node: Node | undefined,
  keySpan: TextSpan,
  path: string,
  extras: ImageExtras = {},
): FoundImage {
  const read = readTextNode(node, context.text, 'the image');
  if ('problem' in read)
    return problemFound(context, path, read.span.end === 0 ? keySpan : read.span, read.problem, read.message);
  const { value, span, unpinnable } = read;
  return foundAt(context, path, span, value, { ...extras, ...(unpinnable === undefined ? {} : { unpinnable }) });
}

const MAX_DEPTH = 600;

/** @throws GateError `too-deep` */
export function refuseDeep({ context }: Walk, node: Node | undefined, depth: number): void {
  if (depth <= MAX_DEPTH) return;
  const { file, positionOf } = context;
  const position = positionOf(spanOf(node).start);
  throw new GateError('too-deep', 'is nested too deeply to be read', { file, position });
}

/** The first key of a mapping, for what concerns all of it. */
export function firstSpan(node: Node | undefined, otherwise: TextSpan): TextSpan {
  if (!isMap(node)) return otherwise;
  const [first] = node.items;
  const key = first?.key;
  return typeof key === 'object' && key !== null && 'range' in key && Array.isArray(key.range)
    ? { start: Number(key.range[0]), end: Number(key.range[1]) }
    : otherwise;
}
