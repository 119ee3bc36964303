import type { YamlTree } from '../yaml/tree.ts';
import { type FindContext, problemFound } from './find-context.ts';
import type { FoundImage } from './found-image.ts';

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
