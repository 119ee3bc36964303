import type { Redis } from 'ioredis';
import { createVerifier, type Verifier } from 'sigtrail';
import { bytesStore, listingStore } from './redis-store.ts';
import type { RegistryGate } from './registry-gate.ts';
import { keyFor } from './seal.ts';
import type { WorkerSettings } from './worker-options.ts';

/** The verifiers of a worker: one for the clock on the wall, and one for each time that questions are asked as of. */
export interface Verifiers {
  of(asOf: string | undefined): Verifier;
  close(): Promise<void>;
}

const MOST = 8;

/** Makes them when they are asked for. They share the stores and the gate. */
export function createVerifiers(settings: WorkerSettings, redis: Redis, gate: RegistryGate): Verifiers {
  const { fleet, trust, registry, secondJudge, timeoutMs, concurrency, listingsMaxAgeMs, onEvent, account } = settings;
  const create = (asOf: string | undefined): Verifier =>
    createVerifier({
      trust,
      registry: { ...registry, gate },
      stores: {
        blobs: bytesStore(redis, fleet.prefix),
        listings: {
          store: listingStore(redis, fleet.prefix),
          key: keyFor(fleet, 'listings'),
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
