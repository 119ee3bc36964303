import { type Call, within } from './call.ts';

/** Reads under way, by what they read. */
export interface SharedReads {
  /**
   * Waits for the read with this key, or starts it. If its starter gives up, the next waiter starts it again.
   * Waiters are told when the read that they wait for is done.
   */
  share<T>(key: string, call: Call, read: () => Promise<T>, onJoined: (result: T) => void): Promise<T>;
}

/** Makes an empty set of reads. */
export function createSharedReads(): SharedReads {
  const flights = new Map<string, Promise<unknown>>();
  return {
    share: async <T>(key: string, call: Call, read: () => Promise<T>, onJoined: (result: T) => void): Promise<T> => {
      for (;;) {
        const flight = flights.get(key) as Promise<T> | undefined; // one key always has one kind of read
        if (flight === undefined) {
          const started = read();
          flights.set(key, started);
          // The starter waits first, so that the other waiters never find a flight that is over.
          try {
            return await started;
          } finally {
            flights.delete(key);
          }
        }
        try {
          const result = await within(flight, call.deadline);
          onJoined(result);
          return result;
        } catch (error) {
          call.deadline.check();
          if (!isOutOfTime(error)) throw error;
        }
      }
    },
  };
}

// The deadline and signal of the call that started the read, not ours.
function isOutOfTime(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'aborted' || code === 'timeout';
}
