import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import { isCount } from '../fleet-options.ts';
import type { FleetMetrics } from './fleet-metrics.ts';

/** Where Prometheus finds the metrics. */
export interface ServeMetricsOptions {
  /** 0 takes one that is free. */
  readonly port: number;
  /** Which address of this machine; `0.0.0.0` for all. They name registries, so only this machine may ask unless you say otherwise: `127.0.0.1` */
  readonly host?: string;
}

/** A server of metrics. */
export interface MetricsServer extends AsyncDisposable {
  /** `http://127.0.0.1:9464/metrics` */
  readonly url: string;
  close(): Promise<void>;
}

const OPTIONS: OptionTable<ServeMetricsOptions> = {
  port: expecting('a port: a whole number from 0 to 65535', (value) => isCount(value, 0, 65_535)),
  host: expecting('an address of this machine', (value) => typeof value === 'string' && value !== ''),
};

/** Prometheus has one connection, or two. */
const MOST_CONNECTIONS = 16;
/** A request has no body, and comes whole or not at all. */
const LIMITS = { requestTimeout: 5000, headersTimeout: 5000, connectionsCheckingInterval: 1000 };

const checkMetrics = expecting(
  'metrics of createFleetMetrics',
  (value) => typeof value === 'object' && value !== null && 'text' in value && typeof value.text === 'function',
);

/**
 * Serves metrics at `/metrics`.
 *
 * @throws TypeError `unknown-option`, `invalid-option`; the error of Node where the port can't be had
 * @example
 * const server = await serveMetrics(metrics, { port: 9464, host: '0.0.0.0' });
 */
export async function serveMetrics(
  metrics: Pick<FleetMetrics, 'text' | 'contentType'>,
  options: ServeMetricsOptions,
): Promise<MetricsServer> {
  checkMetrics(metrics, 'metrics', 'serveMetrics');
  checkOptions(options, OPTIONS, 'serveMetrics');
  const { port, host = '127.0.0.1' } = options;
  OPTIONS.port(port, 'port', 'serveMetrics');
  const read = together(async () => metrics.text());
  const server = createServer(LIMITS, ({ method, url, headers }, response) => {
    if (isLocal(server) && !isOwnName(headers.host))
      return answer(response, 403, 'text/plain', 'metrics are at localhost, or at an address\n');
    if (method !== 'GET' || url !== '/metrics') return answer(response, 404, 'text/plain', 'metrics are at /metrics\n');
    read().then(
      (text) => answer(response, 200, metrics.contentType, text),
      () => answer(response, 500, 'text/plain', 'the metrics could not be read\n'),
    );
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.listen(port, host);
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  };
  return { url: urlOf(server), close, [Symbol.asyncDispose]: close };
}

/** Whoever asks while the metrics are read gets what is read then: each reading asks Redis. */
function together(read: () => Promise<string>): () => Promise<string> {
  let reading: Promise<string> | undefined;
  return async () => {
    reading ??= read().finally(() => {
      reading = undefined;
    });
    return reading;
  };
}

/** A web page can have its own name point to 127.0.0.1, and so read what is served there; its name is then the host that its browser asks for. */
function isOwnName(host: string | undefined): boolean {
  const name = URL.parse(`http://${host ?? ''}`)?.hostname ?? '';
  return name === 'localhost' || isIP(name.replaceAll(/[[\]]/g, '')) !== 0;
}

/** Whether only this machine reaches the server. Others may have any name for it. */
function isLocal(server: Server): boolean {
  return /^(127\.|::1$)/.test(addressOf(server).address);
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(text) }).end(text);
}

function urlOf(server: Server): string {
  const { address, family, port } = addressOf(server);
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${String(port)}/metrics`;
}

function addressOf(server: Server): AddressInfo {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a server on a port has an address');
  return address;
}
