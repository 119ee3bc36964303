import { requireObject, requireText } from '@sigtrail/encoding';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { treeRoot } from './merkle-tree.ts';
import type { TransparencyLog } from './log.ts';

/** A file that a tile log serves, or doesn't. */
export interface TileAnswer {
  readonly status: number;
  readonly bytes?: Uint8Array;
}

/** Changes an honest answer, or gives it back. `path` is below the prefix: `checkpoint`, `tile/0/000.p/7`. */
export type TileLie = (path: string, honest: TileAnswer) => TileAnswer;

/** A Rekor v2 on loopback: static files, that can be made to lie. */
export interface FakeRekorV2 {
  readonly url: string;
  /** Every request's path. */
  readonly requests: readonly string[];
  /** The log that is served. Another one in its place is what a fork, a rollback or an impostor looks like. */
  log: TransparencyLog;
  /** The size of the tree that is served; default all of it. A smaller one is an older state. */
  size: number | undefined;
  /** `undefined`: honest again. */
  lie: TileLie | undefined;
  close(): Promise<void>;
}

const TILE_WIDTH = 256;

/**
 * Serves a log as tiles (C2SP tlog-tiles) below a prefix: `''`, as monitors read it, or `/api/v2`, as clients do. Close it at the end.
 *
 * @example
 * const rekor = await startRekorV2(createLog({ version: 2 }));
 * rekor.lie = (path, honest) => (path.startsWith('tile/entries') ? { status: 404 } : honest);
 */
export async function startRekorV2(log: TransparencyLog, prefix = ''): Promise<FakeRekorV2> {
  requireObject(log, 'startRekorV2', 'log', ['entries', 'checkpoint']);
  requireText(prefix, 'startRekorV2', 'prefix');
  const requests: string[] = [];
  const fake = { log, size: undefined as number | undefined, lie: undefined as TileLie | undefined };
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    requests.push(pathname);
    const path = pathname.startsWith(`${prefix}/`) ? pathname.slice(prefix.length + 1) : undefined;
    const honest: TileAnswer =
      path === undefined ? { status: 404 } : answer(fake.log, fake.size ?? fake.log.entries.length, path);
    const { status, bytes } = path === undefined ? honest : (fake.lie?.(path, honest) ?? honest);
    // Static servers send words with their 404.
    const body = bytes ?? Buffer.from(status === 200 ? '' : 'not found\n');
    response.writeHead(status, { 'content-length': body.byteLength }).end(body);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // listening on a port, so not a pipe's name
  return Object.assign(fake, {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

function answer(log: TransparencyLog, size: number, path: string): TileAnswer {
  if (path === 'checkpoint') return { status: 200, bytes: Buffer.from(log.checkpoint(size)) };
  const match = /^tile\/(entries|\d+)\/((?:x\d{3}\/)*\d{3})(?:\.p\/(\d+))?$/.exec(path);
  if (match === null) return { status: 404 };
  const [, level = '', digits = '', partial] = match;
  const index = Number(digits.replaceAll(/[x/]/g, ''));
  const width = partial === undefined ? TILE_WIDTH : Number(partial);
  const hashes = level === 'entries' ? 0 : Number(level);
  if ((index * TILE_WIDTH + width) * TILE_WIDTH ** hashes > size) return { status: 404 };
  const parts = Array.from({ length: width }, (_, i) => {
    const at = index * TILE_WIDTH + i;
    return level === 'entries' ? entryOf(log, at) : hashOf(log, hashes, at);
  });
  return { status: 200, bytes: Buffer.concat(parts) };
}

function entryOf(log: TransparencyLog, index: number): Buffer {
  const body = log.entries[index]?.body ?? Buffer.alloc(0);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.byteLength);
  return Buffer.concat([length, body]);
}

function hashOf(log: TransparencyLog, level: number, index: number): Buffer {
  const leaves = TILE_WIDTH ** level;
  return treeRoot(log.entries.slice(index * leaves, (index + 1) * leaves).map(({ leafHash }) => leafHash));
}
