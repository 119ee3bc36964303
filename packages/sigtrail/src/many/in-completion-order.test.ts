import { setTimeout as wait } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { inCompletionOrder } from './in-completion-order.ts';

const forever = async (): Promise<never> => new Promise<never>(() => undefined);
const bounds = { most: 3, signal: undefined };

/** A source that counts what was taken from it, and says whether it was closed. */
function source(length: number): {
  readonly items: Iterable<number>;
  readonly taken: () => number;
  readonly closed: () => boolean;
} {
  let taken = 0;
  let closed = false;
  function* generate(): Generator<number> {
    try {
      for (let item = 0; item < length; item += 1) {
        taken += 1;
        yield item;
      }
    } finally {
      closed = true;
    }
  }
  return { items: generate(), taken: () => taken, closed: () => closed };
}

async function all<T>(results: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const result of results) found.push(result);
  return found;
}

describe('work in completion order', () => {
  it('yields every result once, the quickest first', async () => {
    const work = async (ms: number): Promise<number> => wait(ms, ms);
    expect(await all(inCompletionOrder([60, 1, 30], work, bounds))).toEqual([1, 30, 60]);
    expect(await all(inCompletionOrder([], work, bounds))).toEqual([]);
  });

  it('works on no more items at a time than it may, and takes no more from the source', async () => {
    const { items, taken } = source(1_000_000);
    let running = 0;
    let most = 0;
    const work = async (item: number): Promise<number> => {
      running += 1;
      most = Math.max(most, running);
      await wait(1);
      running -= 1;
      return item;
    };
    let seen = 0;
    for await (const result of inCompletionOrder(items, work, bounds)) {
      expect(result).toBeGreaterThanOrEqual(0);
      seen += 1;
      // A slow reader: nothing is worked ahead for it beyond the bound.
      await wait(1);
      expect(taken() - seen).toBeLessThanOrEqual(3);
      if (seen === 50) break;
    }
    expect(most).toBe(3);
  });

  it('takes from an asynchronous source, whose next item may come late, while results come', async () => {
    const { promise, resolve: send } = Promise.withResolvers<void>();
    async function* late(): AsyncGenerator<string> {
      yield 'first';
      await promise;
      yield 'second';
    }
    const results = inCompletionOrder(late(), async (item) => Promise.resolve(item), bounds);
    expect((await results.next()).value).toBe('first');
    send();
    expect(await all(results)).toEqual(['second']);
  });

  it('fires the signal of the work, waits for its end and closes the source when the loop is left', async () => {
    const { items, closed } = source(10);
    const stopped: number[] = [];
    const work = async (item: number, given: AbortSignal): Promise<number> => {
      if (item === 0) return item;
      await new Promise((resolve) => given.addEventListener('abort', resolve, { once: true }));
      stopped.push(item);
      throw given.reason as Error;
    };
    for await (const result of inCompletionOrder(items, work, bounds)) {
      expect(result).toBe(0);
      break;
    }
    expect(stopped).toEqual([1, 2, 3]);
    expect(closed()).toBe(true);
  });

  it('is left at once though the source has not answered', async () => {
    async function* silent(): AsyncGenerator<number> {
      yield 1;
      await forever();
    }
    for await (const result of inCompletionOrder(silent(), async (item) => Promise.resolve(item), bounds)) {
      expect(result).toBe(1);
      break;
    }
  });

  it('finishes and yields what was begun when the signal aborts, takes nothing more, and throws its reason', async () => {
    const { items, taken, closed } = source(10);
    const stop = new AbortController();
    const reason = new Error('the user pressed stop');
    const seen: number[] = [];
    const work = async (item: number): Promise<number> => wait(item === 0 ? 1 : 30, item);
    const reading = (async () => {
      for await (const item of inCompletionOrder(items, work, { most: 3, signal: stop.signal })) {
        seen.push(item);
        stop.abort(reason);
      }
    })();
    await expect(reading).rejects.toBe(reason);
    expect(seen).toHaveLength(taken());
    expect(seen.length).toBeLessThan(5);
    expect(closed()).toBe(true);
  });

  it('throws the reason of a signal that had aborted before, and takes nothing', async () => {
    const { items, taken } = source(10);
    const reason = new Error('too late');
    const work = async (item: number): Promise<number> => Promise.resolve(item);
    await expect(all(inCompletionOrder(items, work, { most: 3, signal: AbortSignal.abort(reason) }))).rejects.toBe(
      reason,
    );
    expect(taken()).toBe(0);
  });

  it('throws what the work throws, after the results of what was begun', async () => {
    const broken = new Error('broken');
    const seen: number[] = [];
    const work = async (item: number): Promise<number> => {
      await wait(item === 1 ? 5 : 20);
      if (item === 1) throw broken;
      return item;
    };
    const reading = (async () => {
      for await (const item of inCompletionOrder(source(10).items, work, bounds)) seen.push(item);
    })();
    await expect(reading).rejects.toBe(broken);
    expect(seen).toEqual([0, 2]);
  });

  it('throws what the source throws, after the results of what was begun', async () => {
    const broken = new Error('the list broke off');
    const seen: number[] = [];
    function* breaking(): Generator<number> {
      yield 1;
      throw broken;
    }
    const reading = (async () => {
      for await (const item of inCompletionOrder(breaking(), async (one) => wait(10, one), bounds)) seen.push(item);
    })();
    await expect(reading).rejects.toBe(broken);
    expect(seen).toEqual([1]);
  });
});
