import { chanceOf } from './chance.ts';
import { type Fleet, type QuestionCost, type Seen, startFleet } from './scan-model.ts';

/** What a day asks. */
export interface Load {
  readonly questionsADay: number;
  /** How many of them are about images that no worker has seen: from 0 to 1. */
  readonly newShare: number;
}

/** What there must be of each, and how busy it then is. */
export interface Sizing {
  readonly accounts: number;
  readonly workers: number;
  readonly redisNodes: number;
  /** What was saturated with less, in that order. */
  readonly saturated: readonly Part[];
  readonly seen: Seen;
}

/** What can be saturated. */
export type Part = 'registry account' | 'worker' | 'Redis';

/** Measured by acceptance/fleet/cost-run.ts, and stated in docs/fleet.md. */
export const NEW_IMAGE: QuestionCost = { cpuMs: 19.2, redisMs: 0.77, requests: [4, 1, 1] };
/** Its evidence is stored. Whether there is nothing at the two other places is never taken from a store. */
export const STORED_IMAGE: QuestionCost = { cpuMs: 6.6, redisMs: 0.43, requests: [2] };

/** A registry that lets an account ask a thousand times a minute. */
const ACCOUNT = { perSecond: 1000 / 60, latencyMs: 50, faultInEvery: 100 };
const SIMULATED_MS = 20_000;
/** A fleet that answers less than that of what it is asked falls behind. */
const KEEPS_UP = 0.98;
const BUSY: Readonly<Record<Part, keyof Seen['busy']>> = {
  'registry account': 'registries',
  worker: 'workers',
  Redis: 'redis',
};

/** Begins with one of each, and adds to what is saturated until the fleet keeps up. */
export function sizeFor(load: Load, seed: number): Sizing {
  const counts: Record<Part, number> = { 'registry account': 1, worker: 1, Redis: 1 };
  const saturated: Part[] = [];
  for (;;) {
    const { seen, asked } = simulateDay(load, counts, seed);
    const { 'registry account': accounts, worker: workers, Redis: redisNodes } = counts;
    if (seen.answered >= KEEPS_UP * asked) return { accounts, workers, redisNodes, saturated, seen };
    const part = busiest(seen);
    if (!saturated.includes(part)) saturated.push(part);
    counts[part] = Math.ceil(counts[part] * Math.min(2, Math.max(1.1, asked / Math.max(1, seen.answered))));
  }
}

/** Some seconds of the day, after a second in which the fleet fills. */
function simulateDay(
  { questionsADay, newShare }: Load,
  { 'registry account': accounts, worker: workers, Redis: redisNodes }: Readonly<Record<Part, number>>,
  seed: number,
): { readonly seen: Seen; readonly asked: number } {
  const chance = chanceOf(seed);
  const fleet: Fleet = {
    workers,
    concurrency: 16,
    startMs: 0,
    askMs: 0,
    redisNodes,
    accounts: Array.from({ length: accounts }, () => ACCOUNT),
    areLimitsGiven: true,
  };
  const running = startFleet(fleet, chance);
  const meanMs = 86_400_000 / questionsADay;
  let asked = 0;
  function* arrive(): Generator<number, void, void> {
    while (running.clock.now() < SIMULATED_MS) {
      running.ask({
        cost: chance.next() < newShare ? NEW_IMAGE : STORED_IMAGE,
        account: Math.floor(chance.next() * accounts),
        isTag: false,
      });
      asked += 1;
      yield -Math.log(1 - chance.next()) * meanMs;
    }
  }
  running.clock.start(arrive());
  // What came last is given a second to be answered.
  running.clock.run(SIMULATED_MS + 1000);
  return { seen: running.seen(), asked };
}

function busiest({ busy }: Seen): Part {
  const parts: readonly Part[] = ['registry account', 'worker', 'Redis'];
  return parts.reduce((one, other) => (busy[BUSY[other]] > busy[BUSY[one]] ? other : one));
}
