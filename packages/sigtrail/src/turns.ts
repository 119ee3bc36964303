import { counted } from '@sigtrail/encoding';
import { SigtrailError } from './error.ts';
import { nestingDepth } from './nested-question.ts';

/** How many questions are answered at a time, and how many more may wait. */
export interface TurnLimits {
  readonly concurrency: number;
  readonly maxQueue: number;
}

/** How long a question waits for its turn: until one of the signals fires, or until a reading of `performance.now()`. */
export interface Patience {
  readonly signals: readonly AbortSignal[];
  readonly end?: number | undefined;
}

/** Ends a turn. Ending it again changes nothing. */
export type EndTurn = () => void;

/** Gives questions their turns, first in, first out. */
export interface Turns {
  /**
   * Waits for a turn. `undefined`: the wait ended first, and there is no turn to end.
   *
   * @throws SigtrailError `overloaded`; a signal's own reason
   */
  take(patience: Patience): Promise<EndTurn | undefined>;
}

/**
 * Makes the turns of one verifier. Questions that a policy's own code asks wait in a line of their own: the question that runs this code keeps its
 * turn until it has the answer, so in a single line the two could wait for each other forever.
 */
export function createTurns({ concurrency, maxQueue }: TurnLimits): Turns {
  const lines = new Map<number, Turns>();
  return {
    take: async (patience) => {
      const depth = nestingDepth();
      const line = lines.get(depth) ?? createLine(concurrency, depth === 0 ? maxQueue : Number.POSITIVE_INFINITY);
      lines.set(depth, line);
      return line.take(patience);
    },
  };
}

function createLine(concurrency: number, maxQueue: number): Turns {
  let taken = 0;
  // Keeps the order of arrival; leaving from anywhere is quick.
  const waiting = new Set<() => void>();

  const endOnce = (): EndTurn => {
    let isEnded = false;
    return () => {
      if (isEnded) return;
      isEnded = true;
      const [first] = waiting;
      // The turn goes to the first in the line without being free in between, so that no newcomer can take it.
      if (first === undefined) taken -= 1;
      else first();
    };
  };

  const wait = async ({ signals, end }: Patience): Promise<EndTurn | undefined> =>
    new Promise((resolve, reject) => {
      const leave = (): void => {
        waiting.delete(enter);
        clearTimeout(timer);
        for (const signal of signals) signal.removeEventListener('abort', abort);
      };
      const enter = (): void => {
        leave();
        resolve(endOnce());
      };
      const abort = (): void => {
        leave();
        reject(signals.find(({ aborted }) => aborted)?.reason as Error);
      };
      const timer = startTimer(end, () => {
        leave();
        resolve(undefined);
      });
      for (const signal of signals) signal.addEventListener('abort', abort, { once: true });
      waiting.add(enter);
    });

  return {
    take: async (patience) => {
      for (const signal of patience.signals) signal.throwIfAborted();
      if (patience.end !== undefined && patience.end <= performance.now()) return undefined;
      if (taken < concurrency) {
        taken += 1;
        return endOnce();
      }
      if (waiting.size >= maxQueue)
        throw new SigtrailError(
          'overloaded',
          `${counted(taken, 'question is', 'questions are')} being answered and ${counted(waiting.size, 'waits', 'wait')}, as many as "maxQueue" allows; ask again later`,
        );
      return wait(patience);
    },
  };
}

/** Node's timers fire at once above 2^31-1 ms; nothing here waits that long. */
function startTimer(end: number | undefined, fire: () => void): NodeJS.Timeout | undefined {
  const ms = end === undefined ? Number.POSITIVE_INFINITY : end - performance.now();
  return ms > 2 ** 31 - 1 ? undefined : setTimeout(fire, Math.ceil(ms));
}
