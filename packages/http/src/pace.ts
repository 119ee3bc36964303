import { type Deadline, wait } from './deadline.ts';
import type { RateLimit } from './response-headers.ts';

/**
 * How fast each origin is asked: as fast as it answers, until it says "too many requests" or that few are left. Without this, each call of a client would find that out for itself, and
 * use up its attempts.
 */
export interface Paces {
  /** Waits until the origin may be asked; returns at once unless the origin throttled us recently. */
  enter(origin: string, deadline: Deadline): Promise<void> | undefined;
  /**
   * The origin throttled a request that was sent at `sentAt`, and is left alone for that time. Returns whether that is news: requests that were in flight together count as
   * throttled once.
   */
  slowDown(origin: string, sentAt: number, waitMs: number): boolean;
  /** Takes note of the limits that an answer of the origin states. The remaining requests are spread over the remaining time. */
  learn(origin: string, limit: RateLimit): void;
}

/** An origin that throttled us, or is about to. */
interface Pace {
  /** When it last did, and the gap between requests from then on. */
  saidAt: number;
  gapMs: number;
  /** Just above the last gap that was too short. */
  floorMs: number;
  /** The gap between requests because few are left, and until when it applies. */
  spread: { readonly gapMs: number; readonly until: number };
  /** When the next request may start. */
  next: number;
  /** The last in the line. */
  last: Promise<void>;
}

const firstGapMs = 20;
const longestGapMs = 1000;
/** After this long without throttling, the gap halves. */
const halvedAfterMs = 5000;
/** For this long, the gap does not go below the last one that was too short. */
const rememberedMs = 60_000;
/** The factor by which the gap stays above that. */
const margin = 1.1;
/** We don't wait longer of our own accord: the server may count by the hour and never refuse. */
const longestWindowMs = 10_000;
/** How many requests count as few, if the server does not state the total. */
const fewRequests = 16;

/** Makes the paces of one client. */
export function createPaces(): Paces {
  const paces = new Map<string, Pace>();
  const paceOf = (origin: string, now: number): Pace => {
    const pace = paces.get(origin) ?? newPace(now);
    paces.set(origin, pace);
    return pace;
  };
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
      const pace = paceOf(origin, now);
      pace.next = Math.max(pace.next, now + waitMs);
      if (sentAt < pace.saidAt) return false;
      const tooShort = learntGapOf(pace, now);
      pace.floorMs = Math.min(longestGapMs, margin * tooShort);
      pace.gapMs = Math.min(longestGapMs, Math.max(firstGapMs, 2 * tooShort));
      pace.saidAt = now;
      return true;
    },
    learn: (origin, { limit, remaining, resetSeconds, windowSeconds }) => {
      const leftMs = (resetSeconds ?? windowSeconds ?? 0) * 1000;
      if (remaining === undefined || leftMs <= 0 || leftMs > longestWindowMs) return;
      if (limit === undefined ? remaining > fewRequests : 2 * remaining > limit) return;
      const now = performance.now();
      const pace = paceOf(origin, now);
      if (remaining === 0) pace.next = Math.max(pace.next, now + leftMs);
      else pace.spread = { gapMs: leftMs / remaining, until: now + leftMs };
    },
  };
}

function newPace(now: number): Pace {
  const spread = { gapMs: 0, until: now };
  return { saidAt: Number.NEGATIVE_INFINITY, gapMs: 0, floorMs: 0, spread, next: now, last: Promise.resolve() };
}

/** First in, first out. A request whose deadline ends leaves the line; the next one then checks the clock itself. */
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

function gapOf(pace: Pace, now: number): number {
  const { spread } = pace;
  return now < spread.until ? Math.max(learntGapOf(pace, now), spread.gapMs) : learntGapOf(pace, now);
}

/** The gap that refusals have taught. */
function learntGapOf({ gapMs, floorMs, saidAt }: Pace, now: number): number {
  const halved = (ms: number): number => 0.5 ** (Math.max(0, ms) / halvedAfterMs);
  const age = now - saidAt;
  return Math.max(gapMs * halved(age), floorMs * halved(age - rememberedMs));
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
