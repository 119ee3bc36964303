import { checkpointTreeId, parseCheckpoint } from './checkpoint.ts';
import type { Checkpoint } from './checkpoint.ts';
import { readCosignatures } from './cosignature.ts';
import { encodeHex } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import type { AlarmCode } from '../alarm-code.ts';
import type { LogEvidence } from '../proof/log-evidence.ts';
import { countWitnesses } from './count-witnesses.ts';
import type { EntryTrust } from '../proof/prove-entry.ts';
import type { LogCheckpoint } from '../client/rekor.ts';
import { logIdOf } from './log-key.ts';
import { verifyCheckpoint } from './trusted-log.ts';

/** The question that a served checkpoint answers. */
export interface CheckpointQuestion {
  readonly url: string;
  /** Decimal: the tree it must belong to. */
  readonly treeId?: string;
  /** The origin it must have. */
  readonly origin?: string;
}

/**
 * Reads and checks a signed note: its form, its signatures, its cosignatures, its tree.
 *
 * @throws RekorError `invalid-checkpoint`; the alarms `untrusted-key`, `checkpoint-signature-invalid`, `wrong-tree`
 */
export function checkCheckpoint(note: string, trust: EntryTrust, asked: CheckpointQuestion): LogCheckpoint {
  const checkpoint = parseCheckpoint(note);
  const { witnesses = [], witnessQuorum = 0 } = trust;
  const raise = (code: AlarmCode, message: string, details: { expected?: string; actual?: string } = {}): never => {
    const question = asked.treeId === undefined ? asked.origin : `treeId ${asked.treeId}`;
    throw alarm(code, message, {
      url: asked.url,
      checkpoints: [note],
      ...(question === undefined ? {} : { asked: question }),
      ...details,
    });
  };
  const pinned = trust.logs.length > 0;
  const verdict = pinned ? verifyCheckpoint(checkpoint, trust.logs) : undefined;
  if (verdict !== undefined) {
    const { status } = verdict;
    if (status === 'absent') raise('untrusted-key', 'no signature on the checkpoint is by a trusted key');
    if (status === 'invalid')
      raise(
        'checkpoint-signature-invalid',
        'the checkpoint’s signature does not verify under the trusted key that it names',
      );
  }
  const treeId = checkpointTreeId(checkpoint.origin);
  if (asked.treeId !== undefined && asked.treeId !== String(treeId))
    raise('wrong-tree', 'the checkpoint belongs to another tree', { expected: asked.treeId, actual: String(treeId) });
  if (asked.origin !== undefined && asked.origin !== checkpoint.origin)
    raise('wrong-tree', 'the checkpoint belongs to another log', { expected: asked.origin, actual: checkpoint.origin });
  const counted = witnesses.length === 0 ? undefined : countWitnesses(checkpoint, witnesses, witnessQuorum);
  if (counted?.check.status === 'failed') raise(counted.check.code as AlarmCode, counted.check.message);
  const witnessed = pinned && witnessQuorum > 0 && counted !== undefined;
  return {
    note,
    checkpoint,
    origin: checkpoint.origin,
    ...(treeId === undefined ? {} : { treeId: String(treeId) }),
    size: checkpoint.size,
    rootHash: encodeHex(checkpoint.rootHash),
    ...(verdict?.status === 'valid' ? { signedBy: `sha256:${encodeHex(logIdOf(verdict.log.publicKey))}` } : {}),
    provenance: pinned ? 'asserted' : 'unproven',
    trust: witnessed ? 'witnessed' : pinned ? 'pinned' : 'unverified',
    frozen: isFrozen(checkpoint),
    cosignatures: readCosignatures(checkpoint, witnesses),
  };
}

/** Rekor v2 closes a log with an extension line that starts so (rekor-tiles `freeze-checkpoint`). */
function isFrozen({ extensions }: Checkpoint): boolean {
  return extensions.some((line) => line.startsWith('Log frozen'));
}

/** An alarm with its evidence. */
export function alarm(
  code: AlarmCode,
  message: string,
  details: Omit<LogEvidence, 'schemaVersion' | 'code' | 'message'> & {
    readonly expected?: string;
    readonly actual?: string;
  },
): RekorError {
  const { expected, actual, ...said } = details;
  return new RekorError(code, message, {
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
    evidence: { schemaVersion: 1, code, message, ...said },
  });
}
