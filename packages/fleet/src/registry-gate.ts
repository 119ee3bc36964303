import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { GateAnswer, RequestGate } from 'oci-client-lite';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import {
  BEGIN_WITH,
  lowered,
  raised,
  raiseEveryMs,
  READ_EVERY_MS,
  REMEMBER_SECONDS,
  SPREAD_MS,
  TOGETHER_MS,
} from './gate-rules.ts';

/** One gate for each registry, for all workers that ask it with the same account. */
export interface RegistryGate extends RequestGate {
  /** For how long the registry wants to be left alone, as far as this process knows; 0 where it may be asked. */
  pausedMs(host: string): number;
  /** Whether the registry said lately that it is asked too often. */
  isSlow(host: string): boolean;
}

/** How the gate begins. */
export interface GateOptions {
  /** Requests a second for each registry that is known to have a limit, by `host[:port]`. Others are learned. */
  readonly limits: Readonly<Record<string, number>>;
  /** A name for the credentials that these workers have: a registry counts for each account. */
  readonly account: string;
}

/** What this process knows of an origin. */
interface Known {
  perSecond: number;
  /** When the shared limit was read. */
  readAt: number;
  /** Who comes while it is read waits for it, too. */
  reading: Promise<void>;
  pausedUntil: number;
  slowUntil: number;
}

const SLOW_FOR_MS = 15_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** Makes the gate. Redis counts; while it can't be asked, this process counts for itself. */
export function createRegistryGate(redis: Redis, prefix: string, { limits, account }: GateOptions): RegistryGate {
  const known = new Map<string, Known>();
  const limiters = new Map<string, RateLimiterRedis>();
  const nameOf = (origin: string): string =>
    createHash('sha256')
      .update(JSON.stringify([origin, account]))
      .digest('base64url');
  const keyOf = (origin: string, what: string): string => `${prefix}:gate:${nameOf(origin)}:${what}`;
  const stateOf = (origin: string): Known => {
    let state = known.get(origin);
    if (state === undefined) {
      state = {
        perSecond: limits[hostOf(origin)] ?? BEGIN_WITH,
        readAt: Number.NEGATIVE_INFINITY,
        reading: Promise.resolve(),
        pausedUntil: 0,
        slowUntil: 0,
      };
      known.set(origin, state);
    }
    return state;
  };
  const limiterOf = (origin: string, perSecond: number): RateLimiterRedis => {
    const key = `${origin} ${String(perSecond)}`;
    let limiter = limiters.get(key);
    if (limiter === undefined) {
      const counted = { points: perSecond, duration: 1, keyPrefix: keyOf(origin, 'second') };
      limiter = new RateLimiterRedis({
        ...counted,
        storeClient: redis,
        insuranceLimiter: new RateLimiterMemory(counted),
      });
      limiters.set(key, limiter);
    }
    return limiter;
  };
  /** The limit that some worker learned; a limit that was given is a ceiling. */
  const readLimit = async (origin: string, state: Known): Promise<void> => {
    const [learned, pausedMs] = await Promise.all([
      redis.get(keyOf(origin, 'limit')),
      redis.pttl(keyOf(origin, 'pause')),
    ]);
    state.perSecond = limitFrom(learned, limits[hostOf(origin)]);
    if (pausedMs > 0) state.pausedUntil = performance.now() + pauseFrom(pausedMs);
  };
  const readLately = async (origin: string, state: Known): Promise<void> => {
    if (performance.now() - state.readAt >= READ_EVERY_MS) {
      state.readAt = performance.now();
      // Redis is asked for less than a second: see `connectQuickly`. Without it, what is known holds.
      state.reading = readLimit(origin, state).catch(() => undefined);
    }
    await state.reading;
  };
  const learn = async (
    origin: string,
    state: Known,
    pauseMs: number,
    { status, rateLimit }: GateAnswer,
  ): Promise<void> => {
    if (pauseMs > 0) await redis.set(keyOf(origin, 'pause'), '1', 'PX', Math.ceil(pauseMs));
    // A server that is out of order for a moment says nothing about how often it may be asked.
    if (status !== 429) return;
    await redis.set(keyOf(origin, 'quiet'), '1', 'PX', Math.ceil(pauseMs) + raiseEveryMs(true));
    // Requests that were on their way together are throttled together: the first to say so lowers the limit.
    const isFirst =
      (await redis.set(keyOf(origin, 'said'), '1', 'PX', Math.ceil(pauseMs) + TOGETHER_MS, 'NX')) !== null;
    if (!isFirst) return;
    const wasKnown = (await redis.set(keyOf(origin, 'known'), '1', 'EX', REMEMBER_SECONDS, 'GET')) !== null;
    const said = perSecondOf(rateLimit);
    await keepLimit(
      origin,
      state,
      said === undefined ? lowered(state.perSecond, wasKnown) : Math.max(1, Math.floor(said)),
    );
  };
  /** The limit is in the way: more is tried. */
  const raise = async (origin: string, state: Known): Promise<void> => {
    const ceiling = limits[hostOf(origin)] ?? Number.POSITIVE_INFINITY;
    if (state.perSecond >= ceiling) return;
    const isKnown = (await redis.exists(keyOf(origin, 'known'))) === 1;
    if ((await redis.set(keyOf(origin, 'quiet'), '1', 'PX', raiseEveryMs(isKnown), 'NX')) === null) return;
    await keepLimit(origin, state, raised(state.perSecond, isKnown, ceiling));
  };
  const keepLimit = async (origin: string, state: Known, limit: number): Promise<void> => {
    await redis.set(keyOf(origin, 'limit'), String(limit), 'EX', REMEMBER_SECONDS);
    state.perSecond = limit;
  };
  return {
    enter: async (origin, signal) => {
      const state = stateOf(origin);
      for (;;) {
        signal.throwIfAborted();
        await readLately(origin, state);
        const pausedMs = state.pausedUntil - performance.now();
        if (pausedMs > 0) {
          await sleep(pausedMs + Math.random() * SPREAD_MS, undefined, { signal });
          continue;
        }
        const waitMs = await place(limiterOf(origin, state.perSecond), nameOf(origin));
        if (waitMs === 0) return;
        await raise(origin, state).catch(() => undefined);
        await sleep(waitMs + Math.random() * SPREAD_MS, undefined, { signal });
      }
    },
    answered: (origin, answer) => {
      if (answer.status !== 429 && answer.status !== 503) return;
      const state = stateOf(origin);
      const now = performance.now();
      const pauseMs = Math.min(answer.retryAfterMs ?? (answer.status === 429 ? 1000 : 0), LONGEST_PAUSE_MS);
      if (answer.status === 429) state.slowUntil = now + SLOW_FOR_MS;
      state.pausedUntil = Math.max(state.pausedUntil, now + pauseMs);
      // What Redis isn't told, the next throttled request tells it.
      learn(origin, state, pauseMs, answer).catch(() => undefined);
    },
    pausedMs: (host) => Math.max(0, ...ofHost(known, host).map(({ pausedUntil }) => pausedUntil - performance.now())),
    isSlow: (host) => ofHost(known, host).some(({ slowUntil }) => slowUntil > performance.now()),
  };
}

