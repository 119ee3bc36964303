import type { PositionOf } from '../text/place.ts';

/** A file of YAML or JSON, and how to say where something stands in it. */
export interface YamlSource {
  readonly file: string;
  readonly text: string;
  readonly positionOf: PositionOf;
}
