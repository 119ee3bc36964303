import type { Node } from 'yaml';
import { under } from '../find-context.ts';
import type { FoundImage, ImageExtras } from '../found-image.ts';
import { imageOf, type Walk } from './walk.ts';

/** Where a volume names an image: one of Kubernetes' own, or of a driver that mounts images. */
const PLACES: readonly (readonly [string, ...string[]])[] = [
  ['image', 'reference'],
  ['csi', 'volumeAttributes', 'image'],
];

/** The images that volumes are. */
export function findInVolumes(
  walk: Walk,
  volumes: Node | undefined,
  path: string,
  extras: ImageExtras = {},
): readonly FoundImage[] {
  const { tree } = walk;
  return tree.items(volumes).flatMap((volume, index) =>
    PLACES.flatMap((steps) => {
      const holder = steps.slice(0, -1).reduce<Node | undefined>((at, step) => tree.member(at, step), volume);
      return tree
        .entries(holder)
        .filter(({ key }) => key === steps.at(-1))
        .map(({ value, keySpan }) => imageOf(walk, value, keySpan, steps.reduce(under, under(path, index)), extras));
    }),
  );
}
