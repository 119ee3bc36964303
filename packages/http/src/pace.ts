import { type Deadline, wait } from './deadline.ts';

/**
 * How fast each origin is asked: as fast as it answers, until it says "too many requests". Without this, the calls of one client would each find out for themselves, and
 * spend on that the tries that they have.
 */
export interface Paces {
  /** Waits until the origin may be asked; nothing to wait for, unless it throttled us lately. */
  enter(origin: string, deadline: Deadline): Promise<void> | undefined;
  /**
   * The origin throttled a request that was sent at `sentAt`, and is left alone for that time. Returns whether that is news: requests that were on their way together are
   * throttled together, once.
   */
  slowDown(origin: string, sentAt: number, waitMs: number): boolean;
}

/** One origin that throttled us. */
interface Pace {
  /** When it said so last, and how far apart requests were from then on. */
  saidAt: number;
  gapMs: number;
  /** The next request may start then. */
  next: number;
  /** The last in the line. */
  last: Promise<void>;
}

const firstGapMs = 20;
const longestGapMs = 1000;
/** After so long without a word, requests are twice as close together. */
const halvedAfterMs = 5000;

/** Makes the paces of one client. */
export function createPaces(): Paces {
  const paces = new Map<string, Pace>();
  return {
    enter: (origin, deadline) => {
      const pace = paces.get(origin);
      if (pace === undefined) return undefined;
      return lineUp(pace, deadline).then(() => {
        if (gapOf(pace, performance.now()) < 1) paces.delete(origin);
      });
    },
    slowDown: (origin, sentAt, waitMs) => {
      const now = performance.now();
      const known = paces.get(origin);
      if (known === undefined) {
        const next = now + waitMs;
        paces.set(origin, { saidAt: now, gapMs: firstGapMs, next, last: Promise.resolve() });
        return true;
      }
      known.next = Math.max(known.next, now + waitMs);
      if (sentAt < known.saidAt) return false;
      known.gapMs = Math.min(longestGapMs, Math.max(firstGapMs, 2 * gapOf(known, now)));
      known.saidAt = now;
      return true;
    },
  };
}

/** First in, first out. One whose deadline ends leaves the line; the next one then looks at the clock for itself. */
async function lineUp(pace: Pace, deadline: Deadline): Promise<void> {
  const ahead = pace.last;
  let leave = (): void => undefined;
  pace.last = new Promise<void>((resolve) => {
    leave = resolve;
  });
  try {
    await orOver(ahead, deadline);
    for (let ms = pace.next - performance.now(); ms > 0; ms = pace.next - performance.now()) await wait(ms, deadline);
    const now = performance.now();
    pace.next = now + gapOf(pace, now);
  } finally {
    leave();
  }
}

function gapOf({ gapMs, saidAt }: Pace, now: number): number {
  return gapMs * 0.5 ** ((now - saidAt) / halvedAfterMs);
}

async function orOver(ahead: Promise<void>, deadline: Deadline): Promise<void> {
  deadline.check();
  let onAbort = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    onAbort = resolve;
    deadline.signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    await Promise.race([ahead, over]);
  } finally {
    deadline.signal.removeEventListener('abort', onAbort);
  }
  deadline.check();
}
