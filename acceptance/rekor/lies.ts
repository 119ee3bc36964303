import { createRekor, isLogAlarm, isRekorError, type Rekor, type TrustedLog, verifyEvidence } from '@sigtrail/rekor';
import { createLog, type RekorAnswer, type RekorRequest, startRekor, type TransparencyLog } from '@sigtrail/testing';
import { row, type RekorRow } from './row.ts';

const TREE = 42n;
const body = (
  kind: string,
  i: number,
): { readonly apiVersion: string; readonly kind: string; readonly spec: { readonly i: number } } => ({
  apiVersion: '0.0.1',
  kind,
  spec: { i },
});

function logOf(
  kind: string,
  count: number,
  options: { readonly of?: TransparencyLog; readonly treeId?: bigint; readonly host?: string } = {},
): TransparencyLog {
  const { of, treeId = TREE, host = 'rekor.fake.test' } = options;
  const log = createLog({ neighbours: 0, indexOffset: 0, treeId, host, ...(of === undefined ? {} : { key: of.key }) });
  for (let i = 0; i < count; i += 1) log.append(body(kind, i), new Date('2026-01-01T00:00:00Z'));
  return log;
}

/** A lie of a log, the question that meets it, and the one alarm that must follow. */
interface Lie {
  readonly name: string;
  readonly code: string;
  /** Asked while the log is still honest; what was learned is kept. */
  readonly before?: (rekor: Rekor) => Promise<string>;
  readonly lie: (world: World) => void;
  readonly ask: (rekor: Rekor, kept: string) => Promise<unknown>;
}

interface World {
  readonly log: TransparencyLog;
  readonly server: Awaited<ReturnType<typeof startRekor>>;
}

const keep = async (rekor: Rekor): Promise<string> => (await rekor.checkpoint()).note;
const growth = (rekor: Rekor, kept: string): Promise<unknown> => rekor.consistency(kept);
const third = (rekor: Rekor): Promise<unknown> => rekor.entry({ logIndex: 3 });
const onEntries =
  (change: (entry: EntryJson, uuid: string) => RekorAnswer | undefined) =>
  ({ server }: World): void => {
    server.lie = (request: RekorRequest, honest: RekorAnswer) => {
      if (!request.path.startsWith('/api/v1/log/entries') || honest.status !== 200) return honest;
      const [uuid, entry] = Object.entries(structuredClone(honest.json) as Record<string, EntryJson>)[0] ?? [];
      if (uuid === undefined || entry === undefined) return honest;
      return change(entry, uuid) ?? { status: 200, json: { [uuid]: entry } };
    };
  };

interface EntryJson {
  body: string;
  logIndex: number;
  integratedTime: number;
  logID: string;
  verification: {
    inclusionProof: { checkpoint: string; treeSize: number; hashes: string[]; logIndex: number };
    signedEntryTimestamp: string;
  };
}

