import { describe, expect, test } from 'vitest';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { runReplays } from './replays.ts';
import { whileCutOff } from './cut-off.ts';

const fixtures = fixturesIfPresent();

describe.skipIf(fixtures === undefined)('capsules of everything in the local stack', () => {
  test('replay to the byte without sockets, files and the right time', async () => {
    const { capsules, verdicts, wrong } = await runReplays(fixtures ?? '');
    expect(wrong).toEqual([]);
    expect(capsules).toBeGreaterThan(200);
    expect(Object.keys(verdicts).toSorted()).toEqual(['indeterminate', 'rejected', 'verified']);
  }, 240_000);
});

describe('a process that is cut off', () => {
  test('can reach nothing, and can again afterwards', async () => {
    const { readFile } = await import('node:fs/promises');
    const read = async (): Promise<unknown> => readFile(import.meta.filename);
    const connect = async (): Promise<unknown> => fetch('http://127.0.0.1:1/').catch((error: unknown) => error);
    await expect(whileCutOff('throws', async () => Date.now())).rejects.toThrow('the clock was touched');
    await expect(whileCutOff('throws', async () => new Date())).rejects.toThrow('the clock was touched');
    await expect(whileCutOff('throws', async () => fetch('http://127.0.0.1:1/'))).rejects.toThrow('the network');
    const { promises } = await import('node:fs');
    await expect(whileCutOff('wrong', async () => promises.readFile(import.meta.filename))).rejects.toThrow(
      'the file system',
    );
    expect(await whileCutOff('wrong', async () => [new Date().getUTCFullYear(), new Date(0).getTime()])).toEqual([
      1999, 0,
    ]);
    expect(new Date().getUTCFullYear()).toBeGreaterThan(2025);
    await expect(read()).resolves.toBeDefined();
    expect(await connect()).toBeInstanceOf(TypeError);
  });
});
