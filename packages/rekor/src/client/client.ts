import { z } from 'zod';

import { createAsker } from './ask.ts';
import type { Asker } from './ask.ts';
import { isRekorError } from '../error.ts';
import { optionError } from '@sigtrail/encoding';
import { checkCall, checkKeys, checkOptions } from '../options.ts';
import type { LogClient } from './log-client.ts';
import type { EntryQuestion } from '../entry/log-entry.ts';
import type { EntryTrust } from '../proof/prove-entry.ts';
import type { EntriesQuestion, Rekor, RekorCallOptions, RekorOptions, ScanOptions } from './rekor.ts';
import { flattenBatches } from './flatten-batches.ts';
import type { ConnectionOptions } from './open-http.ts';
import { fileTiles, httpTiles } from '../tile/tile-source.ts';
import type { TileSource } from '../tile/tile-source.ts';
import { checkQuery } from './search-index.ts';
import { createV1Client } from './v1-client.ts';
import { createV2Client } from './v2-client.ts';

const DEFAULT_USER_AGENT = 'sigtrail-rekor';

const Options = z.strictObject({
  url: z.string(),
  trust: z.array(
    // A misspelt `validFor` would trust a key for ever.
    z.strictObject({
      publicKey: z.looseObject({ type: z.literal('public') }),
      baseUrl: z.string().optional(),
      name: z.string().optional(),
      logId: z.instanceof(Uint8Array).optional(),
      checkpointKeyId: z.instanceof(Uint8Array).optional(),
      operator: z.string().optional(),
      keyDetails: z.string().optional(),
      validFor: z.strictObject({ start: z.date(), end: z.date().optional() }).optional(),
    }),
  ),
  version: z.exactOptional(z.literal([1, 2])),
  witnesses: z.exactOptional(
    z.array(
      z.strictObject({
        name: z.string(),
        publicKey: z.looseObject({ type: z.literal('public') }),
        keyHint: z.instanceof(Uint8Array),
      }),
    ),
  ),
  witnessQuorum: z.exactOptional(z.int().nonnegative()),
  userAgent: z.exactOptional(z.string().regex(/^[\x20-\x7e]+$/)),
  timeoutMs: z.exactOptional(z.int().positive()),
  concurrency: z.exactOptional(z.int().min(1).max(64)),
  retries: z.exactOptional(z.int().min(0).max(10)),
  // Checked where they are used.
  ca: z.exactOptional(z.custom<ConnectionOptions['ca']>()),
  clientCertificates: z.exactOptional(z.custom<ConnectionOptions['clientCertificates']>()),
  proxy: z.exactOptional(z.custom<ConnectionOptions['proxy']>()),
  transport: z.exactOptional(z.custom<ConnectionOptions['transport']>()),
});

/**
 * Makes a client of a Rekor log, v1 or v2. It checks that answers are about what was asked for, proves them under the keys you trust, and
 * never takes a key from the log.
 *
 * @throws TypeError `unknown-option`, `invalid-option`
 * @example
 * const { transparencyLogs: trust } = readTrustedLogs(await readFile('trusted_root.json'));
 * await using rekor = createRekor({ url: 'https://rekor.sigstore.dev', trust });
 * const entry = await rekor.entry({ logIndex: 658949562 });
 * entry.provenance.body; // 'proven'
 */
export function createRekor(options: RekorOptions): Rekor {
  checkOptions('createRekor', Options, options);
  const { trust: logs, witnesses = [], witnessQuorum = 0 } = options;
  if (witnessQuorum > witnesses.length)
    throw optionError('invalid-option', '"witnessQuorum" is larger than the number of witnesses');
  const base = parseBase(options.url);
  const asker = createAsker({
    url: base.startsWith('file:') ? 'file:' : base,
    userAgent: options.userAgent ?? DEFAULT_USER_AGENT,
    timeoutMs: options.timeoutMs ?? 30_000,
    concurrency: options.concurrency ?? 4,
    retries: options.retries,
    connection: options,
  });
  const trust: EntryTrust = { logs, witnesses, witnessQuorum };
  const open = (version: 1 | 2): { readonly version: 1 | 2; readonly client: LogClient } => ({
    version,
    client: version === 1 ? createV1Client(asker, trust) : createV2Client(tiles, trust),
  });
  const tiles = base.startsWith('file:') ? fileTiles(base) : httpTiles(asker);
  const wanted = base.startsWith('file:') ? 2 : options.version;
  let opened = wanted === undefined ? undefined : Promise.resolve(open(wanted));
  const openOnce = (call: RekorCallOptions): ReturnType<typeof findVersion> => {
    const asked = opened ?? findVersion(asker, tiles, open, call);
    opened = asked;
    asked.catch(() => {
      if (opened === asked) opened = undefined;
    });
    return asked;
  };
  const client = async (call: RekorCallOptions): Promise<LogClient> => (await openOnce(call)).client;
  return {
    url: base,
    version: async (call = {}) => {
      checkCall('version', call);
      return (await openOnce(call)).version;
    },
    entry: async (asked, call = {}) => {
      checkCall('entry', call);
      const question = parseQuestion(asked);
      return (await client(call)).entry(question, call);
    },
    entries: async (asked, call = {}) => {
      checkCall('entries', call);
      if (!Array.isArray(asked)) throw optionError('invalid-option', 'entries: expected a list of questions');
      const questions = (asked as readonly EntriesQuestion[]).map(parseAny);
      return (await client(call)).entries(questions, call);
    },
    search: async (query, call = {}) => {
      checkCall('search', call);
      checkQuery(query);
      return (await client(call)).search(query, call);
    },
    logInfo: async (call = {}) => {
      checkCall('logInfo', call);
      return (await client(call)).logInfo(call);
    },
    checkpoint: async (tree = {}, call = {}) => {
      checkCall('checkpoint', call);
      const treeId = parseTree('checkpoint', tree);
      return (await client(call)).checkpoint(treeId, call);
    },
    consistency: async (from, to, call = {}) => {
      checkCall('consistency', call);
      for (const one of to === undefined ? [from] : [from, to]) checkNote(one);
      return (await client(call)).consistency(from, to, call);
    },
    scan: (from, to, scan = {}) => {
      checkScan(scan);
      const [start, end] = [parseIndex(from), to === undefined ? undefined : parseIndex(to)];
      if (end !== undefined && end < start) throw optionError('invalid-option', '"to" must not be before "from"');
      return flattenBatches(scanLog(client, start, end, scan));
    },
    advertisedKey: async (tree = {}, call = {}) => {
      checkCall('advertisedKey', call);
      const treeId = parseTree('advertisedKey', tree);
      return (await client(call)).advertisedKey(treeId, call);
    },
    close: () => asker.close(),
    [Symbol.asyncDispose]: () => asker.close(),
  };
}

