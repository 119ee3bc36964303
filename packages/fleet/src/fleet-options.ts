import { checkOptions, expecting, optionError, type OptionTable } from '@sigtrail/encoding';
import type { Telemetry } from 'bullmq';
import { createOutage, type Outage } from './outage.ts';

/** What every process of a fleet is told alike. */
export interface FleetOptions {
  /** Redis or Valkey: `redis://host:6379/0`, or `rediss://user:password@host`. */
  readonly redis: string;
  /**
   * At least 32 random bytes, which all workers and askers hold and Redis does not. Jobs, answers and listings are under MACs of it: Redis, and anyone who can write to it, can
   * delay and lose things, but change nothing.
   */
  readonly key: Uint8Array;
  /** Before the name of every key in Redis. Fleets with different names share nothing. `sigtrail` */
  readonly prefix?: string;
  /** How many queues there are, each in a slot of its own of a Redis Cluster. The same for all processes. 1 */
  readonly shards?: number;
  /** Spans across askers and workers: `traceJobs()` of `@sigtrail/fleet/opentelemetry`. */
  readonly telemetry?: Telemetry;
  /** Is told what went wrong and stopped nothing, such as a lost connection. */
  readonly onWarning?: (message: string) => void;
}

/** The options, checked and with their defaults. */
export type FleetSettings = Required<Omit<FleetOptions, 'telemetry'>> &
  Pick<FleetOptions, 'telemetry'> & { readonly outage: Outage };

const aText = expecting('a text', (value) => typeof value === 'string' && value !== '');

/** A check for each of these options, for tables of others that have them too. */
export const FLEET_OPTIONS: OptionTable<FleetOptions> = {
  redis: expecting(
    'the address of a Redis: redis://host:port or rediss://host:port',
    (value) => typeof value === 'string' && /^rediss?:\/\//.test(value) && URL.canParse(value),
  ),
  key: expecting(
    'at least 32 random bytes, which Redis does not hold: randomBytes(32) of node:crypto, once for all processes',
    (value) => value instanceof Uint8Array && value.byteLength >= 32,
  ),
  prefix: expecting(
    'a name of letters, digits, "-" and "_"',
    (value) => typeof value === 'string' && /^[\w-]{1,64}$/.test(value),
  ),
  shards: expecting('a whole number from 1 to 64', (value) => isCount(value, 1, 64)),
  telemetry: expecting('what BullMQ takes as its telemetry', (value) => typeof value === 'object' && value !== null),
  onWarning: expecting('a function', (value) => typeof value === 'function'),
};

/** What workers and scans take for `limits`: a gate that lets nothing through would wait for good. */
export const requestsPerSecond: ReturnType<typeof expecting> = expecting(
  'an object of requests a second, 1 or more, by host',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((one: unknown) => typeof one === 'number' && one >= 1),
);

/** @throws TypeError `unknown-option`, `invalid-option` */
export function parseFleetOptions(options: FleetOptions, door: string): FleetSettings {
  checkOptions(options, FLEET_OPTIONS, door);
  return withDefaults(options, door);
}

/** Fills in the defaults of options that were checked. @throws TypeError `invalid-option` where a required one is missing */
export function withDefaults(options: FleetOptions, door: string): FleetSettings {
  const { redis, key, prefix = 'sigtrail', shards = 1, telemetry, onWarning = () => undefined } = options;
  // Neither has a default.
  FLEET_OPTIONS.redis(redis, 'redis', door);
  FLEET_OPTIONS.key(key, 'key', door);
  return {
    redis,
    key: Uint8Array.from(key),
    prefix,
    shards,
    onWarning,
    outage: createOutage(redis, onWarning),
    ...(telemetry === undefined ? {} : { telemetry }),
  };
}

/** Whether a value is a whole number within bounds. */
export function isCount(value: unknown, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && Number(value) >= least && Number(value) <= most;
}

/** @throws TypeError `invalid-option` */
export function requireText(value: unknown, name: string, door: string): asserts value is string {
  if (value === undefined) throw optionError('invalid-option', `${door}: "${name}" is required`);
  aText(value, name, door);
}
