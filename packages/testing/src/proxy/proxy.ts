import { checkOptions, type OptionTable } from '@sigtrail/encoding';
import { aCount, aFlag, anObject } from '../option-checks.ts';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import type { Duplex } from 'node:stream';

/** How a fake proxy behaves. */
export interface FakeProxyOptions {
  /** The port of 127.0.0.1 that every name leads to; default the port asked for. */
  readonly to?: number;
  /** Wanted of every client (Basic); without them the answer is 407. */
  readonly credentials?: { readonly username: string; readonly password: string };
  /** Speaks TLS itself, as PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  /** Answers everything with this status and goes nowhere. */
  readonly status?: number;
  /** Takes requests and never answers. */
  readonly isSilent?: boolean;
}

const PROXY_OPTIONS: OptionTable<FakeProxyOptions> = {
  to: aCount,
  credentials: anObject,
  tls: anObject,
  status: aCount,
  isSilent: aFlag,
};

/** One request to a proxy. No credential is kept. */
export interface ProxyRecord {
  /** `CONNECT`, or the method of a request in absolute form. */
  readonly method: string;
  /** `host:port` of a tunnel, or the absolute URL. */
  readonly target: string;
  /** The names of all headers sent, sorted. */
  readonly headerNames: readonly string[];
  /** Whether the credentials it wants were sent. */
  readonly authorized: boolean;
}

/** A proxy on loopback. */
export interface FakeProxy {
  /** `http://127.0.0.1:port`, or `https://…`. */
  readonly url: string;
  /** Every request, in the order in which they came; grows. */
  readonly requests: ProxyRecord[];
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts an HTTP proxy on 127.0.0.1: CONNECT tunnels, and requests in absolute form. Whatever host a client asks for, it leads to
 * 127.0.0.1, so that names of the public internet can stand in a test.
 *
 * @example
 * await using proxy = await startProxy({ to: 5000 });
 * const client = createOciClient({ env: { https_proxy: proxy.url } });
 */
export async function startProxy(options: FakeProxyOptions = {}): Promise<FakeProxy> {
  checkOptions(options, PROXY_OPTIONS, 'startProxy');
  const requests: ProxyRecord[] = [];
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex): void => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  };
  const server = options.tls === undefined ? createServer() : createTlsServer(options.tls);
  server.on('connection', keep);
  server.on('connect', (request: IncomingMessage, socket: Duplex) => {
    const status = judge(request, options, requests);
    if (options.isSilent === true) return;
    if (status === undefined) return tunnel(request.url ?? '', options.to, socket, keep);
    socket.end(`HTTP/1.1 ${status} No\r\nContent-Length: 0\r\n\r\n`);
  });
  server.on('request', (request, response) => {
    const status = judge(request, options, requests);
    if (options.isSilent === true) return;
    if (status === undefined) forward(request, options.to, response);
    else response.writeHead(status).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server's, as it listens on a port
  const close = (): Promise<void> => closeServer(server, sockets);
  const scheme = options.tls === undefined ? 'http' : 'https';
  return { url: `${scheme}://127.0.0.1:${port}`, requests, close, [Symbol.asyncDispose]: close };
}

/** Records a request; the status to refuse it with, if any. */
function judge(request: IncomingMessage, options: FakeProxyOptions, requests: ProxyRecord[]): number | undefined {
  const { credentials } = options;
  const wanted =
    credentials && `Basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`;
  const authorized = wanted === undefined || request.headers['proxy-authorization'] === wanted;
  const { method = 'GET', url = '', headers } = request;
  requests.push({ method, target: url, headerNames: Object.keys(headers).toSorted(), authorized });
  return authorized ? options.status : 407;
}

function tunnel(target: string, to: number | undefined, socket: Duplex, keep: (socket: Duplex) => void): void {
  const onward = connect(to ?? Number(/:(\d+)$/.exec(target)?.[1] ?? 443), '127.0.0.1');
  keep(onward);
  onward.once('connect', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    onward.pipe(socket).pipe(onward);
  });
  onward.once('error', () => socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n'));
}

function forward(request: IncomingMessage, to: number | undefined, response: ServerResponse): void {
  const url = URL.parse(request.url ?? '');
  if (url === null) return void response.writeHead(400).end();
  const { 'proxy-authorization': _, 'proxy-connection': __, connection: ___, ...headers } = request.headers;
  const onward = httpRequest({
    host: '127.0.0.1',
    port: to ?? (url.port === '' ? 80 : Number(url.port)),
    method: request.method,
    path: url.pathname + url.search,
    headers: { ...headers, host: url.host },
  });
  onward.once('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.once('error', () => (response.headersSent ? response.destroy() : response.writeHead(502).end()));
  request.pipe(onward);
}

async function closeServer(server: Server, sockets: ReadonlySet<Duplex>): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  for (const socket of sockets) socket.destroy();
  await closed;
}
