import { optionError, requireObject } from '@sigtrail/encoding';
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createIndex, type RekorIndex } from './rekor-index.ts';
import { createLog } from './transparency-log.ts';
import { toResponse } from './rekor-responses.ts';
import type { AppendedEntry, TransparencyLog } from './log.ts';

/** One request, as a lie sees it. */
export interface RekorRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  /** Parsed JSON of a POST. */
  readonly body: unknown;
}

/** One answer. `json` is written as JSON; `text` as it is. */
export interface RekorAnswer {
  readonly status: number;
  readonly json?: unknown;
  readonly text?: string;
}

/** Changes an honest answer, or gives it back. */
export type RekorLie = (request: RekorRequest, honest: RekorAnswer) => RekorAnswer | Promise<RekorAnswer>;

/** A Rekor v1 on loopback with its search index, that can be made to lie. */
export interface FakeRekor {
  readonly url: string;
  /** Every request, with when it began and ended (ms, by one clock). */
  readonly requests: readonly { readonly line: string; readonly begin: number; readonly end: number }[];
  readonly index: RekorIndex;
  /** The trees, oldest first; the last takes new entries. Each must begin (`indexOffset`) where the one before ends. */
  shards: readonly TransparencyLog[];
  /** `undefined`: honest again. */
  lie: RekorLie | undefined;
  close(): Promise<void>;
}

/**
 * Serves a log, or several as its shards, as one Rekor v1: log info with inactive shards, proofs, entries by index and UUID and in groups of ten,
 * and the index. A log that begins at a higher index than 0 gets an earlier shard with that many entries. Close it at the end.
 *
 * @example
 * const sigstore = await createSigstore();
 * const rekor = await startRekor(sigstore.rekor);
 * rekor.lie = (request, honest) => (request.path === '/api/v1/log' ? { status: 503 } : honest);
 */