interface OpenedLog {
  readonly version: 1 | 2;
  readonly client: LogClient;
}

/** A v1 answers for its trees, a v2 has a checkpoint. Asked one after the other: a public address is one or the other. */
async function findVersion(
  asker: Asker,
  tiles: TileSource,
  open: (version: 1 | 2) => OpenedLog,
  call: RekorCallOptions,
): Promise<OpenedLog> {
  try {
    await asker.ask({ path: '/api/v1/log', signal: call.signal });
    return open(1);
  } catch (error) {
    if (
      !isRekorError(error) ||
      !['not-found', 'not-a-log', 'not-enabled', 'bad-request', 'frozen'].includes(error.code)
    )
      throw error;
  }
  await tiles.checkpoint(call);
  return open(2);
}

async function* scanLog(
  client: (call: RekorCallOptions) => Promise<LogClient>,
  from: number,
  to: number | undefined,
  options: Parameters<LogClient['scan']>[2],
): ReturnType<LogClient['scan']> & AsyncGenerator {
  yield* (await client(options)).scan(from, to, options);
}

function parseAny(question: EntriesQuestion): EntriesQuestion {
  checkKeys('question', question, ['logIndex', 'uuid', 'proposed']);
  if (!('proposed' in question)) return parseQuestion(question);
  checkKeys('question', question, ['proposed']);
  checkKeys('question.proposed', question.proposed, ['kind', 'apiVersion', 'spec']);
  return question;
}

function parseQuestion(question: EntryQuestion): EntryQuestion {
  checkKeys('question', question, ['logIndex', 'uuid']);
  if (Object.keys(question).length !== 1)
    throw optionError('invalid-option', 'a question must have either "logIndex" or "uuid"');
  if ('logIndex' in question) {
    const { logIndex } = question;
    const isIndex =
      typeof logIndex === 'bigint'
        ? logIndex >= 0n && logIndex < 2n ** 63n
        : Number.isSafeInteger(logIndex) && logIndex >= 0;
    if (!isIndex)
      throw optionError('invalid-option', '"logIndex" must be a whole number from 0 to 2^53-1, or a bigint below 2^63');
    return { logIndex };
  }
  const uuid = typeof question.uuid === 'string' ? question.uuid.toLowerCase() : '';
  if (!/^(?:[0-9a-f]{16})?[0-9a-f]{64}$/.test(uuid))
    throw optionError('invalid-option', '"uuid" must be 64 or 80 hexadecimal digits');
  return { uuid };
}

function parseIndex(index: number | bigint): number {
  const value = typeof index === 'bigint' ? Number(index) : index;
  if (!Number.isSafeInteger(value) || value < 0)
    throw optionError('invalid-option', 'an index must be a whole number from 0 to 2^53-1');
  return value;
}

function checkScan(scan: ScanOptions): void {
  checkCall('scan', scan, ['under', 'ahead']);
  const { under, ahead } = scan;
  if (under !== undefined && (typeof under !== 'object' || under === null || typeof under.note !== 'string'))
    throw optionError('invalid-option', '"scan.under" must be a checkpoint of checkpoint()');
  if (ahead !== undefined && (!Number.isSafeInteger(ahead) || ahead < 0))
    throw optionError('invalid-option', '"scan.ahead" must be a whole number');
}

function checkNote(from: unknown): void {
  const isNote = typeof from === 'string' || (typeof from === 'object' && from !== null && 'note' in from);
  if (!isNote) throw optionError('invalid-option', 'consistency: expected a signed note, or an answer of checkpoint()');
}

function parseTree(name: string, tree: { readonly treeId?: string }): string | undefined {
  checkKeys(name, tree, ['treeId']);
  const { treeId } = tree;
  if (treeId !== undefined && (typeof treeId !== 'string' || !/^[1-9][0-9]{0,18}$/.test(treeId)))
    throw optionError('invalid-option', '"treeId" must be the decimal number of a tree');
  return treeId;
}

function parseBase(text: string): string {
  const url = URL.parse(text);
  if (url === null || !/^(?:https?|file):$/.test(url.protocol))
    throw optionError('invalid-option', '"url" must be an https address, or a file address of a folder of tiles');
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') {
    throw optionError('invalid-option', '"url" must have no user information, query or fragment');
  }
  return url.href.replace(/\/+$/, '');
}
