import { checkOptions, expecting, type OptionTable } from '@sigtrail/encoding';
import { aCount, aDate, aList, anObject, aText, oneOf } from '../option-checks.ts';
import type { AppendedEntry, TransparencyLog } from './log.ts';
import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { EntryBody } from './entry-body.ts';
import { generateKeyPair, KEY_KIND, type HashName, type KeyKind, type KeyPair, signBytes } from './key-pair.ts';
import { consistencyPath, hashLeaf, inclusionPath, treeRoot } from './merkle-tree.ts';
import { entryResponse } from './rekor-responses.ts';
import { logKeyId, signNote } from './signed-note.ts';
import { aroundNow, unixSeconds, type Validity } from './validity.ts';

/** A Rekor. */
export interface LogOptions {
  /** Default 1. */
  readonly version?: 1 | 2;
  /** Default p256 for v1 and Ed25519 for v2. */
  readonly kind?: KeyKind;
  /** Hash of its signatures; default the one of the key. */
  readonly hash?: HashName;
  readonly host?: string;
  /** v1 only. */
  readonly treeId?: bigint;
  /** v1 only: entries of earlier shards, so that global and in-tree index differ (default 1000). */
  readonly indexOffset?: number;
  /** Entries of other people before and after each of ours, so that proofs have hashes (default 3). */
  readonly neighbours?: number;
  readonly now?: Date;
  readonly validFor?: Validity;
  /** Default: a fresh one. */
  readonly key?: KeyPair;
  /** What it begins with; default some entries of other people. */
  readonly entries?: readonly AppendedEntry[];
}

const LOG_OPTIONS: OptionTable<LogOptions> = {
  version: oneOf(1, 2),
  kind: KEY_KIND,
  hash: oneOf('sha256', 'sha384', 'sha512'),
  host: aText,
  treeId: expecting('a bigint', (value) => typeof value === 'bigint'),
  indexOffset: aCount,
  neighbours: aCount,
  now: aDate,
  validFor: anObject,
  key: anObject,
  entries: aList,
};

/** Creates a log that already has some entries. */
export function createLog(options: LogOptions = {}): TransparencyLog {
  checkOptions(options, LOG_OPTIONS, 'createLog');
  const { version = 1, neighbours = 3, treeId = 1193050959916656506n } = options;
  const host = options.host ?? (version === 1 ? 'rekor.fake.test' : 'log2026-1.rekor.fake.test');
  const key = options.key ?? generateKeyPair(options.kind ?? (version === 1 ? 'p256' : 'ed25519'));
  const logId = logKeyId(version, host, key);
  const hash = options.hash === undefined ? {} : { hash: options.hash };
  const offset = version === 1 ? (options.indexOffset ?? 1000) : 0;
  const entries: AppendedEntry[] = [...(options.entries ?? [])];
  const leaves = (size: number = entries.length): Buffer[] => entries.slice(0, size).map(({ leafHash }) => leafHash);
  const origin = version === 1 ? `${host} - ${treeId}` : host;

  const push = (body: EntryBody, at: Date, subjects: readonly string[] = []): AppendedEntry => {
    const bytes = Buffer.from(canonicalJson(body));
    const leafHash = hashLeaf(bytes);
    const treeIndex = entries.length;
    const entry: AppendedEntry = {
      kind: body.kind,
      apiVersion: body.apiVersion,
      body: bytes,
      leafHash,
      treeIndex,
      logIndex: treeIndex + offset,
      ...(version === 1 ? { integratedTime: unixSeconds(at) } : {}),
      uuid: treeId.toString(16).padStart(16, '0') + leafHash.toString('hex'),
      ...(subjects.length === 0 ? {} : { subjects }),
    };
    entries.push(entry);
    return entry;
  };
  const pushNeighbours = (at: Date): void => {
    for (let i = 0; i < neighbours; i++) push(neighbour(), at);
  };
  const checkpoint = (size: number = entries.length): string =>
    signNote(`${origin}\n${size}\n${treeRoot(leaves(size)).toString('base64')}\n`, {
      name: host,
      key,
      keyId: logId,
      ...hash,
    });

  if (options.entries === undefined) pushNeighbours(options.now ?? new Date());
  const log: TransparencyLog = {
    version,
    key,
    logId,
    host,
    baseUrl: `https://${host}`,
    treeId,
    indexOffset: offset,
    validFor: options.validFor ?? { start: aroundNow(options.now).start },
    entries,
    append: (body, at, subjects) => {
      const entry = push(body, at, subjects);
      pushNeighbours(at);
      return entry;
    },
    checkpoint,
    prove: ({ treeIndex }, size = entries.length) => ({
      treeIndex,
      treeSize: size,
      rootHash: treeRoot(leaves(size)),
      hashes: inclusionPath(leaves(size), treeIndex),
      checkpoint: checkpoint(size),
    }),
    proveConsistency: (from, to) => consistencyPath(leaves(to), from),
    rootHash: (size) => treeRoot(leaves(size)),
    signedEntryTimestamp: ({ body, logIndex, integratedTime }) => {
      const promised = { body: body.toString('base64'), integratedTime, logID: logId.toString('hex'), logIndex };
      return signBytes(key, Buffer.from(canonicalJson(promised)), hash);
    },
    entryResponse: (logIndex) => entryResponse(log, logIndex),
    fork: (size = entries.length) => createLog({ ...options, version, host, key, entries: entries.slice(0, size) }),
  };
  return log;
}

const NEIGHBOUR = Buffer.from(generateKeyPair('p256').pem).toString('base64');

/** A stranger's entry, as readable as any other: a reader that can't read an entry says so. */
function neighbour(): EntryBody {
  const value = createHash('sha256').update(randomBytes(16)).digest('hex');
  const signature = {
    content: randomBytes(70).toString('base64'),
    publicKey: { content: NEIGHBOUR },
  };
  return {
    apiVersion: '0.0.1',
    kind: 'hashedrekord',
    spec: { data: { hash: { algorithm: 'sha256', value } }, signature },
  };
}
