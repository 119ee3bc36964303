import { createHash, randomBytes } from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import { hashLeaf, inclusionProof, rootOf } from './merkle-tree.ts';
import { generateKey, type SigningKey, signWith } from './signing-key.ts';

/** A `TransparencyLogEntry` of a bundle, in the JSON form of protobuf-specs. */
export interface BundleLogEntry {
  logIndex: string;
  logId: { keyId: string };
  kindVersion: { kind: string; version: string };
  integratedTime?: string;
  inclusionPromise?: { signedEntryTimestamp: string };
  inclusionProof?: { logIndex: string; rootHash: string; treeSize: string; hashes: string[]; checkpoint: { envelope: string } };
  canonicalizedBody: string;
}

/** A Rekor log with a real Merkle tree, whose other leaves are noise. */
export interface TransparencyLog {
  /** `v1`: P-256, SET and integrated time. `v2`: Ed25519, proof and checkpoint only. */
  readonly version: 'v1' | 'v2';
  readonly host: string;
  readonly key: SigningKey;
  readonly logId: Buffer;
  /** Logs a body and gives the entry, proven against a tree that has grown since. */
  append(body: { readonly kind: string; readonly apiVersion: string; readonly spec: unknown }, time: Date): BundleLogEntry;
}

// Rekor v1 counts over all its shards: the index in a bundle and that in the proof differ.
const FIRST_SHARDS = 1_000_000;

/** Makes a log that already has a few entries. */
export async function createTransparencyLog(version: 'v1' | 'v2'): Promise<TransparencyLog> {
  const host = version === 'v1' ? 'rekor.test' : 'log2026.rekor.test';
  const key = await generateKey(version === 'v1' ? 'p256' : 'ed25519');
  const logId = version === 'v1' ? createHash('sha256').update(key.spki).digest() : noteKeyId(host, key.spki.subarray(-32));
  const leaves = noise(5);
  return {
    version,
    host,
    key,
    logId,
    append(body, time) {
      const bytes = Buffer.from(canonicalJson(body));
      const index = leaves.push(hashLeaf(bytes)) - 1;
      leaves.push(...noise(3));
      const entry: BundleLogEntry = {
        logIndex: String(version === 'v1' ? FIRST_SHARDS + index : index),
        logId: { keyId: logId.toString('base64') },
        kindVersion: { kind: body.kind, version: body.apiVersion },
        inclusionProof: {
          logIndex: String(index),
          rootHash: rootOf(leaves).toString('base64'),
          treeSize: String(leaves.length),
          hashes: inclusionProof(index, leaves).map((hash) => hash.toString('base64')),
          checkpoint: { envelope: signCheckpoint(version === 'v1' ? `${host} - 1193050959916656506` : host, host, key, logId, leaves) },
        },
        canonicalizedBody: bytes.toString('base64'),
      };
      return version === 'v1' ? { ...entry, ...promise(key, logId, entry, time) } : entry;
    },
  };
}

/** The signed entry timestamp of Rekor v1: over canonical JSON of body, time, index and log id. */
function promise(key: SigningKey, logId: Buffer, entry: BundleLogEntry, time: Date): Pick<BundleLogEntry, 'integratedTime' | 'inclusionPromise'> {
  const integratedTime = Math.floor(time.getTime() / 1000);
  const signed = canonicalJson({ body: entry.canonicalizedBody, integratedTime, logIndex: Number(entry.logIndex), logID: logId.toString('hex') });
  return { integratedTime: String(integratedTime), inclusionPromise: { signedEntryTimestamp: signWith(key, Buffer.from(signed)).toString('base64') } };
}

/** A signed note (C2SP tlog-checkpoint): its signature covers the text up to and with the line end before the blank line. */
function signCheckpoint(origin: string, name: string, key: SigningKey, logId: Buffer, leaves: readonly Buffer[]): string {
  const text = `${origin}\n${leaves.length}\n${rootOf(leaves).toString('base64')}\n`;
  const signature = Buffer.concat([logId.subarray(0, 4), signWith(key, Buffer.from(text))]).toString('base64');
  return `${text}\n\u2014 ${name} ${signature}\n`;
}

/** C2SP signed-note key id for Ed25519; Rekor v2 uses all 32 bytes as log id. */
function noteKeyId(name: string, rawKey: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.from([1])).update(rawKey).digest();
}

function noise(count: number): Buffer[] {
  return Array.from({ length: count }, () => hashLeaf(randomBytes(20)));
}
