import { checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import type { ImagePolicy, OciClientOptions, StageEvent } from 'sigtrail';
import { PUBLIC_GOOD_ROOT, type TrustedRoot, trustRoot } from 'sigtrail/trust';
import {
  FLEET_OPTIONS,
  type FleetOptions,
  type FleetSettings,
  isCount,
  requestsPerSecond,
  withDefaults,
} from './fleet-options.ts';
import { type NamedPolicies, namePolicies } from './policy-hash.ts';
import { guarded, guardedMetrics, NO_METRICS, type WorkerMetrics } from './worker-metrics.ts';

/** What a worker is told. */
export interface WorkerOptions extends FleetOptions {
  /** The policies that it answers questions about, by name. A question names its policy with the hash, and a worker with another policy of that name leaves it to others. */
  readonly policies: Readonly<Record<string, ImagePolicy>>;
  /** The trusted root: of `trustRoot` in `sigtrail/trust`. Workers and askers hold the same document. The embedded public-good root, unless given. */
  readonly trust?: TrustedRoot;
  /** How registries are asked: credentials, mirrors, authorities. */
  readonly registry?: Omit<OciClientOptions, 'gate' | 'listings'>;
  /** A name for the credentials that this worker has. It answers only questions that name the same account, and shares limits and evidence only with workers of that account. `''` */
  readonly account?: string;
  /** Requests a second that a registry allows, by `host[:port]`. What is not given is learned from its answers. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Questions at a time. 16 */
  readonly concurrency?: number;
  /** Leave `@sigstore/verify` out: see `createVerifier`. `on` */
  readonly secondJudge?: 'on' | 'off';
  /** For one try at one image. 30,000 ms. */
  readonly timeoutMs?: number;
  /** After so long without a word of its worker, a job is given to another one. 30,000 ms. */
  readonly lockMs?: number;
  /** How old a listing may be that another worker read. 60,000 ms. */
  readonly listingsMaxAgeMs?: number;
  /** How long an answer waits for its asker. 600,000 ms. */
  readonly keepAnswersMs?: number;
  /**
   * How long that is kept on which answers rest, so that they can be given again from there with no registry: see `from` of a scan. Each answer then reads what it needs anew, and listings of
   * others save nothing. 0: not at all.
   */
  readonly keepEvidenceMs?: number;
  /** A Redis of its own for the bytes and listings, where the queue's must not be filled by them; it may evict (`allkeys-lru`). Unless given: the same. */
  readonly evidence?: string;
  /** Is told of the stages of every answer, as `onEvent` of a verifier. */
  readonly onEvent?: (event: StageEvent) => void;
  /** Counts and measures: `createFleetMetrics` of `@sigtrail/fleet/metrics`. */
  readonly metrics?: WorkerMetrics;
}

/** The options, checked and with their defaults. */
export interface WorkerSettings extends Required<Omit<WorkerOptions, keyof FleetOptions | 'policies' | 'onEvent'>> {
  readonly fleet: FleetSettings;
  readonly policies: NamedPolicies;
  readonly onEvent: ((event: StageEvent) => void) | undefined;
}

const DOOR = 'startWorker';
const anObject = expecting(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);
const milliseconds = expecting('a whole number of milliseconds', (value) => isCount(value, 1, 2 ** 31 - 1));

const WORKER_OPTIONS: OptionTable<WorkerOptions> = {
  ...FLEET_OPTIONS,
  policies: anObject,
  trust: expecting('a trusted root of trustRoot in sigtrail/trust', isTrustedRoot),
  registry: anObject,
  account: expecting('a text', (value) => typeof value === 'string'),
  limits: requestsPerSecond,
  concurrency: expecting('a whole number from 1 to 1000', (value) => isCount(value, 1, 1000)),
  secondJudge: expecting('"on" or "off"', (value) => value === 'on' || value === 'off'),
  timeoutMs: milliseconds,
  lockMs: expecting('a whole number of milliseconds, 1000 or more', (value) => isCount(value, 1000, 3_600_000)),
  listingsMaxAgeMs: expecting('a whole number of milliseconds, at most a day', (value) =>
    isCount(value, 1, 86_400_000),
  ),
  keepAnswersMs: milliseconds,
  keepEvidenceMs: expecting('a whole number of milliseconds, at most 400 days', (value) =>
    isCount(value, 0, 400 * 86_400_000),
  ),
  evidence: FLEET_OPTIONS.redis,
  onEvent: FLEET_OPTIONS.onWarning,
  metrics: expecting(
    'metrics of createFleetMetrics in @sigtrail/fleet/metrics',
    (value) => typeof value === 'object' && value !== null && Object.keys(NO_METRICS).every((name) => name in value),
  ),
};

/** @throws TypeError `unknown-option`, `invalid-option`, `not-data` */
export function parseWorkerOptions(options: WorkerOptions): WorkerSettings {
  checkOptions(options, WORKER_OPTIONS, DOOR);
  const { redis, key, prefix, shards, telemetry, onWarning, policies, onEvent, ...own } = options;
  const given = { redis, key, ...definedOf({ prefix, shards, telemetry, onWarning }) };
  const fleet = withDefaults(given, DOOR);
  WORKER_OPTIONS.policies(policies, 'policies', DOOR);
  const metrics = own.metrics === undefined ? NO_METRICS : guardedMetrics(own.metrics, fleet.onWarning);
  const tell = onEvent === undefined ? undefined : guarded(onEvent, 'onEvent', fleet.onWarning);
  return {
    trust: embeddedRoot(),
    registry: {},
    account: '',
    limits: {},
    concurrency: 16,
    secondJudge: 'on',
    timeoutMs: 30_000,
    lockMs: 30_000,
    listingsMaxAgeMs: 60_000,
    keepAnswersMs: 600_000,
    keepEvidenceMs: 0,
    evidence: fleet.redis,
    ...definedOf(own),
    metrics,
    onEvent: metrics === NO_METRICS ? tell : toldToBoth(metrics, tell),
    fleet,
    policies: namePolicies(policies),
  };
}

function toldToBoth(
  metrics: WorkerMetrics,
  onEvent: WorkerSettings['onEvent'],
): NonNullable<WorkerSettings['onEvent']> {
  return (event) => {
    metrics.stage(event);
    onEvent?.(event);
  };
}

/** The public-good root of this release. */
export function embeddedRoot(): TrustedRoot {
  return trustRoot.fromJson(PUBLIC_GOOD_ROOT);
}

/** Whether a value is a trusted root that was read. */
export function isTrustedRoot(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'digest' in value && typeof value.digest === 'string';
}

type Defined<T> = { readonly [Name in keyof T]?: Exclude<T[Name], undefined> };

function definedOf<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Defined<T>;
}
