import { type Deadline, startDeadline } from '@sigtrail/http';
import { type Call, within } from './call.ts';

/** Reads under way, by what they read. */
export interface SharedReads {
  /** Joins the read that has this key, or starts it. It lives as long as anyone waits for it. Whoever joined is told when it is done. */
  share<T>(key: string, call: Call, read: (call: Call) => Promise<T>, onJoined: (result: T) => void): Promise<T>;
}

interface Flight {
  readonly result: Promise<unknown>;
  readonly waiting: Set<Deadline>;
  readonly end: () => void;
}

/** Makes an empty set of reads. */
export function createSharedReads(): SharedReads {
  const flights = new Map<string, Flight>();
  return {
    share: async <T>(
      key: string,
      call: Call,
      read: (call: Call) => Promise<T>,
      onJoined: (result: T) => void,
    ): Promise<T> => {
      let flight = flights.get(key);
      const joined = flight !== undefined;
      if (flight === undefined) {
        flight = startFlight(call, read, () => flights.delete(key));
        flights.set(key, flight);
      } else {
        flight.waiting.add(call.deadline);
      }
      try {
        const result = (await within(flight.result, call.deadline)) as T; // one key always has one kind of read
        if (joined) onJoined(result);
        return result;
      } finally {
        flight.waiting.delete(call.deadline);
        if (flight.waiting.size === 0) {
          flights.delete(key);
          flight.end();
        }
      }
    },
  };
}

function startFlight<T>(call: Call, read: (call: Call) => Promise<T>, onDone: () => void): Flight {
  const controller = new AbortController();
  const waiting = new Set([call.deadline]);
  const inner = startDeadline(Number.POSITIVE_INFINITY, controller.signal);
  // As long as the most patient of those who wait: a Retry-After nobody has the time for must end the read, not be slept through.
  const deadline: Deadline = {
    ...inner,
    remainingMs: () => Math.max(0, ...[...waiting].map((one) => one.remainingMs())),
  };
  const result = read({ ...call, deadline }).finally(() => {
    onDone();
    inner.clear();
  });
  result.catch(() => undefined); // whoever waits sees it; nobody may be left waiting
  return { result, waiting, end: () => controller.abort() };
}
