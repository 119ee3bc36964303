import { checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import type { OciClientOptions, Reference } from 'oci-client-lite';
import type { ImagePolicy, ImageReport } from 'sigtrail';
import type { TrustedRoot } from 'sigtrail/trust';
import { isCount, requestsPerSecond, requireText } from './fleet-options.ts';
import { type NamedPolicies, namePolicies } from './policy-hash.ts';
import { embeddedRoot, isTrustedRoot } from './worker-options.ts';

/** What came of one reference. Only a report can be `verified`. */
export type ScanOutcome =
  | {
      readonly kind: 'report';
      /** Character for character as it was given. */
      readonly reference: string;
      /** The whole report of the digest that the reference named, whatever the verdict. */
      readonly report: ImageReport;
      readonly problem?: undefined;
    }
  | {
      readonly kind: 'problem';
      readonly reference: string;
      /** Why there is no report: a `FleetErrorCode`, or a code of `SigtrailError`. The image is not verified. */
      readonly problem: { readonly code: string; readonly message: string };
      readonly report?: undefined;
    };

/** What one scan asks. */
export interface ScanOptions {
  /**
   * The name of the scan. A scan that is begun again under its name, because its asker died, finds the answers that are there, and asks the rest. Another scan takes another
   * name: its questions are answered anew, from evidence that may be stored.
   */
  readonly scan: string;
  /** The policies, by name, as the workers hold them. */
  readonly policies: Readonly<Record<string, ImagePolicy>>;
  /** The name of the policy for an image; `undefined` where no policy is for it. */
  readonly policyFor: (image: Reference) => string | undefined | Promise<string | undefined>;
  /** As the workers hold it. The embedded public-good root, unless given. */
  readonly trust?: TrustedRoot;
  /** The clock of all answers. Without it, each worker has its own. */
  readonly asOf?: Date;
  /**
   * Where evidence comes from. `stores`: from what workers with `keepEvidenceMs` have kept, evaluated under the current trusted root; no registry is asked. An image whose evidence
   * isn't kept is `indeterminate`, and so is a tag: only its registry knows what it names. Default `registries`.
   */
  readonly from?: 'registries' | 'stores';
  /** How registries are asked what tags name. */
  readonly registry?: Omit<OciClientOptions, 'gate'>;
  /** The name of the credentials that resolve the tags, and that the workers which answer must have: see `WorkerOptions`. `''` */
  readonly account?: string;
  /** Requests a second that a registry allows, by `host[:port]`: see `WorkerOptions`. */
  readonly limits?: Readonly<Record<string, number>>;
  /** How often an image is tried whose registry can't be read. 5 */
  readonly tries?: number;
  /** References that are on their way at a time. What comes after waits, in the asker and not in Redis. 1000 */
  readonly window?: number;
  /** How often the queues are asked for answers of which no news came. 5,000 ms. */
  readonly lookAgainMs?: number;
  /** When it aborts, the iteration throws the signal's own reason. What is in the queues is answered nevertheless. */
  readonly signal?: AbortSignal;
}

/** The options, checked and with their defaults. */
export type ScanSettings = Required<Omit<ScanOptions, 'policies' | 'asOf' | 'signal'>> &
  Pick<ScanOptions, 'signal'> & { readonly policies: NamedPolicies; readonly asOf: string | undefined };

const DOOR = 'fleet.scan';
const anObject = expecting(
  'an object',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
);

const SCAN_OPTIONS: OptionTable<ScanOptions> = {
  scan: expecting('a name', (value) => typeof value === 'string' && value.length > 0 && value.length <= 200),
  policies: anObject,
  policyFor: expecting('a function', (value) => typeof value === 'function'),
  trust: expecting('a trusted root of trustRoot in sigtrail/trust', isTrustedRoot),
  asOf: expecting('a Date', (value) => value instanceof Date && !Number.isNaN(value.getTime())),
  from: expecting('"registries" or "stores"', (value) => value === 'registries' || value === 'stores'),
  registry: anObject,
  account: expecting('a text', (value) => typeof value === 'string'),
  limits: requestsPerSecond,
  tries: expecting('a whole number from 1 to 100', (value) => isCount(value, 1, 100)),
  window: expecting('a whole number from 1 to 1,000,000', (value) => isCount(value, 1, 1_000_000)),
  lookAgainMs: expecting('a whole number of milliseconds', (value) => isCount(value, 1, 3_600_000)),
  signal: expecting('an AbortSignal', (value) => value instanceof AbortSignal),
};

/** @throws TypeError `unknown-option`, `invalid-option`, `not-data` */
export function parseScanOptions(options: ScanOptions): ScanSettings {
  checkOptions(options, SCAN_OPTIONS, DOOR);
  const { scan, policies, policyFor, trust, asOf, signal } = options;
  requireText(scan, 'scan', DOOR);
  SCAN_OPTIONS.policies(policies, 'policies', DOOR);
  SCAN_OPTIONS.policyFor(policyFor, 'policyFor', DOOR);
  return {
    scan,
    policies: namePolicies(policies),
    policyFor,
    trust: trust ?? embeddedRoot(),
    asOf: asOf?.toISOString(),
    from: options.from ?? 'registries',
    registry: options.registry ?? {},
    account: options.account ?? '',
    limits: options.limits ?? {},
    tries: options.tries ?? 5,
    window: options.window ?? 1000,
    lookAgainMs: options.lookAgainMs ?? 5000,
    ...(signal === undefined ? {} : { signal }),
  };
}
