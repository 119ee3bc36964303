import { inTime } from '@sigtrail/encoding';
import type { ImageVerdict } from './judge-image.ts';

/** Answers equal questions that are open at the same time by one piece of work. */
export interface SharedAnswers {
  /** Answers `key` by `judge`, or by the work on the same key that is under way. Never later than the deadline. */
  answer(key: string, deadline: Date, judge: () => Promise<ImageVerdict>): Promise<ImageVerdict>;
  /** How many questions were answered by the work of an earlier one. */
  readonly joined: () => number;
  /** Keys that are being worked on. */
  readonly open: () => number;
}

/**
 * Eight containers of one image, and two hundred Pods of one Deployment, are one question. Nothing outlives the work: a verdict is never kept, so that an image that was
 * signed a moment ago passes now.
 */
export function createSharedAnswers(): SharedAnswers {
  const working = new Map<string, Promise<ImageVerdict>>();
  let joined = 0;
  const start = async (key: string, judge: () => Promise<ImageVerdict>): Promise<ImageVerdict> => {
    const work = judge().finally(() => working.delete(key));
    working.set(key, work);
    return work;
  };
  return {
    answer: async (key, deadline, judge) => {
      const known = working.get(key);
      if (known === undefined) return until(deadline, start(key, judge));
      joined += 1;
      const verdict = await until(deadline, known);
      // The work had the deadline of who asked first; what is left of this one's may be enough.
      if (verdict.kind !== 'undecided' || verdict.code !== 'deadline' || deadline.getTime() <= Date.now())
        return verdict;
      return until(deadline, working.get(key) ?? start(key, judge));
    },
    joined: () => joined,
    open: () => working.size,
  };
}

const LATE: ImageVerdict = {
  kind: 'undecided',
  code: 'deadline',
  message: 'it could not be decided before the deadline of the API server',
};

/** The work, or `undecided: deadline` once that has passed: an answer that comes later reaches no API server. */
async function until(deadline: Date, work: Promise<ImageVerdict>): Promise<ImageVerdict> {
  return inTime(work, deadline.getTime() - Date.now(), () => LATE);
}
