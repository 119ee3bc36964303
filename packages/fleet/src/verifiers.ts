import type { Redis } from 'ioredis';
import { createVerifier, type Verifier } from 'sigtrail';
import { redisStore } from './redis-store.ts';
import type { RegistryGate } from './registry-gate.ts';
import { keyFor } from './seal.ts';
import type { WorkerSettings } from './worker-options.ts';

/** The verifiers of a worker: one for the clock on the wall, and one for each time that questions are asked as of. */
export interface Verifiers {
  of(asOf: string | undefined): Verifier;
  close(): Promise<void>;
}

const MOST = 8;
const KEEP_BYTES_MS = 7 * 24 * 3_600_000;
/** Manifests, signatures and bundles are far smaller. */
const MAX_BYTES = 4 * 1024 * 1024;

/** Makes them when they are asked for. They share the stores and the gate. */
export function createVerifiers(settings: WorkerSettings, redis: Redis, gate: RegistryGate): Verifiers {
  const { fleet, trust, registry, secondJudge, timeoutMs, concurrency, listingsMaxAgeMs, onEvent, account } = settings;
  const storeAt = (what: string) =>
    redisStore(redis, { prefix: `${fleet.prefix}:${what}`, keepMs: KEEP_BYTES_MS, maxBytes: MAX_BYTES });
  const create = (asOf: string | undefined): Verifier =>
    createVerifier({
      trust,
      registry: { ...registry, gate },
      stores: {
        blobs: storeAt('bytes'),
        listings: {
          store: storeAt('listing'),
          key: keyFor(fleet.key, 'listings'),
          maxAgeMs: listingsMaxAgeMs,
          asker: account,
        },
      },
      secondJudge,
      timeoutMs,
      concurrency,
      ...(asOf === undefined ? {} : { now: () => new Date(asOf) }),
      ...(onEvent === undefined ? {} : { onEvent }),
    });
  const verifiers = new Map<string, Verifier>();
  const closing: Promise<void>[] = [];
  return {
    of: (asOf) => {
      const name = asOf ?? '';
      const verifier = verifiers.get(name) ?? create(asOf);
      // The one that was used last is the last in the map.
      verifiers.delete(name);
      verifiers.set(name, verifier);
      for (const [oldest, unused] of verifiers) {
        if (verifiers.size <= MOST) break;
        verifiers.delete(oldest);
        // It finishes the questions that it has.
        closing.push(unused.close());
      }
      return verifier;
    },
    close: async () => {
      await Promise.all([...closing, ...[...verifiers.values()].map(async (verifier) => verifier.close())]);
    },
  };
}
