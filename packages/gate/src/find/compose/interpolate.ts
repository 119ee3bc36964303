import type { Node } from 'yaml';
import type { TextSpan } from '../../text/place.ts';
import { readTextNode } from '../../yaml/text-node.ts';
import { expandVariables } from '../expand-variables.ts';
import { type FindContext, problemFound } from '../find-context.ts';
import type { FilledVariable, FoundImage, UnpinnableCode } from '../found-image.ts';

/** A text of a Compose file with its variables filled in. */
export interface ComposeText {
  readonly value: string;
  readonly span: TextSpan;
  readonly variables: readonly FilledVariable[];
  readonly unpinnable?: UnpinnableCode;
}

/** Reads a text, or says at its place why it can't be told. */
export function textIn(
  context: FindContext,
  node: Node | undefined,
  path: string,
  what: string,
  otherwise?: TextSpan,
): ComposeText | FoundImage {
  const read = readTextNode(node, context.text, what);
  if ('problem' in read)
    return problemFound(
      context,
      path,
      read.span.end === 0 ? (otherwise ?? read.span) : read.span,
      read.problem,
      read.message,
    );
  const expanded = expandVariables(read.value, context.variables);
  if ('problem' in expanded) return problemFound(context, path, read.span, expanded.problem, expanded.message);
  const unpinnable = expanded.value === read.value ? read.unpinnable : 'interpolated';
  return {
    value: expanded.value,
    span: read.span,
    variables: expanded.variables,
    ...(unpinnable === undefined ? {} : { unpinnable }),
  };
}
