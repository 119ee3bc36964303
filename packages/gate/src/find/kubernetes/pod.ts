import type { Node } from 'yaml';
import { problemFound, under } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { findInVolumes } from './volumes.ts';
import { firstSpan, imageOf, type Walk } from './walk.ts';

const CONTAINER_LISTS: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers']);

/** A pod: each container must have an image, and so must each volume that is one. */
export function findInPod(walk: Walk, spec: Node | undefined, path: string): readonly FoundImage[] {
  const { tree, context } = walk;
  return tree.entries(spec).flatMap(({ key, value, keySpan }) => {
    if (CONTAINER_LISTS.has(key))
      return tree.items(value).flatMap((container, index) => {
        const at = under(under(path, key), index);
        const image = tree.entries(container).find((entry) => entry.key === 'image');
        return image === undefined
          ? [problemFound(context, at, firstSpan(container, keySpan), 'no-image', 'this container names no image')]
          : [imageOf(walk, image.value, image.keySpan, under(at, 'image'))];
      });
    if (key === 'volumes') return findInVolumes(walk, value, under(path, key), {});
    return [];
  });
}