const LIES: readonly Lie[] = [
  {
    name: 'forks at the same size',
    code: 'fork',
    before: keep,
    lie: ({ log, server }) => void (server.shards = [logOf('fork', 20, { of: log })]),
    ask: growth,
  },
  {
    name: 'forks and grows',
    code: 'fork',
    before: keep,
    lie: ({ log, server }) => void (server.shards = [logOf('fork', 25, { of: log })]),
    ask: growth,
  },
  {
    name: 'rolls back',
    code: 'rollback',
    before: keep,
    lie: ({ log, server }) => void (server.shards = [logOf('test', 15, { of: log })]),
    ask: growth,
  },
  {
    name: 'serves a stale replica',
    code: 'stale-replica',
    before: keep,
    lie: ({ log, server }) => {
      const older = logOf('test', 15, { of: log });
      let reads = 0;
      const answer = {
        rootHash: older.rootHash().toString('hex'),
        treeSize: 15,
        signedTreeHead: older.checkpoint(),
        treeID: String(TREE),
        inactiveShards: null,
      };
      server.lie = (request, honest) =>
        request.path === '/api/v1/log' && (reads += 1) === 1 ? { status: 200, json: answer } : honest;
    },
    ask: async (rekor, kept) => {
      const [alarm] = (await rekor.consistency(kept)).alarms;
      if (alarm !== undefined) throw alarm;
    },
  },
  {
    name: 'drops an entry asked for by index',
    code: 'entry-dropped',
    lie: ({ server }) =>
      void (server.lie = (request, honest) => (request.query['logIndex'] === '3' ? { status: 404 } : honest)),
    ask: third,
  },
  {
    name: 'drops an entry from a batch',
    code: 'entry-dropped',
    lie: ({ server }) =>
      void (server.lie = (request, honest) =>
        request.path.endsWith('/retrieve') && Array.isArray(honest.json)
          ? { status: 200, json: honest.json.slice(0, -1) }
          : honest),
    ask: async (rekor) => {
      for await (const _entry of rekor.scan(0, 7));
    },
  },
  { name: 'swaps an index', code: 'entry-mismatch', lie: onEntries((entry) => void (entry.logIndex = 5)), ask: third },
  {
    name: 'swaps an index and promises it',
    code: 'index-mismatch',
    lie: ({ log, server }) => {
      const entry = log.entries[3];
      if (entry?.integratedTime === undefined) return;
      const promise = log.signedEntryTimestamp({ body: entry.body, logIndex: 5, integratedTime: entry.integratedTime });
      onEntries((served) => {
        served.logIndex = 5;
        served.verification.signedEntryTimestamp = promise.toString('base64');
        return { status: 200, json: { [entry.uuid]: served } };
      })({ log, server });
      const swapped = server.lie;
      server.lie = (request, honest) =>
        swapped?.(request, request.query['logIndex'] === '5' ? { status: 200, json: log.entryResponse(3) } : honest) ??
        honest;
    },
    ask: (rekor) => rekor.entry({ logIndex: 5 }),
  },
  {
    name: 'swaps two bodies',
    code: 'entry-mismatch',
    lie: ({ log, server }) =>
      onEntries((entry) => void (entry.body = log.entries[4]?.body.toString('base64') ?? ''))({ log, server }),
    ask: third,
  },
  {
    name: 'signs with another key',
    code: 'untrusted-key',
    lie: ({ server }) => void (server.shards = [logOf('test', 20)]),
    ask: third,
  },
  {
    name: 'signs a tree head with another key',
    code: 'untrusted-key',
    lie: ({ server }) => void (server.shards = [logOf('test', 20)]),
    ask: (rekor) => rekor.logInfo(),
  },
  {
    name: 'breaks a signature',
    code: 'checkpoint-signature-invalid',
    lie: ({ server }) => {
      server.lie = (request, honest) =>
        request.path === '/api/v1/log' && typeof honest.json === 'object' && honest.json !== null
          ? {
              status: 200,
              json: {
                ...honest.json,
                signedTreeHead: String((honest.json as Record<string, unknown>)['signedTreeHead']).replace(
                  '\n20\n',
                  '\n21\n',
                ),
              },
            }
          : honest;
    },
    ask: (rekor) => rekor.logInfo(),
  },
  {
    name: 'answers for another tree',
    code: 'wrong-tree',
    before: keep,
    lie: ({ log, server }) => void (server.shards = [logOf('test', 20, { of: log, treeId: 43n })]),
    ask: growth,
  },
  {
    name: 'answers a UUID of one tree with the entry of another',
    code: 'wrong-tree',
    before: async (rekor) => (await rekor.entry({ logIndex: 3 })).uuid,
    lie: ({ log, server }) => {
      const other = logOf('test', 20, { of: log, treeId: 43n });
      server.lie = (request, honest) =>
        request.path.startsWith('/api/v1/log/entries/') ? { status: 200, json: other.entryResponse(3) } : honest;
    },
    ask: (rekor, uuid) => rekor.entry({ uuid }),
  },
  {
    name: 'says another size beside its checkpoint',
    code: 'checkpoint-mismatch',
    lie: onEntries((entry) => void (entry.verification.inclusionProof.treeSize += 1)),
    ask: third,
  },
  {
    name: 'proves with other hashes',
    code: 'inclusion-invalid',
    lie: onEntries((entry) => void entry.verification.inclusionProof.hashes.reverse()),
    ask: third,
  },
  {
    name: 'promises another time',
    code: 'set-invalid',
    lie: onEntries((entry) => void (entry.integratedTime += 60)),
    ask: third,
  },
  {
    name: 'shows one entry under a fork of its own',
    code: 'inclusion-invalid',
    lie: ({ log, server }) => {
      const fork = logOf('fork', 20, { of: log });
      onEntries((entry) => void (entry.verification.inclusionProof.checkpoint = fork.checkpoint()))({ log, server });
      const spoilt = server.lie;
      server.lie = (request, honest) => {
        const answer = spoilt?.(request, honest) ?? honest;
        const json =
          'json' in answer && answer.json !== null && typeof answer.json === 'object'
            ? (answer.json as Record<string, EntryJson>)
            : undefined;
        for (const entry of Object.values(json ?? {})) {
          if (request.path.startsWith('/api/v1/log/entries'))
            Object.assign(entry.verification.inclusionProof, { rootHash: fork.rootHash().toString('hex') });
        }
        return answer;
      };
    },
    ask: third,
  },
];

/** Makes a log lie in each way; the alarm must be the one named, and its evidence hold offline, after a trip through JSON. */
export async function everyLie(): Promise<readonly RekorRow[]> {
  const rows: RekorRow[] = [];
  for (const lie of LIES) rows.push(row(lie.name, `${lie.code}, evidence holds`, await tell(lie)));
  return rows;
}

async function tell({ before, lie, ask }: Lie): Promise<string> {
  const log = logOf('test', 20);
  const trust: readonly TrustedLog[] = [{ publicKey: log.key.publicKey }];
  const server = await startRekor(log);
  const rekor = createRekor({ url: server.url, trust, version: 1, retries: 0 });
  try {
    const kept = (await before?.(rekor)) ?? '';
    lie({ log, server });
    return await ask(rekor, kept).then(
      () => 'no alarm',
      (error: unknown) => judge(error, trust),
    );
  } finally {
    await rekor.close();
    await server.close();
  }
}

function judge(error: unknown, logs: readonly TrustedLog[]): string {
  if (!isRekorError(error)) throw error;
  if (!isLogAlarm(error) || error.evidence === undefined) return `${error.code}, no evidence`;
  const saved = JSON.parse(JSON.stringify(error.evidence)) as typeof error.evidence;
  return `${error.code}, ${verifyEvidence(saved, { logs }).holds ? 'evidence holds' : 'evidence does not hold'}`;
}
