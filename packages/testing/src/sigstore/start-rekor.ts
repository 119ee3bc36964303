import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { entryResponse, entryResponseByUuid, logInfoResponse } from './rekor-responses.ts';
import type { TransparencyLog } from './log.ts';

/** A Rekor v1 on loopback. */
export interface FakeRekor {
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** Every request, as `METHOD path?query`. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body?: string;
}

/** Serves a log's read API (`/api/v1/log`, `…/log/publicKey`, `…/log/proof`, `…/log/entries`). Close it at the end. */
export async function startRekor(log: TransparencyLog): Promise<FakeRekor> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const { method = 'GET', url = '/' } = request;
    requests.push(`${method} ${url}`);
    const {
      status,
      type = 'application/json',
      body = '',
    } = method === 'GET' ? answer(log, new URL(url, 'http://localhost')) : error(405, 'method not allowed');
    response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // listening on a port, so not a pipe's name
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

function answer(log: TransparencyLog, url: URL): Answer {
  switch (url.pathname) {
    case '/api/v1/log':
      return json(logInfoResponse(log));
    case '/api/v1/log/publicKey':
      return { status: 200, type: 'application/x-pem-file', body: log.key.pem };
    case '/api/v1/log/proof':
      return consistency(log, Number(url.searchParams.get('firstSize') ?? 1), Number(url.searchParams.get('lastSize')));
    case '/api/v1/log/entries':
      return found(entryResponse(log, Number(url.searchParams.get('logIndex') ?? Number.NaN)));
  }
  const uuid = /^\/api\/v1\/log\/entries\/(?<uuid>[^/]+)$/.exec(url.pathname)?.groups?.['uuid'];
  if (uuid === undefined) return error(404, `path ${url.pathname} was not found`);
  if (!/^([0-9a-fA-F]{64}|[0-9a-fA-F]{80})$/.test(uuid))
    return error(422, "entryUUID in path should match '^([0-9a-fA-F]{64}|[0-9a-fA-F]{80})$'", 605);
  return found(entryResponseByUuid(log, uuid));
}

/** A real Rekor answers with the root of its current tree, not of `lastSize`. */
function consistency(log: TransparencyLog, first: number, last: number): Answer {
  const size = log.entries.length;
  if (!(first >= 1 && last >= 1)) return error(422, 'firstSize and lastSize should be greater than or equal to 1', 609);
  if (first > last) return error(400, `firstSize(${first}) must be less than lastSize(${last})`);
  if (last > size)
    return error(400, `the tree size requested(${last}) was greater than what is currently observable(${size})`);
  const hashes = log.proveConsistency(first, last).map((hash) => hash.toString('hex'));
  return json({ hashes, rootHash: log.rootHash().toString('hex') });
}

/** Rekor's 404 for an entry has no body. */
function found(value: object | undefined): Answer {
  return value === undefined ? { status: 404 } : json(value);
}

function json(value: object): Answer {
  return { status: 200, body: JSON.stringify(value) };
}

function error(status: number, message: string, code: number = status): Answer {
  return { status, body: JSON.stringify({ code, message }) };
}
