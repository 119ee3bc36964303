import { checkOptions, expecting, optionError, type OptionTable, requireText } from '@sigtrail/encoding';
import {
  aCount,
  aFunction,
  CONNECTION_OPTIONS,
  type ConnectionOptions,
  connectionOptionsOf,
} from './connection-options.ts';
import { isHeaderValue } from './header-value.ts';
import type { RequestEvent } from './observe.ts';
import type { RequestGate } from './request-gate.ts';
import type { Transport } from './transport.ts';

/** Limits for all requests, and how connections are made. */
export interface HttpOptions extends ConnectionOptions {
  readonly userAgent?: string | undefined;
  /** Hosts that may be reached over plain http. Default: loopback hosts. */
  readonly allowHttp?: ((url: URL) => boolean) | undefined;
  /** Further attempts after the first. 3. */
  readonly retries?: number | undefined;
  /** Longest first wait between attempts, doubled each time. 300 ms. */
  readonly retryBaseMs?: number | undefined;
  /** 5. */
  readonly maxRedirects?: number | undefined;
  /**
   * Sends the requests instead of undici. Of the connection options, only `allowAddresses`, `headersTimeoutMs` and `idleTimeoutMs`
   * can be combined with it: it handles the others itself.
   */
  readonly transport?: Transport | undefined;
  /** Decides when each origin may be asked, in place of what this client learns itself. For clients that share the limits of a registry. */
  readonly gate?: RequestGate | undefined;
  /** Called at the beginning and the end of every exchange, like the diagnostics channel `sigtrail:http:request`. */
  readonly onRequest?: ((event: RequestEvent) => void) | undefined;
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;

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
  gate: expecting(
    'a RequestGate',
    (value) =>
      isObject(value) &&
      'enter' in value &&
      typeof value.enter === 'function' &&
      'answered' in value &&
      typeof value.answered === 'function',
  ),
  onRequest: aFunction,
  ...CONNECTION_OPTIONS,
};

// These work with any transport.
const OF_ANY_TRANSPORT: ReadonlySet<string> = new Set(['allowAddresses', 'headersTimeoutMs', 'idleTimeoutMs']);

/**
 * Checks options before there is a client.
 *
 * @throws TypeError `unknown-option`, `invalid-option` for an unknown, malformed or ineffective option; its value is never in the message
 */
export function checkHttpOptions(options: HttpOptions, door: string): void {
  requireText(door, 'checkHttpOptions', 'door');
  checkOptions(options, HTTP_OPTIONS, door);
  if (options.transport === undefined) return;
  // A different transport would silently ignore them, and some of them protect.
  const [lost] =
    Object.entries(connectionOptionsOf(options)).find(
      ([name, value]) => value !== undefined && !OF_ANY_TRANSPORT.has(name),
    ) ?? [];
  if (lost !== undefined)
    throw optionError('invalid-option', `${door}: "${lost}" is for the default transport; give it to yours instead`);
}
