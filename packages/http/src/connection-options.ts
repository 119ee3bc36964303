import { type CheckOption, expecting, optionError, type OptionTable } from '@sigtrail/encoding';
import { parseAllowedAddresses } from './allow-addresses.ts';
import {
  checkAuthorities,
  checkClientCertificates,
  checkOriginAuthorities,
  type ClientCertificate,
  type OriginAuthorities,
} from './check-certificates.ts';
import type { Resolve } from './guarded-lookup.ts';
import type { ProxySelector } from './proxy.ts';

/** How connections are made. */
export interface ConnectionOptions {
  /** Authorities trusted beside Node's default ones (never instead of them): PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** Client certificates, each for its origins only. */
  readonly clientCertificates?: readonly ClientCertificate[] | undefined;
  /** Authorities trusted beside those for some origins only: a mirror's authority must not speak for every registry. */
  readonly originAuthorities?: readonly OriginAuthorities[] | undefined;
  /** The proxy for each address, e.g. `proxyFromEnvironment(process.env)`. None, unless given. */
  readonly proxy?: ProxySelector | undefined;
  /**
   * What a split-horizon network declares reachable although an answer from a more public host names it: IP addresses,
   * CIDR ranges, host names, `*.suffix`. Link-local and metadata addresses only by an entry for that very address.
   */
  readonly allowAddresses?: readonly string[] | undefined;
  /** Connections to one origin at a time; further requests wait, within their deadline. 8. */
  readonly connections?: number | undefined;
  /** Offers HTTP/2 to https servers. `false`. */
  readonly http2?: boolean | undefined;
  /** 10 000 ms. */
  readonly connectTimeoutMs?: number | undefined;
  /** Time to the first header. 20 000 ms. */
  readonly headersTimeoutMs?: number | undefined;
  /** Longest silence inside a body. 20 000 ms. */
  readonly idleTimeoutMs?: number | undefined;
  /** Name resolution. `node:dns`. */
  readonly resolve?: Resolve | undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
export const aFunction: CheckOption = expecting('a function', (value) => typeof value === 'function');
export const aCount: CheckOption = expecting('a whole number', isCount);
// Above 2^31-1 ms Node's timers fire at once.
const aTime = expecting(
  'a positive number of milliseconds',
  (value) => typeof value === 'number' && value > 0 && value < 2 ** 31,
);

/** What each option may be. */
export const CONNECTION_OPTIONS: OptionTable<ConnectionOptions> = {
  ca: checkAuthorities,
  clientCertificates: checkClientCertificates,
  originAuthorities: checkOriginAuthorities,
  proxy: aFunction,
  allowAddresses: (value, name) => {
    if (!Array.isArray(value)) throw optionError('invalid-option', `"${name}" must be a list`);
    parseAllowedAddresses(value as readonly string[]); // which refuses every entry that is not one
  },
  connections: expecting('a whole number above zero', (value) => isCount(value) && value !== 0),
  http2: expecting('true or false', (value) => typeof value === 'boolean'),
  connectTimeoutMs: aTime,
  headersTimeoutMs: aTime,
  idleTimeoutMs: aTime,
  resolve: aFunction,
};

/** The options of `options` that are about connections. */
export function connectionOptionsOf(options: ConnectionOptions): ConnectionOptions {
  return Object.fromEntries(Object.entries(options).filter(([name]) => Object.hasOwn(CONNECTION_OPTIONS, name)));
}
