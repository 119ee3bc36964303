import { chanceOf } from './chance.ts';
import { type Fleet, type QuestionCost, type Seen, startFleet } from './scan-model.ts';

/** A scan like the measured ones of `acceptance/fleet/run.ts`: images behind a registry that lets so many requests a second through and fails now and then. */
export interface MeasuredScan {
  readonly workers: number;
  readonly images: number;
  readonly perSecond: number;
  readonly cores: number;
  /** Processor time of an image that is seen for the first time, and what loading the code of a worker takes. */
  readonly cpuMs: number;
  readonly startMs: number;
  readonly redisMs: number;
}

/** What the client asks about a signed image, and about an unsigned one, whose places are asked twice before that is said. */
const SIGNED = [4, 1, 1];
const UNSIGNED = [4, 3];

/** Simulates the scan with so many seeds, and takes the mean. */
export function simulateScan(scan: MeasuredScan, seeds: number): Seen & { readonly runs: number } {
  const all = Array.from({ length: seeds }, (_, index) => simulateOnce(scan, index + 1));
  const mean = (of: (seen: Seen) => number): number => all.reduce((sum, one) => sum + of(one), 0) / seeds;
  return {
    runs: seeds,
    seconds: mean(({ seconds }) => seconds),
    answered: mean(({ answered }) => answered),
    requests: mean(({ requests }) => requests),
    throttled: mean(({ throttled }) => throttled),
    busy: {
      registries: mean(({ busy }) => busy.registries),
      workers: mean(({ busy }) => busy.workers),
      redis: mean(({ busy }) => busy.redis),
    },
  };
}

/** Simulates it once. */
export function simulateOnce(scan: MeasuredScan, seed: number): Seen {
  const { workers, images, perSecond, cores, cpuMs, startMs, redisMs } = scan;
  const fleet: Fleet = {
    workers,
    concurrency: 16,
    cores,
    startMs,
    // Of the requests about an image, one is its asker's.
    askMs: cpuMs / 7,
    redisNodes: 1,
    accounts: [{ perSecond, latencyMs: 3, faultInEvery: 100 }],
    areLimitsGiven: false,
  };
  const running = startFleet(fleet, chanceOf(seed));
  const costOf = (requests: readonly number[]): QuestionCost => ({ cpuMs, redisMs, requests });
  for (let index = 0; index < images; index += 1)
    running.ask({ cost: costOf(index % 3 === 2 ? UNSIGNED : SIGNED), account: 0, isTag: true });
  running.clock.run();
  return running.seen();
}
