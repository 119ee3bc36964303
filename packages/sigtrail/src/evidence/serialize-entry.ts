import type { SerializedBundle } from '@sigstore/bundle';
import type { CarriedEntry } from './candidate.ts';

/** `TransparencyLogEntry` in the JSON form of bundles. */
export type SerializedEntry = SerializedBundle['verificationMaterial']['tlogEntries'][number];

/** An entry as bundles hold it. */
export function serializeEntry(entry: CarriedEntry): SerializedEntry {
  const { inclusionProof: proof, signedEntryTimestamp } = entry;
  return {
    logIndex: String(entry.logIndex),
    logId: { keyId: Buffer.from(entry.logId, 'hex').toString('base64') },
    kindVersion: { kind: entry.kind, version: entry.version },
    integratedTime: String(entry.integratedTime ?? 0),
    inclusionPromise:
      signedEntryTimestamp === undefined ? undefined : { signedEntryTimestamp: base64(signedEntryTimestamp) },
    inclusionProof:
      proof === undefined
        ? undefined
        : {
            logIndex: String(proof.logIndex),
            rootHash: base64(proof.rootHash),
            treeSize: String(proof.treeSize),
            hashes: proof.hashes.map(base64),
            checkpoint: { envelope: proof.checkpoint },
          },
    canonicalizedBody: base64(entry.body),
  };
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
