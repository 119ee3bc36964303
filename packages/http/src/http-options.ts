import { isHeaderValue } from './header-value.ts';
import type { RequestEvent } from './observe.ts';
import type { Transport } from './transport.ts';
import type { ConnectionOptions } from './undici-transport.ts';

/** Bounds that hold for all requests, and how connections are made. */
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
   * connection options go with it: the others are its own business.
   */
  readonly transport?: Transport | undefined;
  /** Told of the beginning and the end of every exchange, as is the diagnostics channel `sigtrail:http:request`. */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
}

type Check = (value: unknown) => boolean;
const isCount: Check = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isTime: Check = (value) => typeof value === 'number' && value > 0;
const isFunction: Check = (value) => typeof value === 'function';
const isBoolean: Check = (value) => typeof value === 'boolean';
const isList: Check = (value) => Array.isArray(value);

const checks: Readonly<Record<keyof HttpOptions, readonly [Check, string]>> = {
  userAgent: [(value) => typeof value === 'string' && isHeaderValue(value), 'the value of a header'],
  allowHttp: [isFunction, 'a function'],
  retries: [isCount, 'a whole number'],
  retryBaseMs: [(value) => typeof value === 'number' && value >= 0, 'a number of milliseconds'],
  maxRedirects: [isCount, 'a whole number'],
  transport: [(value) => typeof value === 'object' && value !== null && 'exchange' in value, 'a Transport'],
  onRequest: [isFunction, 'a function'],
  ca: [(value) => typeof value === 'string' || Array.isArray(value), 'PEM certificates'],
  clientCertificates: [isList, 'a list'],
  proxy: [isFunction, 'a function'],
  allowAddresses: [isList, 'a list'],
  connections: [(value) => isCount(value) && value !== 0, 'a whole number above zero'],
  http2: [isBoolean, 'true or false'],
  connectTimeoutMs: [isTime, 'a positive number of milliseconds'],
  headersTimeoutMs: [isTime, 'a positive number of milliseconds'],
  idleTimeoutMs: [isTime, 'a positive number of milliseconds'],
  resolve: [isFunction, 'a function'],
};

// What only the default transport does: with another one they would be silently without effect, and some of them protect.
const ofConnections = [
  'ca',
  'clientCertificates',
  'proxy',
  'connections',
  'http2',
  'connectTimeoutMs',
  'resolve',
] as const;

/** @throws TypeError for an unknown, malformed or ineffective option; its value is never in the message */
export function checkOptions(options: HttpOptions): void {
  for (const [name, value] of Object.entries(options) as [string, unknown][]) {
    if (!Object.hasOwn(checks, name)) throw new TypeError(`createHttp: unknown option "${name}"`);
    const [isValid, expected] = checks[name as keyof HttpOptions]; // its own key, checked above
    if (value !== undefined && !isValid(value)) throw new TypeError(`createHttp: "${name}" must be ${expected}`);
  }
  const lost = ofConnections.find((name) => options.transport !== undefined && options[name] !== undefined);
  if (lost !== undefined)
    throw new TypeError(`createHttp: "${lost}" is for the default transport; give it to yours instead`);
}
