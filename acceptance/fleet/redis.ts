import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { freePort } from '../real/free-port.ts';

/** Our own Redis on loopback. */
export interface RedisServer {
  readonly url: string;
  readonly pid: () => number;
  /** `kill -9`, and the same data again. */
  readonly crash: () => Promise<void>;
  readonly stop: () => Promise<void>;
}

/** Whether Redis is installed; `acceptance/fleet/install.sh` installs it. */
export function hasRedis(): boolean {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Starts one with an append-only file, as a queue wants it. */
export async function startRedis(extra: readonly string[] = []): Promise<RedisServer> {
  const folder = await mkdtemp(join(tmpdir(), 'sigtrail-redis-'));
  const port = await freePort();
  const url = `redis://127.0.0.1:${String(port)}`;
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(
      'redis-server',
      [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--appendonly',
        'yes',
        '--save',
        '',
        '--maxmemory-policy',
        'noeviction',
        ...extra,
      ],
      { stdio: 'ignore' },
    );
    const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
    // Until it listens, each attempt to connect fails.
    redis.on('error', () => undefined);
    while ((await redis.ping().catch((error: Error) => error.message)) !== 'PONG');
    redis.disconnect();
    return child;
  };
  let server = await start();
  const kill = async (): Promise<void> => {
    const gone = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await gone;
  };
  return {
    url,
    pid: () => server.pid ?? 0,
    crash: async () => {
      await kill();
      server = await start();
    },
    stop: async () => {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
