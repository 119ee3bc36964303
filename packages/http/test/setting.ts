import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { isHttpError, type HttpError } from '../src/error.ts';
import { createHttp, type Http } from '../src/http.ts';
import type { HttpOptions } from '../src/http-options.ts';
import type { HttpRequest } from '../src/http-request.ts';

/** A server of a test, and what it was asked. */
export interface TestServer {
  readonly url: string;
  readonly port: number;
  readonly requests: IncomingMessage[];
  readonly connections: Socket[];
}

/** What a test starts; `afterEach(setting.end)` stops it all. */
export interface Setting {
  serve(listener: RequestListener, tls?: ServerOptions): Promise<TestServer>;
  /** A server below HTTP: it writes what it wants. */
  serveRaw(onConnection: (socket: Socket) => void): Promise<TestServer>;
  /** A client that hardly waits between tries. */
  client(options?: HttpOptions): Http;
  /** A port that no server listens on. */
  closedPort(): Promise<number>;
  end(): Promise<void>;
}

/** A place for servers and clients. */
export function createSetting(): Setting {
  const cleanups: (() => Promise<unknown>)[] = [];

  const listen = async (server: Server | ReturnType<typeof createTcpServer>): Promise<[number, Socket[]]> => {
    const connections: Socket[] = [];
    server.on('connection', (socket: Socket) => {
      connections.push(socket);
      socket.on('error', () => undefined); // clients of these tests hang up in all manners
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => {
      for (const socket of connections) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    });
    return [(server.address() as AddressInfo).port, connections];
  };
  return {
    serve: async (listener, tls) => {
      const requests: IncomingMessage[] = [];
      const record: RequestListener = (request, response) => {
        requests.push(request);
        listener(request, response);
      };
      const [port, connections] = await listen(tls === undefined ? createServer(record) : createTlsServer(tls, record));
      return { url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`, port, requests, connections };
    },
    serveRaw: async (onConnection) => {
      const [port, connections] = await listen(createTcpServer(onConnection));
      return { url: `http://127.0.0.1:${port}`, port, requests: [], connections };
    },
    client: (options = {}) => {
      const http = createHttp({ retryBaseMs: 1, ...options });
      cleanups.push(() => http.close());
      return http;
    },
    closedPort: async () => {
      const server = createTcpServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo;
      await new Promise((resolve) => server.close(resolve));
      return port;
    },
    end: async () => {
      await Promise.all(cleanups.splice(0).map((cleanup) => cleanup()));
    },
  };
}

/** The error of a promise that must fail with one of ours. */
export async function failure(promise: Promise<unknown>): Promise<HttpError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!isHttpError(error)) throw new Error(`expected an HttpError, got ${String(error)}`, { cause: error });
  return error;
}

/** A request with a cap of 1000 bytes. */
export const ask = (url: string, more: Partial<HttpRequest> = {}): HttpRequest => ({ url, maxBytes: 1000, ...more });

/** All of a stream. */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}
