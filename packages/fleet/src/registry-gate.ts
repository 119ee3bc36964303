import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { GateAnswer, RequestGate } from 'oci-client-lite';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';

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
  pausedUntil: number;
  slowUntil: number;
  /** Requests that this process sent in its current second, and in the last one. */
  second: number;
  sent: number;
}

/** So many are more than any registry allows: it counts as without a limit. */
const UNLIMITED = 100_000;
const READ_EVERY_MS = 500;
/** A limit that was learned is forgotten after so long without a word; it is tried to exceed it each tenth of that. */
const REMEMBER_SECONDS = 600;
const RAISE_EVERY_MS = 10_000;
const SLOW_FOR_MS = 15_000;
/** Those that wait don't all come back in the same millisecond. */
const SPREAD_MS = 100;

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
        perSecond: limits[hostOf(origin)] ?? UNLIMITED,
        readAt: Number.NEGATIVE_INFINITY,
        pausedUntil: 0,
        slowUntil: 0,
        second: 0,
        sent: 0,
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
    if (performance.now() - state.readAt < READ_EVERY_MS) return;
    state.readAt = performance.now();
    const [learned, pausedMs] = await Promise.all([
      redis.get(keyOf(origin, 'limit')),
      redis.pttl(keyOf(origin, 'pause')),
    ]);
    const ceiling = limits[hostOf(origin)] ?? UNLIMITED;
    state.perSecond = learned === null ? ceiling : Math.max(1, Math.min(ceiling, Number(learned)));
    if (learned !== null) state.slowUntil = Math.max(state.slowUntil, performance.now() + READ_EVERY_MS);
    if (pausedMs > 0) state.pausedUntil = performance.now() + pausedMs;
  };
  const learn = async (origin: string, state: Known, { retryAfterMs = 1000, rateLimit }: GateAnswer): Promise<void> => {
    const pauseMs = Math.min(Math.max(retryAfterMs, 50), 3_600_000);
    await redis.set(keyOf(origin, 'pause'), '1', 'PX', Math.ceil(pauseMs));
    // Requests that were on their way together are throttled together: the first to say so lowers the limit.
    const isFirst = (await redis.set(keyOf(origin, 'said'), '1', 'PX', Math.ceil(pauseMs) + 1000, 'NX')) !== null;
    if (!isFirst) return;
    const said = perSecondOf(rateLimit);
    const counted = await limiterOf(origin, UNLIMITED).get(nameOf(origin));
    const before =
      state.perSecond < UNLIMITED ? state.perSecond : Math.max(state.sent, counted?.consumedPoints ?? 0, 2);
    const limit = Math.max(1, Math.floor(said ?? before * 0.8));
    await redis.set(keyOf(origin, 'limit'), String(limit), 'EX', REMEMBER_SECONDS);
    state.perSecond = limit;
  };
  /** Nothing was said for a while, and the limit is in the way: a little more is tried. */
  const raise = async (origin: string, state: Known): Promise<void> => {
    const ceiling = limits[hostOf(origin)] ?? UNLIMITED;
    if (state.perSecond >= ceiling) return;
    const mayRaise = (await redis.set(keyOf(origin, 'said'), '1', 'PX', RAISE_EVERY_MS, 'NX')) !== null;
    if (!mayRaise) return;
    const limit = Math.min(ceiling, Math.ceil(state.perSecond * 1.05));
    await redis.set(keyOf(origin, 'limit'), String(limit), 'EX', REMEMBER_SECONDS);
    state.perSecond = limit;
  };
  return {
    enter: async (origin, signal) => {
      const state = stateOf(origin);
      for (;;) {
        signal.throwIfAborted();
        // Redis is asked for less than a second: see `connectQuickly`. Without it, what is known holds.
        await readLimit(origin, state).catch(() => undefined);
        const pausedMs = state.pausedUntil - performance.now();
        if (pausedMs > 0) {
          await sleep(pausedMs + Math.random() * SPREAD_MS, undefined, { signal });
          continue;
        }
        const waitMs = await place(limiterOf(origin, state.perSecond), nameOf(origin));
        if (waitMs === 0) {
          count(state);
          return;
        }
        await raise(origin, state).catch(() => undefined);
        await sleep(waitMs + Math.random() * SPREAD_MS, undefined, { signal });
      }
    },
    answered: (origin, answer) => {
      if (answer.status !== 429 && answer.status !== 503) return;
      const state = stateOf(origin);
      const now = performance.now();
      state.slowUntil = now + SLOW_FOR_MS;
      state.pausedUntil = Math.max(state.pausedUntil, now + (answer.retryAfterMs ?? 1000));
      // What Redis isn't told, the next throttled request tells it.
      learn(origin, state, answer).catch(() => undefined);
    },
    pausedMs: (host) => Math.max(0, ...ofHost(known, host).map(({ pausedUntil }) => pausedUntil - performance.now())),
    isSlow: (host) => ofHost(known, host).some(({ slowUntil }) => slowUntil > performance.now()),
  };
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

function count(state: Known): void {
  const second = Math.floor(performance.now() / 1000);
  if (second !== state.second) {
    state.second = second;
    state.sent = 0;
  }
  state.sent += 1;
}

function ofHost(known: ReadonlyMap<string, Known>, host: string): readonly Known[] {
  return [...known].flatMap(([origin, state]) => (hostOf(origin) === host ? [state] : []));
}

function hostOf(origin: string): string {
  return URL.parse(origin)?.host ?? origin;
}

function perSecondOf(rateLimit: GateAnswer['rateLimit']): number | undefined {
  const { limit, windowSeconds } = rateLimit ?? {};
  return limit === undefined || windowSeconds === undefined || windowSeconds <= 0 ? undefined : limit / windowSeconds;
}
