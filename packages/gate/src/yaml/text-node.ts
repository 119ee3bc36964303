import { isMap, isScalar, isSeq, type Node, Scalar } from 'yaml';
import type { FindProblemCode, UnpinnableCode } from '../find/found-image.ts';
import type { TextSpan } from '../text/place.ts';
import { isEmpty, spanOf } from './tree.ts';

/** The text of a scalar and where it stands, without its quotes. */
export interface TextNode {
  readonly value: string;
  readonly span: TextSpan;
  /** Why what stands there is not simply the value. */
  readonly unpinnable?: UnpinnableCode;
}

/** Why a node is not a text. */
export interface NoText {
  readonly problem: FindProblemCode;
  readonly message: string;
  readonly span: TextSpan;
}

/** Reads the scalar that names an image. */
export function readTextNode(node: Node | undefined, text: string, what: string): TextNode | NoText {
  const span = spanOf(node);
  const { tag = '!' } = node ?? {};
  if (tag !== '!' && tag !== 'tag:yaml.org,2002:str')
    return { problem: 'tagged', message: `${what} has the tag ${tag}: what it comes to is not known here`, span };
  if (isEmpty(node)) return { problem: 'no-image', message: `${what} is empty`, span };
  if (isMap(node) || isSeq(node) || !isScalar(node))
    return { problem: 'not-a-string', message: `${what} must be text, not a list or mapping`, span };
  const { value } = node;
  if (typeof value !== 'string')
    return { problem: 'not-a-string', message: `${what} is read as ${String(value)}, not as text: quote it`, span };
  return locate(node.type, value, span, text);
}

function locate(type: string | null | undefined, value: string, whole: TextSpan, text: string): TextNode {
  const quoted = type === Scalar.QUOTE_DOUBLE || type === Scalar.QUOTE_SINGLE;
  const inner = quoted ? { start: whole.start + 1, end: whole.end - 1 } : whole;
  const written = text.slice(inner.start, inner.end);
  if (written === value) return { value, span: inner };
  if (type !== Scalar.BLOCK_FOLDED && type !== Scalar.BLOCK_LITERAL)
    return { value, span: inner, unpinnable: written.includes('\n') ? 'several-lines' : 'escaped' };
  // The lines of a block scalar: its text stands there once, or is folded from several lines.
  const at = written.indexOf(value.trim());
  const isOnce = value.trim() !== '' && at >= 0 && written.indexOf(value.trim(), at + 1) < 0;
  if (!isOnce) return { value, span: inner, unpinnable: 'several-lines' };
  return { value, span: { start: inner.start + at, end: inner.start + at + value.trim().length } };
}
