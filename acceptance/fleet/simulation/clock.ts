import { createLine } from './line.ts';

/** What a process of the simulation waits for: so many milliseconds, or a place. */
export type Wait = number | Place;

/** Something that goes on in simulated time: a generator that yields what it waits for. */
export type Process = Generator<Wait, void, void>;

/** Simulated time. It goes from one event to the next; nothing waits for a real clock. */
export interface Clock {
  /** Milliseconds since the beginning. */
  readonly now: () => number;
  readonly start: (process: Process) => void;
  /** A fixed number of places. A process that yields it holds one when it continues, first in, first out, and must leave it. */
  readonly places: (capacity: number) => Place;
  /** Runs until nothing is left to happen, or until that time. */
  readonly run: (until?: number) => void;
}

/** Places that processes take and leave: the cores of a machine, the one thread of Redis, jobs in a queue. */
export interface Place {
  readonly leave: () => void;
  /** Milliseconds for which places were taken, all of them together. */
  readonly busyMs: () => number;
  /** For the clock: has `resume` called at once, or when a place is left. */
  readonly take: (resume: () => void) => void;
}

/** Starts at 0. */
export function createClock(): Clock {
  const events = createHeap();
  let now = 0;
  const goOn = (process: Process): void => {
    const { done, value } = process.next();
    if (done === true) return;
    if (typeof value === 'number') events.push(now + value, () => goOn(process));
    else value.take(() => goOn(process));
  };
  return {
    now: () => now,
    start: (process) => events.push(now, () => goOn(process)),
    places: (capacity) => createPlaces(capacity, { now: () => now, soon: (work) => events.push(now, work) }),
    run: (until = Number.POSITIVE_INFINITY) => {
      for (let next = events.pop(until); next !== undefined; next = events.pop(until)) {
        now = next.at;
        next.work();
      }
      if (Number.isFinite(until)) now = until;
    },
  };
}

/** Has a place for so long. */
export function* work(place: Place, ms: number): Process {
  yield place;
  yield ms;
  place.leave();
}

function createPlaces(
  capacity: number,
  { now, soon }: { readonly now: () => number; readonly soon: (work: () => void) => void },
): Place {
  let [free, taken, busyMs, since] = [capacity, 0, 0, 0];
  const line = createLine<() => void>();
  const count = (change: number): void => {
    busyMs += taken * (now() - since);
    since = now();
    taken += change;
  };
  return {
    take: (resume) => {
      if (free === 0) {
        line.push(resume);
        return;
      }
      free -= 1;
      count(1);
      soon(resume);
    },
    leave: () => {
      const next = line.shift();
      if (next !== undefined) {
        soon(next);
        return;
      }
      free += 1;
      count(-1);
    },
    busyMs: () => busyMs + taken * (now() - since),
  };
}

interface Event {
  readonly at: number;
  readonly turn: number;
  readonly work: () => void;
}

/** Events by time; those of one moment in the order in which they were planned, so that a run can be had again. */
function createHeap(): {
  readonly push: (at: number, work: () => void) => void;
  readonly pop: (until: number) => Event | undefined;
} {
  const heap: Event[] = [];
  let turn = 0;
  const isBefore = (one: Event | undefined, other: Event | undefined): boolean =>
    one !== undefined && (other === undefined || one.at < other.at || (one.at === other.at && one.turn < other.turn));
  return {
    push: (at, work) => {
      const event = { at, turn: (turn += 1), work };
      let index = heap.length;
      for (let parent = (index - 1) >> 1; index > 0 && isBefore(event, heap[parent]); parent = (index - 1) >> 1) {
        heap[index] = heap[parent] ?? event;
        index = parent;
      }
      heap[index] = event;
    },
    pop: (until) => {
      const [first] = heap;
      if (first === undefined || first.at > until) return undefined;
      const last = heap.pop() ?? first;
      if (heap.length === 0) return first;
      let index = 0;
      for (;;) {
        const left = 2 * index + 1;
        const child = isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
        if (!isBefore(heap[child], last)) break;
        heap[index] = heap[child] ?? last;
        index = child;
      }
      heap[index] = last;
      return first;
    },
  };
}
