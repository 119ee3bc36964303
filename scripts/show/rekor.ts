import type { Figure } from './figure.ts';
import { showTrackAndWatch } from './track-and-watch.ts';

/** The transparency log's figures. */
export async function* showRekor(): AsyncGenerator<Figure> {
  yield* showTrackAndWatch();
}
