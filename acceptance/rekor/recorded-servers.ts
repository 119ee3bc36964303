import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createRekor,
  type EntriesQuestion,
  isRekorError,
  parseLogKey,
  type Rekor,
  type TrustedLog,
} from '@sigtrail/rekor';
import { createAsker } from '../../packages/rekor/src/client/ask.ts';
import { type Exchange, startReplay } from './replay.ts';
import { row, type RekorRow } from './row.ts';

interface Recording {
  readonly meta?: { readonly publicKeyPem?: string; readonly shards?: readonly { readonly publicKeyPem: string }[] };
  readonly exchanges?: readonly Exchange[];
  readonly steps?: readonly { readonly treeSize: number; readonly exchanges: readonly Exchange[] }[];
}

const V1 = [
  'v1-transcript',
  'v1-shards',
  'v1-duplicate-own-log',
  'v1-limits',
  'v1-rollover/state-0',
  'v1-rollover/state-1',
  'v1-rollover/transcript',
];
const V2 = ['v2/v2-transcript', 'v2-kinds/transcript'];

function readRecording(fixtures: string, name: string): Recording {
  return JSON.parse(readFileSync(join(fixtures, 'local-stack/rekor', `${name}.json`), 'utf8')) as Recording;
}

function trustOf({ meta }: Recording): readonly TrustedLog[] {
  const pems = [meta?.publicKeyPem, ...(meta?.shards ?? []).map(({ publicKeyPem }) => publicKeyPem)];
  return [...new Set(pems)].flatMap((pem) => (pem === undefined ? [] : [parseLogKey(pem)]));
}

// What each status of the real servers must be told apart as.
const CODES: Readonly<Record<number, string>> = {
  200: 'answered',
  201: 'answered',
  400: 'bad-request',
  405: 'frozen',
  409: 'already-logged',
  413: 'too-large',
  422: 'bad-request',
  500: 'server-error',
  501: 'not-enabled',
};

/** Every exchange of every recording, by its status: each endpoint's success and each of its errors, with the server's own number and words kept. */
export async function everyExchange(fixtures: string): Promise<readonly RekorRow[]> {
  const rows: RekorRow[] = [];
  for (const name of [...V1, ...V2]) {
    const { exchanges = [] } = readRecording(fixtures, name);
    for (const exchange of exchanges) if (isOurs(exchange)) rows.push(await askAgain(name, exchange));
  }
  return rows;
}

/** The client sends GET and POST of JSON. */
function isOurs({ request, name }: Exchange): boolean {
  const isJson = request.method === 'GET' || (request.body !== undefined && !/text-plain|no-body/.test(name));
  return (request.method === 'GET' || request.method === 'POST') && isJson && !name.startsWith('accept-');
}

async function askAgain(recording: string, exchange: Exchange): Promise<RekorRow> {
  const { request, response, name } = exchange;
  await using server = await startReplay([exchange]);
  const asker = createAsker({ url: server.url, userAgent: 'recorded', timeoutMs: 10_000, concurrency: 1, retries: 0 });
  const query = request.query === undefined || request.query === '' ? '' : `?${request.query}`;
  const body =
    typeof request.body === 'string' || request.body === undefined ? request.body : JSON.stringify(request.body);
  const isEmpty = response.body === undefined || response.body === '';
  const code =
    response.status === 404 ? (isEmpty ? 'not-found' : 'not-a-log') : (CODES[response.status] ?? 'invalid-response');
  try {
    const actual = await asker.ask({ path: `${request.path}${query}`, ...(body === undefined ? {} : { body }) }).then(
      () => 'answered',
      (error: unknown) => {
        if (!isRekorError(error)) throw error;
        return `${error.code}${saysTheSame(response.body, error.answer) ? '' : ', without the server’s words'}${response.status === 409 && error.existing === undefined ? ', without the entry that is there' : ''}`;
      },
    );
    return row(`${recording} ${name}`, code, actual);
  } finally {
    await asker.close();
  }
}

function saysTheSame(body: unknown, answer: { readonly code: number; readonly message: string } | undefined): boolean {
  let said: unknown = body;
  try {
    if (typeof body === 'string') said = JSON.parse(body);
  } catch {
    return true; // no JSON, nothing to keep
  }
  const code = typeof said === 'object' && said !== null && 'code' in said ? said.code : undefined;
  return code === undefined || code === answer?.code;
}

/** Through the client: trees, every entry by index, UUID and batch, every proof, every search, as the servers really answered. */
export async function recordedClient(fixtures: string): Promise<readonly RekorRow[]> {
  const rows: RekorRow[] = [];
  for (const name of [
    'v1-transcript',
    'v1-shards',
    'v1-rollover/state-0',
    'v1-rollover/state-1',
    'v1-rollover/transcript',
  ]) {
    const recording = readRecording(fixtures, name);
    const exchanges = recording.exchanges ?? [];
    const isInfo = ({ request, response }: Exchange): boolean =>
      request.path === '/api/v1/log' && response.status === 200;
    for (const [at, exchange] of exchanges.entries()) {
      // The log grew between exchanges, and some were asked twice: each is held against the trees as they were last seen before it.
      const trees = exchanges.slice(0, at + 1).findLast(isInfo) ?? exchanges.find(isInfo);
      const answers = [...(trees === undefined ? [] : [trees]), exchange, ...exchanges];
      await using server = await startReplay(answers);
      await using rekor = createRekor({ url: server.url, trust: trustOf(recording), version: 1, retries: 0 });
      const one = await throughClient(rekor, name, exchange);
      if (one !== undefined) rows.push(one);
    }
  }
  return rows;
}

