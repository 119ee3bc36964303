import { Redis } from 'ioredis';
import type { FleetSettings } from './fleet-options.ts';

/** The name of every queue; which of them it is, its prefix says. */
export const QUEUE = 'verify';

/** What stands before the keys of one queue. In braces: all keys of a queue are in one slot of a cluster. */
export function queuePrefix(prefix: string, shard: number): string {
  return `{${prefix}:${shard}}`;
}

/** Opens a connection that waits for a Redis that is away, for as long as it takes. */
export function connect({ redis, onWarning }: Pick<FleetSettings, 'redis' | 'onWarning'>): Redis {
  const connection = new Redis(redis, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(times * 100, 2000),
  });
  // Without a listener, a lost connection would end the process. The address may hold a password, the message doesn't.
  connection.on('error', (error: Error) => onWarning(`Redis: ${error.message}`));
  return connection;
}

/** Opens a connection for what only saves work: it gives up soon, and its user does without. */
export function connectQuickly({ redis, onWarning }: Pick<FleetSettings, 'redis' | 'onWarning'>): Redis {
  const connection = new Redis(redis, {
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    commandTimeout: 1000,
    retryStrategy: (times) => Math.min(times * 100, 2000),
  });
  connection.on('error', (error: Error) => onWarning(`Redis: ${error.message}`));
  return connection;
}
