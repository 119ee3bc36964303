import { type EntryBody, type EntryKind, entryBody } from './entry-body.ts';
import { IN_TOTO, type SignedContent } from './signed-content.ts';
import { type Signer, verifierOf } from './signer.ts';
import type { AppendedEntry, TransparencyLog } from './log.ts';

/** How a signature is logged; with no more than `log`, rightly. */
export interface LogUse {
  readonly log: TransparencyLog;
  readonly kind?: EntryKind;
  /** The entry names this signer's certificate or key instead. */
  readonly verifier?: Signer;
  /** Edits the body before it is logged: everything the log signs will hold for the edited body. */
  readonly body?: (body: EntryBody) => EntryBody;
  /** Default: when it was signed. */
  readonly integratedTime?: Date;
  /** v1: with a SET? Default true. */
  readonly promise?: boolean;
  /** With inclusion proof and checkpoint? Default true. */
  readonly proof?: boolean;
  /** Edits the finished entry in the bundle: nothing that the log signed will hold for what was edited. */
  readonly edit?: (entry: TlogEntryJson) => TlogEntryJson;
}

/** `TransparencyLogEntry` of a bundle, as protobuf JSON. Plain and writable: tests may spoil it. */
export interface TlogEntryJson {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint?: { envelope: string };
  };
  canonicalizedBody: string;
}

/** Logs a signature. */
export function logSignature(use: LogUse, content: SignedContent, signer: Signer, at: Date): AppendedEntry {
  const body = entryBody(use.log.version, content, verifierOf(use.verifier ?? signer), use.kind);
  return use.log.append(use.body?.(body) ?? body, use.integratedTime ?? at, subjectsOf(content, body.kind));
}

/** What a log that sees a whole in-toto statement files it under: the digests of its subjects. Of a hashedrekord it sees a hash alone. */
function subjectsOf(content: SignedContent, kind: string): readonly string[] {
  if (content.kind !== 'dsse' || content.payloadType !== IN_TOTO || kind === 'hashedrekord') return [];
  const { subject } = members(parseJson(content.payload));
  return Object.values(members(subject)).flatMap((one) =>
    Object.entries(members(members(one)['digest'])).map(([algorithm, hex]) => `${algorithm}:${String(hex)}`),
  );
}

/** The members of an object or array; none for anything else, since a payload may only say that it is a statement. */
function members(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The entry as a bundle carries it, proven at the log's size of now. */
export function toTlogEntry(use: LogUse, entry: AppendedEntry): TlogEntryJson {
  const { log, promise = true, proof = true } = use;
  const { integratedTime } = entry;
  const json: TlogEntryJson = {
    logIndex: String(entry.logIndex),
    logId: { keyId: log.logId.toString('base64') },
    kindVersion: { kind: entry.kind, version: entry.apiVersion },
    ...(integratedTime === undefined ? {} : { integratedTime: String(integratedTime) }),
    ...(integratedTime === undefined || !promise
      ? {}
      : { inclusionPromise: promiseJson(log, { ...entry, integratedTime }) }),
    ...(proof ? { inclusionProof: proofJson(log, entry) } : {}),
    canonicalizedBody: entry.body.toString('base64'),
  };
  return use.edit?.(json) ?? json;
}

function promiseJson(
  log: TransparencyLog,
  entry: AppendedEntry & { readonly integratedTime: number },
): { signedEntryTimestamp: string } {
  return { signedEntryTimestamp: log.signedEntryTimestamp(entry).toString('base64') };
}

function proofJson(log: TransparencyLog, entry: AppendedEntry): NonNullable<TlogEntryJson['inclusionProof']> {
  const { treeIndex, treeSize, rootHash, hashes, checkpoint } = log.prove(entry);
  return {
    logIndex: String(treeIndex),
    rootHash: rootHash.toString('base64'),
    treeSize: String(treeSize),
    hashes: hashes.map((hash) => hash.toString('base64')),
    checkpoint: { envelope: checkpoint },
  };
}