/** The limit that Redis says was learned, which could be any text; a limit that was given is a ceiling. */
export function limitFrom(learned: string | null, given: number | undefined): number {
  const limit = Number(learned ?? Number.NaN);
  return Number.isFinite(limit) ? Math.max(1, Math.min(given ?? Infinity, limit)) : (given ?? BEGIN_WITH);
}

/** The pause that Redis says is left. A timer of Node that is told to wait for more than 2³¹ ms doesn't wait at all. */
export function pauseFrom(leftMs: number): number {
  return Math.min(leftMs, LONGEST_PAUSE_MS);
}

/** Takes a place in the current second. Milliseconds until the next second, where this one is full; 0 where it isn't. */
async function place(limiter: RateLimiterRedis, key: string): Promise<number> {
  try {
    await limiter.consume(key, 1);
    return 0;
  } catch (error) {
    // What it rejects with is no Error where the second is full. An Error of Redis: the insurance has counted instead, unless it is broken, too.
    if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext);
    throw error;
  }
}

function ofHost(known: ReadonlyMap<string, Known>, host: string): readonly Known[] {
  return [...known].flatMap(([origin, state]) => (hostOf(origin) === host ? [state] : []));
}

/** `registry.test:5000` of its origin. */
export function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? origin;
}

function perSecondOf(rateLimit: GateAnswer['rateLimit']): number | undefined {
  const { limit, windowSeconds } = rateLimit ?? {};
  return limit === undefined || windowSeconds === undefined || windowSeconds <= 0 ? undefined : limit / windowSeconds;
}
