import { Redis } from 'ioredis';
import { FleetError } from './error.ts';
import { type FleetOptions, parseFleetOptions } from './fleet-options.ts';
import { addressOf, lostCodeOf } from './outage.ts';

const PATIENCE_MS = 5000;
const TRY_EVERY_MS = 250;

/**
 * Looks whether the Redis of a fleet answers, for five seconds at most. A fleet or a worker waits for its Redis without end: a program that shouldn't asks here first.
 *
 * @throws TypeError `unknown-option`, `invalid-option`; FleetError `unreachable`
 * @example
 * await reachRedis({ redis: 'redis://127.0.0.1:6379', key });
 */
export async function reachRedis(options: FleetOptions): Promise<void> {
  const { redis } = parseFleetOptions(options, 'reachRedis');
  const until = performance.now() + PATIENCE_MS;
  const connection = new Redis(redis, {
    lazyConnect: true,
    maxRetriesPerRequest: null,
    connectTimeout: PATIENCE_MS,
    commandTimeout: PATIENCE_MS,
    retryStrategy: () => (performance.now() < until ? TRY_EVERY_MS : null),
  });
  let last: Error | undefined;
  connection.on('error', (error: Error) => (last = error));
  try {
    await connection.ping();
  } catch (error) {
    const refused = error instanceof Error && error.name === 'ReplyError';
    const cause = refused ? error : (last ?? error);
    const where = `${addressOf(redis)} (${reasonOf(cause)})`;
    const message = refused
      ? `the Redis at ${where} refuses; check the user and password`
      : `no Redis answers at ${where}; is it running?`;
    throw new FleetError('unreachable', message, { cause });
  } finally {
    connection.disconnect();
  }
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? (lostCodeOf(cause) ?? cause.message) : 'unknown reason';
}