async function throughClient(rekor: Rekor, recording: string, exchange: Exchange): Promise<RekorRow | undefined> {
  const { request, response, name } = exchange;
  const label = `${recording} ${name}`;
  const expected = response.status === 200 ? 'holds' : 'not-found';
  if (response.status !== 200 && response.status !== 404) return undefined;
  if (request.path === '/api/v1/log' && (request.query ?? '') === '' && request.method === 'GET')
    return outcomeRow(label, 'holds', async () => void (await rekor.logInfo()));
  const index = /^logIndex=(\d+)$/.exec(request.query ?? '')?.[1];
  if (request.path === '/api/v1/log/entries' && index !== undefined)
    return outcomeRow(label, expected, async () => prove(await rekor.entry({ logIndex: BigInt(index) })));
  const uuid = /^\/api\/v1\/log\/entries\/([0-9a-fA-F]+)$/.exec(request.path)?.[1];
  if (uuid !== undefined && uuid === uuid.toLowerCase())
    return outcomeRow(label, expected, async () => prove(await rekor.entry({ uuid })));
  if (request.path === '/api/v1/log/entries/retrieve' && response.status === 200)
    return retrieved(rekor, label, exchange);
  return request.path === '/api/v1/index/retrieve' && response.status === 200
    ? searched(rekor, label, exchange)
    : undefined;
}

function prove({ provenance }: { readonly provenance: { readonly body: string; readonly logIndex: string } }): void {
  if (provenance.body !== 'proven' || provenance.logIndex !== 'proven') throw new Error('not proven');
}

interface Retrieval {
  readonly logIndexes?: readonly number[];
  readonly entryUUIDs?: readonly string[];
  readonly entries?: readonly {
    readonly kind: string;
    readonly apiVersion: string;
    readonly spec: Readonly<Record<string, unknown>>;
  }[];
}

const jsonOf = (body: unknown): unknown => (typeof body === 'string' ? JSON.parse(body) : body);

async function retrieved(rekor: Rekor, label: string, { request, response }: Exchange): Promise<RekorRow | undefined> {
  const asked =
    request.body === undefined || request.body === '' ? undefined : (jsonOf(request.body) as Retrieval | null);
  const { logIndexes = [], entryUUIDs = [], entries = [] } = asked ?? {};
  const questions: readonly EntriesQuestion[] = [
    ...logIndexes.map((logIndex) => ({ logIndex })),
    ...entryUUIDs.map((uuid) => ({ uuid: uuid.toLowerCase() })),
    ...entries.map((proposed) => ({ proposed })),
  ];
  // Upper case and duplicates are written in one way by the client: other questions than were recorded.
  const isPlain = new Set(questions.map((question) => JSON.stringify(question))).size === questions.length;
  if (questions.length === 0 || !isPlain || entryUUIDs.some((uuid) => uuid !== uuid.toLowerCase())) return undefined;
  const wanted = new Set((jsonOf(response.body) as readonly object[]).flatMap((entry) => Object.keys(entry)));
  return outcomeRow(label, `holds ${[...wanted].toSorted().join(' ')}`, async () => {
    const { entries: got, refused } = await rekor.entries(questions);
    const [first] = refused;
    if (first !== undefined) throw first.error;
    got.forEach(prove);
    return got
      .map((entry) => entry.uuid)
      .toSorted()
      .join(' ');
  });
}

async function searched(rekor: Rekor, label: string, { request, response }: Exchange): Promise<RekorRow | undefined> {
  const { hash, email, publicKey, ...rest } = (jsonOf(request.body ?? '{}') ?? {}) as Readonly<Record<string, never>>;
  // Keys and subjects are asked for in two ways, and several criteria apart: those questions weren't recorded.
  if (publicKey !== undefined || Object.keys(rest).length > 0 || (hash === undefined) === (email === undefined))
    return undefined;
  if (hash !== undefined && hash !== String(hash).toLowerCase()) return undefined;
  const wanted = (jsonOf(response.body) as readonly string[]).map((uuid) => uuid.toLowerCase()).toSorted();
  return outcomeRow(label, `holds ${[...new Set(wanted)].join(' ')}`, async () => {
    const { uuids } = await rekor.search(hash === undefined ? { email: email ?? '' } : { hash });
    return uuids.join(' ');
  });
}

/** One tree as it grew: at each size, growth from every earlier one, as the server proved it. */
export async function recordedGrowth(fixtures: string): Promise<readonly RekorRow[]> {
  const recording = readRecording(fixtures, 'v1-growth-steps');
  const rows: RekorRow[] = [];
  const notes: { size: number; note: string }[] = [];
  for (const { treeSize, exchanges } of recording.steps ?? []) {
    await using server = await startReplay(exchanges);
    await using rekor = createRekor({ url: server.url, trust: trustOf(recording), version: 1, retries: 0 });
    for (const { size, note } of notes) {
      const name = `growth ${String(size)} to ${String(treeSize)}`;
      rows.push(await outcomeRow(name, 'holds', async () => void (await rekor.consistency(note))));
    }
    notes.push({ size: treeSize, note: (await rekor.checkpoint()).note });
  }
  return rows;
}

async function outcomeRow(name: string, expected: string, work: () => Promise<string | void>): Promise<RekorRow> {
  try {
    const more = await work();
    return row(name, expected, typeof more === 'string' ? `holds ${more}` : 'holds');
  } catch (error) {
    if (isRekorError(error)) return row(name, expected, error.code);
    throw error;
  }
}
