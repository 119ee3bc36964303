import type { Figure } from './figure.ts';
import { showLog } from './rekor-log.ts';
import { showTrackAndWatch } from './track-and-watch.ts';

/** The transparency log's figures. */
export async function* showTransparencyLog(): AsyncGenerator<Figure> {
  yield* showLog();
  yield* showTrackAndWatch();
}
