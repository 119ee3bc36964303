import { describe, expect, it } from 'vitest';
import { chanceOf } from './chance.ts';
import { createClock, type Process, work } from './clock.ts';
import { simulateOnce } from './scan.ts';
import { sizeFor } from './sizing.ts';

describe('the clock of the simulation', () => {
  it('gives places to those who wait, first in, first out', () => {
    const clock = createClock();
    const place = clock.places(1);
    const order: string[] = [];
    function* one(name: string, arrivesAt: number): Process {
      yield arrivesAt;
      yield* work(place, 10);
      order.push(`${name} at ${String(clock.now())}`);
    }
    for (const [name, at] of [
      ['second', 1],
      ['third', 1],
      ['first', 0],
    ] as const)
      clock.start(one(name, at));
    clock.run();
    expect(order).toEqual(['first at 10', 'second at 20', 'third at 30']);
    expect(place.busyMs()).toBe(30);
  });

  it('keeps customers of a busy place waiting for as long as theory says', () => {
    const clock = createClock();
    const [chance, place] = [chanceOf(7), clock.places(1)];
    const customers = 50_000;
    let waited = 0;
    function* customer(): Process {
      const came = clock.now();
      yield place;
      waited += clock.now() - came;
      yield 1;
      place.leave();
    }
    function* arrive(): Process {
      for (let count = 0; count < customers; count += 1) {
        clock.start(customer());
        yield -Math.log(1 - chance.next()) / 0.8;
      }
    }
    clock.start(arrive());
    clock.run();
    // Pollaczek and Khinchine, of equal services at a load of 0.8: 0.8 / (2 · 0.2).
    expect(waited / customers).toBeGreaterThan(1.8);
    expect(waited / customers).toBeLessThan(2.2);
  });
});

describe('a simulated scan', () => {
  const scan = { workers: 2, images: 60, perSecond: 20, cores: 2, cpuMs: 19.2, startMs: 1000, redisMs: 0.77 };

  it('is the same for the same seed, and another one for another', () => {
    expect(simulateOnce(scan, 1)).toEqual(simulateOnce(scan, 1));
    expect(simulateOnce(scan, 1)).not.toEqual(simulateOnce(scan, 2));
  });

  it('answers everything, with the requests of the measured runs, no faster than the registry allows', () => {
    const { answered, requests, seconds } = simulateOnce(scan, 1);
    const fewest = 60 + 40 * 6 + 20 * 7;
    expect(answered).toBe(60);
    expect(requests).toBeGreaterThanOrEqual(fewest);
    expect(requests).toBeLessThan(1.1 * fewest);
    expect(seconds).toBeGreaterThan(fewest / 20 - 1);
  });
});

describe('the size of a fleet', () => {
  it.each([
    [1e5, 0, []],
    [1e6, 0, ['registry account']],
    [1e7, 1, ['registry account', 'worker']],
  ] as const)('for %i questions a day, %d of them new, is bounded by %j', (questionsADay, newShare, saturated) => {
    const size = sizeFor({ questionsADay, newShare }, 1);
    expect(size.saturated).toEqual(saturated);
    expect(size).toEqual(sizeFor({ questionsADay, newShare }, 1));
  });
});
