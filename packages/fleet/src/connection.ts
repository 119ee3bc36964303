import { Redis } from 'ioredis';
import type { FleetSettings } from './fleet-options.ts';
import type { Outage } from './outage.ts';

/** The name of every queue; which of them it is, its prefix says. */
export const QUEUE = 'verify';

/** What stands before the keys of one queue. In braces: all keys of a queue are in one slot of a cluster. */
export function queuePrefix(prefix: string, shard: number): string {
  return `{${prefix}:${shard}}`;
}

/** Opens a connection that waits for a Redis that is away, for as long as it takes. */
export function connect({ redis, outage }: Pick<FleetSettings, 'redis' | 'outage'>): Redis {
  const connection = new Redis(redis, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 100, 2000),
  });
  return watched(connection, outage);
}

/** Opens a connection for what only saves work: it gives up soon, and its user does without. */
export function connectQuickly({ redis, outage }: Pick<FleetSettings, 'redis' | 'outage'>): Redis {
  const connection = new Redis(redis, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: 1000,
    retryStrategy: (times) => Math.min(times * 100, 2000),
  });
  return watched(connection, outage);
}

/** Without a listener for errors, a lost connection would end the process. */
function watched(connection: Redis, outage: Outage): Redis {
  connection.on('error', (error: Error) => outage.failed('Redis', error));
  connection.on('ready', () => outage.answered());
  return connection;
}
