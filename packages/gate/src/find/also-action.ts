import type { YamlTree } from '../yaml/tree.ts';
import { type FindContext, problemFound } from './find-context.ts';
import type { FoundImage } from './found-image.ts';
import { isAction } from './kind-of.ts';

/** A document that is read as another kind, and that GitHub would run as an action: its images are not looked for here. */
export function alsoAction(context: FindContext, tree: YamlTree, path: string): readonly FoundImage[] {
  const runs = isAction(tree) ? tree.entries(tree.root).find(({ key }) => key === 'runs') : undefined;
  if (runs === undefined) return [];
  const message = `this document is an action of GitHub as well as a ${context.kind} file: keep each in a file of its own`;
  return [problemFound(context, `${path}/runs`, runs.keySpan, 'unknown-document', message)];
}
