import { safeText } from 'sigtrail/report';
import type { Streams } from './streams.ts';

/** A line on a terminal that says that something is going on. */
export interface Progress {
  /** What is going on; shown only where it takes long. */
  readonly say: (text: string) => void;
  /** Takes the line away: something else is written. It comes back by itself. */
  readonly clear: () => void;
  readonly stop: () => void;
}

/** What takes less is not worth a line. */
const DELAY_MS = 500;
const REFRESH_MS = 200;

/** Begins a line on standard error, where that is a terminal. */
export function startProgress(text: string, { stderr, terminal }: Streams): Progress {
  const columns = terminal?.stderr?.columns;
  if (columns === undefined) return { say: () => undefined, clear: () => undefined, stop: () => undefined };
  const began = performance.now();
  let said = text;
  let isShown = false;
  const clear = (): void => {
    if (isShown) stderr('\r\u001b[2K');
    isShown = false;
  };
  const show = (): void => {
    const elapsedMs = performance.now() - began;
    if (elapsedMs < DELAY_MS) return;
    const line = `${safeText(said)}, ${Math.floor(elapsedMs / 1000)} s`;
    stderr(`\r\u001b[2K${line.length < columns ? line : `${line.slice(0, columns - 2)}…`}`);
    isShown = true;
  };
  const timer = setInterval(show, REFRESH_MS);
  timer.unref();
  return {
    say: (next) => {
      said = next;
    },
    clear,
    stop: () => {
      clearInterval(timer);
      clear();
    },
  };
}
