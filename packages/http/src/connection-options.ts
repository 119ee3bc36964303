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
  /** Authorities trusted in addition to Node's default ones (never instead of them): PEM. */
  readonly ca?: string | readonly string[] | undefined;
  /** Client certificates, each for its origins only. */
  readonly clientCertificates?: readonly ClientCertificate[] | undefined;
  /** Further authorities, each trusted for some origins only: a mirror's authority must not vouch for every registry. */
  readonly originAuthorities?: readonly OriginAuthorities[] | undefined;
  /** The proxy for each address, e.g. `proxyFromEnvironment(process.env)`. Default: no proxy. */
  readonly proxy?: ProxySelector | undefined;
  /**
   * Addresses that may be reached although a more public host names them, for split-horizon networks: IP addresses,
   * CIDR ranges, host names, `*.suffix`. Link-local and metadata addresses need an entry for that very address.
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

/** The check of each option. */
export const CONNECTION_OPTIONS: OptionTable<ConnectionOptions> = {
  ca: checkAuthorities,
  clientCertificates: checkClientCertificates,
  originAuthorities: checkOriginAuthorities,
  proxy: aFunction,
  allowAddresses: (value, name) => {
    if (!Array.isArray(value)) throw optionError('invalid-option', `"${name}" must be a list`);
    parseAllowedAddresses(value as readonly string[]); // refuses every malformed entry
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
