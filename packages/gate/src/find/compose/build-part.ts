import type { Node } from 'yaml';
import type { TextSpan } from '../../text/place.ts';
import type { Layer } from './layers.ts';

/** The `build` of one layer. */
export interface BuildPart {
  readonly layer: Layer;
  readonly node: Node | undefined;
  readonly path: string;
  readonly keySpan: TextSpan;
}
