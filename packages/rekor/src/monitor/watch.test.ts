import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createWorld, type World } from '../../test/watched-log.ts';
import type { WatchRun } from './watch-run.ts';

let world: World;
beforeEach(async () => {
  world = await createWorld();
  world.sign();
});
afterEach(() => world.close());

describe('watching with a signal', () => {
  it('looks again and again until it is aborted, and leaves a state to continue from', async () => {
    await using watcher = world.watcher();
    const controller = new AbortController();
    const runs: WatchRun[] = [];
    await watcher.watch(1, {
      signal: controller.signal,
      onRun: (run) => {
        runs.push(run);
        world.sign();
        if (runs.length === 3) controller.abort();
      },
    });
    expect(runs.map(({ exitCode }) => exitCode)).toEqual([10, 10, 10]);
    expect((await watcher.run()).events).toHaveLength(1);
  });

  it('ends at once while it waits for the next run', async () => {
    await using watcher = world.watcher();
    const controller = new AbortController();
    let runs = 0;
    const over = watcher.watch(2 ** 31 - 1, { signal: controller.signal, onRun: () => void (runs += 1) });
    while (runs === 0) await new Promise(setImmediate);
    controller.abort();
    await over;
    expect(runs).toBe(1);
  });

  it('makes no run when it is aborted before, and is refused without a signal', async () => {
    await using watcher = world.watcher();
    let runs = 0;
    await watcher.watch(1, { signal: AbortSignal.abort(), onRun: () => void (runs += 1) });
    expect(runs).toBe(0);
    await expect(watcher.watch(1, {} as { signal: AbortSignal })).rejects.toThrow('must be an AbortSignal');
  });

  it('frees the state when it is aborted while the log is silent', async () => {
    const { server } = world;
    server.lie = () => new Promise(() => undefined) as never;
    await using watcher = world.watcher();
    const controller = new AbortController();
    const over = watcher.watch(1, { signal: controller.signal }).catch((error: unknown) => error);
    setTimeout(() => controller.abort(new Error('stop')), 20);
    await over;
    server.lie = undefined;
    expect(await watcher.run()).toMatchObject({ exitCode: 10 });
  });
});
