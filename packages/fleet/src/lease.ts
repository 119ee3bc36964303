import { createHash, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';

/**
 * Lets one worker at a time look for the signatures of an image; the others find them in the stores afterwards. It saves requests and nothing rests on it: a worker that gets
 * no lease within its patience, or no answer from Redis, looks for itself.
 */
export interface Leases {
  /** Resolves to what ends the lease. */
  take(reference: string, signal: AbortSignal): Promise<() => Promise<void>>;
}

/** Times of a lease. */
export interface LeaseTimes {
  /** A holder that died keeps others waiting for this long at most. */
  readonly holdMs: number;
  readonly patienceMs: number;
  readonly pollMs: number;
}

// A holder that was too slow must not end the lease of the next one.
const RELEASE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0";

/** Leases in Redis. */
export function createLeases(redis: Redis, prefix: string, { holdMs, patienceMs, pollMs }: LeaseTimes): Leases {
  return {
    take: async (reference, signal) => {
      const key = `${prefix}:lease:${createHash('sha256').update(reference).digest('base64url')}`;
      const holder = randomUUID();
      const end = performance.now() + patienceMs;
      try {
        while ((await redis.set(key, holder, 'PX', holdMs, 'NX')) === null) {
          if (performance.now() >= end) return async () => undefined;
          await sleep(pollMs, undefined, { signal });
        }
      } catch {
        // Redis can't be asked, or the worker is stopping: the caller checks the signal itself.
        return async () => undefined;
      }
      return async () => {
        // One that can't be ended ends by itself.
        await redis.eval(RELEASE, 1, key, holder).catch(() => undefined);
      };
    },
  };
}
