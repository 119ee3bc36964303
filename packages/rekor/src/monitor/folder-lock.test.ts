import fs from 'node:fs';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lockFolder, STALE_LOCK_MS } from './folder-lock.ts';

let folder: string;
const lost = vi.fn<(cause: unknown) => void>();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sigtrail-lock-'));
  lost.mockClear();
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const age = async (ms: number): Promise<void> => {
  const time = new Date(Date.now() - ms);
  await utimes(join(folder, '.lock'), time, time);
};

describe('the lock of a folder', () => {
  it('is held by one run at a time, and free again once it is released', async () => {
    const first = await lockFolder(folder, lost);
    expect(await lockFolder(folder, lost)).toBeUndefined();
    await first?.release();
    expect(await readdir(folder)).toEqual([]);
    const second = await lockFolder(folder, lost);
    expect(second).toBeDefined();
    await second?.release();
  });

  it('is taken by exactly one of many that ask at once', async () => {
    const locks = await Promise.all(Array.from({ length: 20 }, async () => lockFolder(folder, lost)));
    expect(locks.filter((lock) => lock !== undefined)).toHaveLength(1);
    await Promise.all(locks.map(async (lock) => lock?.release()));
  });

  it('is taken over from a run that was killed, not from one that is alive', async () => {
    await writeFile(join(folder, '.lock'), 'a run that was killed');
    await age(STALE_LOCK_MS - 5_000);
    expect(await lockFolder(folder, lost)).toBeUndefined();
    await age(STALE_LOCK_MS + 1_000);
    const locks = await Promise.all(Array.from({ length: 20 }, async () => lockFolder(folder, lost)));
    const held = locks.filter((lock) => lock !== undefined);
    expect(held).toHaveLength(1);
    await Promise.all(held.map(async (lock) => lock.release()));
    // Nothing is left aside.
    expect(await readdir(folder)).toEqual([]);
  });

  it('tells its holder when another run has taken it over, and leaves that run’s lock alone', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    try {
      const lock = await lockFolder(folder, lost);
      await writeFile(join(folder, '.lock'), 'another run');
      vi.advanceTimersByTime(STALE_LOCK_MS / 5);
      await vi.waitFor(() => expect(lost).toHaveBeenCalledOnce());
      await lock?.release();
      expect(await readFile(join(folder, '.lock'), 'utf8')).toBe('another run');
    } finally {
      vi.useRealTimers();
    }
  });

  it('leaves no listener, and no function of Node’s replaced', async () => {
    const before = [fs.close, fs.closeSync, process.emit];
    const listeners = process.eventNames().map((name) => [name, process.listenerCount(name)]);
    await (await lockFolder(folder, lost))?.release();
    expect([fs.close, fs.closeSync, process.emit]).toEqual(before);
    expect(process.eventNames().map((name) => [name, process.listenerCount(name)])).toEqual(listeners);
  });
});
