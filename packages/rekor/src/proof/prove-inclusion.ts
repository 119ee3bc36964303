import { parseCheckpoint } from '../note/checkpoint.ts';
import type { Checkpoint } from '../note/checkpoint.ts';
import { encodeBase64, sameBytes } from '@sigtrail/encoding';
import { isRekorError } from '../error.ts';
import { rootFromInclusionProof } from './inclusion-proof.ts';
import type { LogEntryInclusionProof } from '../entry/log-entry.ts';
import { verifyCheckpoint } from '../note/trusted-log.ts';
import type { TrustedLog } from '../note/trusted-log.ts';

/** Whether a leaf is in a tree that a trusted log signed; if not, which check said so first. */
export type InclusionVerdict =
  | { readonly ok: true; readonly checkpoint: Checkpoint; readonly log: TrustedLog }
  | {
      readonly ok: false;
      readonly code:
        | 'invalid-checkpoint'
        | 'untrusted-key'
        | 'checkpoint-signature-invalid'
        | 'checkpoint-mismatch'
        | 'inclusion-invalid';
      readonly message: string;
      readonly expected?: string;
      readonly actual?: string;
    };

/** Checks a proof with its checkpoint: the note's form, its signature, size and root beside the proof, and the path from the leaf to the root. */
export function proveInclusion(
  leaf: Uint8Array,
  proof: LogEntryInclusionProof & { readonly checkpoint: string },
  logs: readonly TrustedLog[],
): InclusionVerdict {
  let checkpoint: Checkpoint;
  try {
    checkpoint = parseCheckpoint(proof.checkpoint);
  } catch (error) {
    if (!isRekorError(error)) throw error;
    return { ok: false, code: 'invalid-checkpoint', message: error.message };
  }
  const signed = verifyCheckpoint(checkpoint, logs);
  if (signed.status === 'absent')
    return { ok: false, code: 'untrusted-key', message: 'no signature on the checkpoint is of a trusted key' };
  if (signed.status !== 'valid') {
    const message = 'the checkpoint’s signature does not verify under the trusted key that it names';
    return { ok: false, code: 'checkpoint-signature-invalid', message };
  }
  // Root and size beside the proof are signed by nobody; they must repeat what the checkpoint says, or something was exchanged.
  if (checkpoint.size !== BigInt(proof.treeSize) || !sameBytes(checkpoint.rootHash, proof.rootHash)) {
    return {
      ok: false,
      code: 'checkpoint-mismatch',
      message: 'the checkpoint is of another tree than the inclusion proof',
      expected: `size ${String(checkpoint.size)}, root ${encodeBase64(checkpoint.rootHash)}`,
      actual: `size ${String(proof.treeSize)}, root ${encodeBase64(proof.rootHash)}`,
    };
  }
  const root = rootOf(leaf, proof);
  if (root !== undefined && sameBytes(root, checkpoint.rootHash)) return { ok: true, checkpoint, log: signed.log };
  return {
    ok: false,
    code: 'inclusion-invalid',
    message: 'the inclusion proof does not lead from this entry to the checkpoint’s root',
    expected: encodeBase64(checkpoint.rootHash),
    ...(root === undefined ? {} : { actual: encodeBase64(root) }),
  };
}

/** Whether a path leads to the root beside it. Nothing follows from that until somebody signs the root; where it doesn't, something was exchanged. */
export function leadsToRoot(leaf: Uint8Array, proof: LogEntryInclusionProof): boolean {
  const root = rootOf(leaf, proof);
  return root !== undefined && sameBytes(root, proof.rootHash);
}

/** A malformed path leads nowhere. */
function rootOf(leaf: Uint8Array, proof: LogEntryInclusionProof): Uint8Array | undefined {
  try {
    return rootFromInclusionProof({
      index: proof.logIndex,
      size: proof.treeSize,
      leafHash: leaf,
      hashes: proof.hashes,
    });
  } catch (error) {
    if (isRekorError(error)) return undefined;
    throw error;
  }
}
