import { checkOptions, expecting, optionError, type OptionTable } from '@sigtrail/encoding';
import { parseAllowedAddresses } from './allow-addresses.ts';
import { checkAuthorities, checkClientCertificates, checkOriginAuthorities } from './check-certificates.ts';
import { isHeaderValue } from './header-value.ts';
import type { RequestEvent } from './observe.ts';
import type { Transport } from './transport.ts';
import type { ConnectionOptions } from './undici-transport.ts';

/** Limits for all requests, and how connections are made. */
export interface HttpOptions extends ConnectionOptions {
  readonly userAgent?: string | undefined;
  /** Hosts that may be spoken to in plain http. Loopback hosts, unless given. */
  readonly allowHttp?: ((url: URL) => boolean) | undefined;
  /** Further tries after the first. 3. */
  readonly retries?: number | undefined;
  /** Longest first wait between tries, doubled each time. 300 ms. */
  readonly retryBaseMs?: number | undefined;
  /** 5. */
  readonly maxRedirects?: number | undefined;
  /**
   * Carries the requests instead of undici. Only `allowAddresses`, `headersTimeoutMs` and `idleTimeoutMs` of the
   * connection options go with it: it handles the others itself.
   */
  readonly transport?: Transport | undefined;
  /** Called at the beginning and the end of every exchange, like the diagnostics channel `sigtrail:http:request`. */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
}

const isCount = (value: unknown): boolean => Number.isSafeInteger(value) && Number(value) >= 0;
const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
const aFunction = expecting('a function', (value) => typeof value === 'function');
const aCount = expecting('a whole number', isCount);
// Above 2^31-1 ms Node's timers fire at once.
const aTime = expecting(
  'a positive number of milliseconds',
  (value) => typeof value === 'number' && value > 0 && value < 2 ** 31,
);

const HTTP_OPTIONS: OptionTable<HttpOptions> = {
  userAgent: expecting('the value of a header', (value) => typeof value === 'string' && isHeaderValue(value)),
  allowHttp: aFunction,
  retries: aCount,
  retryBaseMs: expecting('a number of milliseconds', (value) => typeof value === 'number' && value >= 0),
  maxRedirects: aCount,
  transport: expecting(
    'a Transport',
    (value) => isObject(value) && 'exchange' in value && typeof value.exchange === 'function',
  ),
  onRequest: aFunction,
  ca: checkAuthorities,
  originAuthorities: checkOriginAuthorities,
  clientCertificates: checkClientCertificates,
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

// Options of the default transport only: another transport would silently ignore them, and some of them protect.
const ofConnections = [
  'ca',
  'originAuthorities',
  'clientCertificates',
  'proxy',
  'connections',
  'http2',
  'connectTimeoutMs',
  'resolve',
] as const;

/**
 * Checks options before there is a client.
 *
 * @throws TypeError `unknown-option`, `invalid-option` for an unknown, malformed or ineffective option; its value is never in the message
 */
export function checkHttpOptions(options: HttpOptions, door: string): void {
  checkOptions(options, HTTP_OPTIONS, door);
  const lost = ofConnections.find((name) => options.transport !== undefined && options[name] !== undefined);
  if (lost !== undefined)
    throw optionError('invalid-option', `${door}: "${lost}" is for the default transport; give it to yours instead`);
}
