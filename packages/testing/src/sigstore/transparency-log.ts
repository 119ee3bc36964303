import { randomBytes } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { generateKeyPair, type KeyPair, sha256 } from './key-pair.ts';

/** A transparency log in memory: Rekor v1 (promises, integrated times) or v2 (checkpoints only). */
export interface TransparencyLog {
  readonly version: 1 | 2;
  readonly host: string;
  readonly key: KeyPair;
  readonly logId: Uint8Array;
  /** Adds an entry and answers it as a bundle carries it (protobuf JSON). */
  append(kind: string, version: string, body: object, time: Date): LogEntryJson;
}

/** protobuf-specs `TransparencyLogEntry` as JSON. */
export interface LogEntryJson {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof: {
    logIndex: string;
    rootHash: string;
    treeSize: string;
    hashes: string[];
    checkpoint: { envelope: string };
  };
  canonicalizedBody: string;
}

const leafHash = (bytes: Uint8Array): Buffer => sha256(Buffer.from([0]), bytes);
const TREE_ID = '1193050959916656506';

/** Starts a log with other people's entries already in it, so that proofs have a length. */
export async function createTransparencyLog(version: 1 | 2, host: string): Promise<TransparencyLog> {
  const key = await generateKeyPair(version === 1 ? 'p256' : 'ed25519');
  // signed-note: the id of an Ed25519 key is of its name and raw bytes; Rekor v1 uses the hash of the SPKI.
  const logId =
    version === 1 ? sha256(key.spki) : sha256(Buffer.from(`${host}\n`), Buffer.from([1]), key.spki.subarray(-32));
  const leaves = Array.from({ length: 5 }, () => leafHash(randomBytes(20)));
  return {
    version,
    host,
    key,
    logId,
    append: (kind, kindVersion, body, time) => {
      const bytes = Buffer.from(canonicalJson(body));
      const index = leaves.push(leafHash(bytes)) - 1;
      for (let other = 0; other < 3; other++) leaves.push(leafHash(randomBytes(20)));
      const root = treeHash(leaves);
      const note = `${version === 1 ? `${host} - ${TREE_ID}` : host}\n${leaves.length}\n${root.toString('base64')}\n`;
      const line = Buffer.concat([logId.subarray(0, 4), key.sign(Buffer.from(note))]).toString('base64');
      const logIndex = version === 1 ? index + 1_000_000 : index;
      const integratedTime = Math.floor(time.getTime() / 1000);
      const promised = canonicalJson({
        body: bytes.toString('base64'),
        integratedTime,
        logID: logId.toString('hex'),
        logIndex,
      });
      return {
        logIndex: String(logIndex),
        logId: { keyId: logId.toString('base64') },
        kindVersion: { kind, version: kindVersion },
        ...(version === 1
          ? {
              integratedTime: String(integratedTime),
              inclusionPromise: {
                signedEntryTimestamp: Buffer.from(key.sign(Buffer.from(promised))).toString('base64'),
              },
            }
          : {}),
        inclusionProof: {
          logIndex: String(index),
          rootHash: root.toString('base64'),
          treeSize: String(leaves.length),
          hashes: auditPath(index, leaves).map((hash) => hash.toString('base64')),
          checkpoint: { envelope: `${note}\n\u2014 ${host} ${line}\n` },
        },
        canonicalizedBody: bytes.toString('base64'),
      };
    },
  };
}

/** Merkle tree hash (RFC 9162 §2.1.1). */
function treeHash(leaves: readonly Buffer[]): Buffer {
  const [only] = leaves;
  if (only === undefined) return sha256();
  if (leaves.length === 1) return only;
  const split = splitOf(leaves.length);
  return sha256(Buffer.from([1]), treeHash(leaves.slice(0, split)), treeHash(leaves.slice(split)));
}

/** Audit path (RFC 9162 §2.1.3.1). */
function auditPath(index: number, leaves: readonly Buffer[]): readonly Buffer[] {
  if (leaves.length === 1) return [];
  const split = splitOf(leaves.length);
  return index < split
    ? [...auditPath(index, leaves.slice(0, split)), treeHash(leaves.slice(split))]
    : [...auditPath(index - split, leaves.slice(split)), treeHash(leaves.slice(0, split))];
}

function splitOf(size: number): number {
  let split = 1;
  while (split * 2 < size) split *= 2;
  return split;
}
