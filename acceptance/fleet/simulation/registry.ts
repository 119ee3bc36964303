import {
  BEGIN_WITH,
  lowered,
  raised,
  raiseEveryMs,
  READ_EVERY_MS,
  SPREAD_MS,
  TOGETHER_MS,
} from '../../../packages/fleet/src/gate-rules.ts';
import type { Clock, Process } from './clock.ts';

/** Chance, from a seed. */
export interface Chance {
  /** From 0 to 1, without 1. */
  readonly next: () => number;
}

/** A registry that lets so many requests through in a second, as the front of the measured runs does. */
export interface Registry {
  readonly perSecond: number;
  readonly latencyMs: number;
  /** Every so manieth answer is a 503 that may be asked again at once. */
  readonly faultInEvery: number;
  second: { begins: number; requests: number };
  /** Requests that were let through, and those that were not. */
  requests: number;
  throttled: number;
}

/** How the registry is, and nothing asked yet. */
export function createRegistry(options: Pick<Registry, 'perSecond' | 'latencyMs' | 'faultInEvery'>): Registry {
  return { ...options, second: { begins: Number.NEGATIVE_INFINITY, requests: 0 }, requests: 0, throttled: 0 };
}

/** What all workers know of a registry together: the keys of the gate in Redis. */
export interface SharedGate {
  /** A limit that was given is a ceiling. */
  readonly given: number | undefined;
  limit: number | undefined;
  isKnown: boolean;
  pausedUntil: number;
  quietUntil: number;
  saidUntil: number;
  second: { begins: number; requests: number };
}

/** A gate that knows nothing. */
export function createSharedGate(given?: number): SharedGate {
  return {
    given,
    limit: undefined,
    isKnown: false,
    pausedUntil: 0,
    quietUntil: 0,
    saidUntil: 0,
    second: { begins: Number.NEGATIVE_INFINITY, requests: 0 },
  };
}

/** Asks the registry once: waits at the gate, and tells it of the answer. */
export type AskRegistry = (answered: (status: number) => void) => Process;

const RETRY_AFTER_MS = 1000;

/** How one process asks a registry. */
export function createAsker(clock: Clock, chance: Chance, registry: Registry, shared: SharedGate): AskRegistry {
  let [perSecond, readAt, pausedUntil] = [shared.given ?? BEGIN_WITH, Number.NEGATIVE_INFINITY, 0];
  const ceiling = shared.given ?? Number.POSITIVE_INFINITY;
  const readLimit = (): void => {
    if (clock.now() - readAt < READ_EVERY_MS) return;
    readAt = clock.now();
    perSecond = Math.min(ceiling, shared.limit ?? shared.given ?? BEGIN_WITH);
    pausedUntil = Math.max(pausedUntil, shared.pausedUntil);
  };
  const raise = (): void => {
    if (perSecond >= ceiling || clock.now() < shared.quietUntil) return;
    shared.quietUntil = clock.now() + raiseEveryMs(shared.isKnown);
    perSecond = shared.limit = raised(perSecond, shared.isKnown, ceiling);
  };
  const learn = (): void => {
    const now = clock.now();
    pausedUntil = Math.max(pausedUntil, now + RETRY_AFTER_MS);
    shared.pausedUntil = now + RETRY_AFTER_MS;
    shared.quietUntil = now + RETRY_AFTER_MS + raiseEveryMs(true);
    if (now < shared.saidUntil) return;
    shared.saidUntil = now + RETRY_AFTER_MS + TOGETHER_MS;
    perSecond = shared.limit = lowered(perSecond, shared.isKnown);
    shared.isKnown = true;
  };
  function* enter(): Process {
    for (;;) {
      readLimit();
      const pausedMs = pausedUntil - clock.now();
      if (pausedMs > 0) {
        yield pausedMs + chance.next() * SPREAD_MS;
        continue;
      }
      const waitMs = takeTurn(shared.second, clock.now(), perSecond);
      if (waitMs === 0) return;
      raise();
      yield waitMs + chance.next() * SPREAD_MS;
    }
  }
  return function* ask(answered) {
    yield* enter();
    yield registry.latencyMs;
    if (takeTurn(registry.second, clock.now(), registry.perSecond) > 0) {
      registry.throttled += 1;
      learn();
      answered(429);
      return;
    }
    registry.requests += 1;
    answered(registry.requests % registry.faultInEvery === 0 ? 503 : 200);
  };
}

/** Counts a request in the current second. Milliseconds until the next one, where this one is full; 0 where it isn't. */
function takeTurn(second: { begins: number; requests: number }, now: number, most: number): number {
  if (now - second.begins >= 1000) [second.begins, second.requests] = [now, 0];
  second.requests += 1;
  return second.requests > most ? Math.max(1, second.begins + 1000 - now) : 0;
}
