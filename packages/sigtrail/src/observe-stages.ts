import { channel } from 'node:diagnostics_channel';
import { isSigtrailError } from './error.ts';
import type { AnswerEnd, DecideEnd, DiscoverEnd, EstablishEnd, StageEvent, StageName, WaitEnd } from './stage-event.ts';

const events = channel('sigtrail:stage');
let questions = 0;

/** Reports the stages of one question. */
export interface Observer {
  /** Does the work of a stage, and reports its beginning and its end. */
  stage<Name extends StageName, T>(
    name: Name,
    image: string | undefined,
    work: () => Promise<T>,
    count: (result: T) => Counts[Name],
  ): Promise<T>;
}

/** What the end of each stage says besides its duration. */
interface Counts {
  readonly answer: Extra<AnswerEnd>;
  readonly wait: Extra<WaitEnd>;
  readonly discover: Extra<DiscoverEnd>;
  readonly establish: Extra<EstablishEnd>;
  readonly decide: Extra<DecideEnd>;
}
type Extra<E> = Omit<E, 'stage' | 'phase' | 'question' | 'image' | 'durationMs'>;

/** The observer of a new question; `undefined` if there is no listener. */
export function observeQuestion(onEvent: ((event: StageEvent) => void) | undefined): Observer | undefined {
  if (onEvent === undefined && !events.hasSubscribers) return undefined;
  questions += 1;
  const question = questions;
  const tell = (event: StageEvent): void => {
    if (onEvent !== undefined) tellSafely(onEvent, event);
    events.publish(event);
  };
  return {
    stage: async (stage, image, work, count) => {
      const basis = { stage, question, ...(image === undefined ? {} : { image }) };
      const started = performance.now();
      const end = (): { readonly phase: 'end'; readonly durationMs: number } => ({
        phase: 'end',
        durationMs: Math.round(performance.now() - started),
      });
      tell({ ...basis, phase: 'start' });
      try {
        const result = await work();
        // A name, its counts and its duration belong together by the type of `count`.
        tell({ ...basis, ...end(), ...count(result) } as StageEvent);
        return result;
      } catch (error) {
        tell({ ...basis, ...end(), failed: true, ...(isSigtrailError(error) ? { code: error.code } : {}) });
        throw error;
      }
    },
  };
}

/** A listener can't change an answer. If it throws, that is an uncaught exception, as with a subscriber to a diagnostics channel. */
export function tellSafely<E>(onEvent: (event: E) => void, event: E): void {
  try {
    onEvent(event);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
}

/** Does the work of a stage, and reports it if there is a listener. */
export async function observed<Name extends StageName, T>(
  observer: Observer | undefined,
  name: Name,
  image: string | undefined,
  work: () => Promise<T>,
  count: (result: T) => Counts[Name],
): Promise<T> {
  return observer === undefined ? work() : observer.stage(name, image, work, count);
}