export async function startRekor(logs: TransparencyLog | readonly TransparencyLog[]): Promise<FakeRekor> {
  if (!Array.isArray(logs)) requireObject(logs, 'startRekor', 'logs', ['entries', 'prove']);
  const given = 'version' in logs ? [logs] : logs;
  if (given.some(({ version }) => version !== 1))
    throw optionError('invalid-option', 'startRekor: "logs" must be of Rekor v1; startRekorV2 serves a Rekor v2');
  if (given.length === 0) throw optionError('invalid-option', 'startRekor: "logs" is an empty list');
  const shards = [...earlierShards(given[0]), ...given];
  const requests: { line: string; begin: number; end: number }[] = [];
  const fake = { shards, lie: undefined as RekorLie | undefined };
  const index = createIndex(() => fake.shards.flatMap(({ entries }) => entries));
  const server = createServer((incoming, response) => {
    const begin = performance.now();
    void (async () => {
      const request = await readRequest(incoming);
      const honest = answer(fake.shards, index, request);
      const { status, json, text } = (await fake.lie?.(request, honest)) ?? honest;
      const body = text ?? (json === undefined ? '' : JSON.stringify(json));
      requests.push({ line: `${request.method} ${incoming.url ?? ''}`, begin, end: performance.now() });
      response
        .writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
        .end(body);
    })();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo; // listening on a port, so not a pipe's name
  return Object.assign(fake, {
    url: `http://127.0.0.1:${port}`,
    requests,
    index,
    close: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  });
}

async function readRequest(incoming: IncomingMessage): Promise<RekorRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://localhost');
  const text = Buffer.concat(chunks).toString();
  return {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: Object.fromEntries(searchParams),
    body: text === '' ? undefined : JSON.parse(text),
  };
}

function answer(
  shards: readonly TransparencyLog[],
  index: RekorIndex,
  { method, path, query, body }: RekorRequest,
): RekorAnswer {
  if (method === 'POST') {
    if (path === '/api/v1/log/entries/retrieve') return retrieve(shards, body as Retrieval);
    if (path === '/api/v1/index/retrieve') return { status: 200, json: search(index, body as Search) };
    return error(405, 'method not allowed');
  }
  switch (path) {
    case '/api/v1/log':
      return { status: 200, json: logInfo(shards) };
    case '/api/v1/log/publicKey':
      return { status: 200, text: shards.at(-1)?.key.pem ?? '' };
    case '/api/v1/log/proof':
      return consistency(shards, query);
    case '/api/v1/log/entries':
      return one(byIndex(shards, Number(query['logIndex'])));
  }
  const uuid = /^\/api\/v1\/log\/entries\/([^/]+)$/.exec(path)?.[1];
  if (uuid === undefined) return error(404, `path ${path} was not found`);
  if (!/^([0-9a-fA-F]{64}|[0-9a-fA-F]{80})$/.test(uuid))
    return error(422, "entryUUID in path should match '^([0-9a-fA-F]{64}|[0-9a-fA-F]{80})$'", 605);
  return one(byUuid(shards, uuid).at(0));
}

/** What came before the first shard that is given, so that the log's indexes add up: entries of other people. */
function earlierShards(first: TransparencyLog | undefined): readonly TransparencyLog[] {
  if (first === undefined || first.indexOffset === 0) return [];
  const { host, key, indexOffset } = first;
  return [createLog({ host, key, treeId: first.treeId - 1n, indexOffset: 0, neighbours: indexOffset })];
}

type Found = readonly [TransparencyLog, AppendedEntry];

function logInfo(shards: readonly TransparencyLog[]): object {
  const [active, ...inactive] = shards.toReversed().map((log) => ({
    rootHash: log.rootHash().toString('hex'),
    treeSize: log.entries.length,
    signedTreeHead: log.checkpoint(),
    treeID: String(log.treeId),
  }));
  return { ...active, inactiveShards: inactive.length === 0 ? null : inactive.toReversed() };
}

/** A real Rekor answers with the root of its current tree, not of `lastSize`. */
function consistency(shards: readonly TransparencyLog[], query: Readonly<Record<string, string>>): RekorAnswer {
  const { firstSize = '1', lastSize = '0', treeID } = query;
  const log = treeID === undefined ? shards.at(-1) : shards.find(({ treeId }) => String(treeId) === treeID);
  if (log === undefined) return error(400, `no log range found for tree ID ${treeID ?? ''}`);
  const [first, last] = [Number(firstSize), Number(lastSize)];
  if (!(first >= 1 && last >= 1)) return error(422, 'firstSize and lastSize should be greater than or equal to 1', 609);
  if (first > last) return error(400, `firstSize(${first}) must be less than lastSize(${last})`);
  if (last > log.entries.length)
    return error(
      400,
      `the tree size requested(${last}) was greater than what is currently observable(${log.entries.length})`,
    );
  const hashes = first === last ? [] : log.proveConsistency(first, last).map((hash) => hash.toString('hex'));
  return { status: 200, json: { hashes, rootHash: log.rootHash().toString('hex') } };
}

interface Retrieval {
  readonly logIndexes?: readonly number[];
  readonly entryUUIDs?: readonly string[];
  readonly entries?: readonly { readonly kind: string; readonly spec: unknown }[];
}

function retrieve(
  shards: readonly TransparencyLog[],
  { logIndexes = [], entryUUIDs = [], entries = [] }: Retrieval,
): RekorAnswer {
  if (logIndexes.length + entryUUIDs.length + entries.length > 10)
    return error(422, 'more than max allowed 10 entries in request');
  const found = [
    ...logIndexes.map((logIndex) => byIndex(shards, logIndex)),
    ...entryUUIDs.flatMap((uuid) => byUuid(shards, uuid)),
    ...entries.flatMap(({ spec }) => byContent(shards, spec)),
  ];
  // Unknown ones are left out, and the order is the server's own.
  return {
    status: 200,
    json: found.flatMap((entry) => (entry === undefined ? [] : [toResponse(...entry)])).toReversed(),
  };
}

interface Search {
  readonly hash?: string;
  readonly email?: string;
  readonly subject?: string;
  readonly publicKey?: { readonly content: string };
  readonly operator?: 'and' | 'or';
}

function search(index: RekorIndex, { hash, email, subject, publicKey, operator = 'or' }: Search): readonly string[] {
  const key =
    publicKey === undefined
      ? undefined
      : createHash('sha256').update(Buffer.from(publicKey.content, 'base64')).digest('hex');
  const lists = [hash, email, subject, key].flatMap((wanted) => (wanted === undefined ? [] : [index.find(wanted)]));
  const all = [...new Set(lists.flat())];
  return operator === 'and' ? all.filter((uuid) => lists.every((list) => list.includes(uuid))) : all;
}

function byIndex(shards: readonly TransparencyLog[], logIndex: number): Found | undefined {
  for (const log of shards) {
    const entry = log.entries.find((candidate) => candidate.logIndex === logIndex);
    if (entry !== undefined) return [log, entry];
  }
  return undefined;
}

function byUuid(shards: readonly TransparencyLog[], uuid: string): readonly Found[] {
  const wanted = uuid.toLowerCase();
  return shards.flatMap((log) =>
    log.entries.filter((entry) => entry.uuid.endsWith(wanted)).map((entry): Found => [log, entry]),
  );
}

/** A proposed hashedrekord is its body: the fake needs no canonicaliser. */
function byContent(shards: readonly TransparencyLog[], spec: unknown): readonly Found[] {
  const wanted = JSON.stringify(sorted(spec));
  return shards.flatMap((log) =>
    log.entries
      .filter(({ body }) => JSON.stringify(sorted((JSON.parse(body.toString()) as { spec: unknown }).spec)) === wanted)
      .map((entry): Found => [log, entry]),
  );
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

function one(found: Found | undefined): RekorAnswer {
  return found === undefined ? { status: 404 } : { status: 200, json: toResponse(...found) };
}

function error(status: number, message: string, code: number = status): RekorAnswer {
  return { status, json: { code, message } };
}
