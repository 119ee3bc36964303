import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What one run of a program takes. */
export interface Cost {
  /** From its start to its end: the shortest of several runs. */
  readonly wallMs: number;
  /** The most memory it held at once, as the kernel counts it; not a number where there is no `/proc`. */
  readonly bytes: number;
}

const ROUNDS = 9;

/**
 * Measures programs in turns, so that what else the machine does is the same for all of them. Each has a home of its own, which it keeps between
 * its runs: what it caches there is cached, as on a user's machine. The environment has nothing else in it.
 *
 * @throws Error where a program doesn't end with 0
 */
export async function measurePrograms(
  programs: ReadonlyMap<string, readonly string[]>,
): Promise<ReadonlyMap<string, Cost>> {
  // Not below the folder for temporary files: what is cached must not be where others can write.
  const home = await mkdtemp(join(process.env['HOME'] ?? tmpdir(), '.sigtrail-start-up-'));
  const costs = new Map<string, Cost>();
  try {
    for (const words of programs.values()) await runOnce(words, home, false);
    for (let round = 0; round < ROUNDS; round++)
      for (const [name, words] of programs) {
        // Watching takes time of its own: the first rounds are for memory.
        const isWatched = round < 3;
        const { wallMs, bytes } = await runOnce(words, home, isWatched);
        const best = costs.get(name);
        costs.set(name, {
          wallMs: Math.min(best?.wallMs ?? Number.POSITIVE_INFINITY, isWatched ? Number.POSITIVE_INFINITY : wallMs),
          bytes: Math.max(best?.bytes ?? 0, bytes),
        });
      }
    return costs;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

async function runOnce([program = '', ...args]: readonly string[], home: string, isWatched: boolean): Promise<Cost> {
  const started = performance.now();
  const env = { PATH: process.env['PATH'], HOME: home };
  const child = spawn(program, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  let bytes = 0;
  const watch = isWatched ? setInterval(() => (bytes = Math.max(bytes, peakOf(child.pid))), 1) : undefined;
  const [status] = (await once(child, 'close')) as [number | null];
  clearInterval(watch);
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${status}:\n${said}`);
  return { wallMs: performance.now() - started, bytes };
}

/** The kernel's own record of the most that a process has held; 0 where it has ended. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) * 1024;
  } catch {
    return 0; // it ended in between, or there is no /proc
  }
}
