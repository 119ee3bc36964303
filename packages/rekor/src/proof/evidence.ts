import type { LogEvidence } from './log-evidence.ts';
import { parseCheckpoint } from '../note/checkpoint.ts';
import type { Checkpoint } from '../note/checkpoint.ts';
import { proofsConflict } from './compare-proofs.ts';
import { verifyConsistency } from './consistency-proof.ts';
import { decodeHex, encodeHex, requireObject, sameBytes } from '@sigtrail/encoding';
import type { AlarmCode } from '../alarm-code.ts';
import { countWitnesses } from '../note/count-witnesses.ts';
import { checkTrust, proveEntry } from './prove-entry.ts';
import type { EntryTrust } from './prove-entry.ts';
import { showsTileMismatch } from '../tile/tile-evidence.ts';
import { parseTransparencyLogEntry } from '../entry/transparency-log-entry.ts';
import { verifyCheckpoint } from '../note/trusted-log.ts';
import type { TrustedLog } from '../note/trusted-log.ts';

/** Whether saved evidence shows what it claims. */
export interface EvidenceVerdict {
  /** The evidence alone shows the alarm again. */
  readonly holds: boolean;
  /** The log's own signatures contradict each other: it can't say it was misquoted. Otherwise the evidence rests on your word for what was served. */
  readonly attributable: boolean;
  readonly message: string;
}

/**
 * Checks saved evidence again, offline and under trusted keys.
 *
 * @throws RekorError `invalid-checkpoint`, `invalid-entry` when the evidence can't be read
 * @example verifyEvidence(JSON.parse(await readFile('alarm.json', 'utf8')), { logs: trust }).holds
 */
export function verifyEvidence(evidence: LogEvidence, trust: EntryTrust): EvidenceVerdict {
  requireObject(evidence, 'verifyEvidence', 'evidence');
  checkTrust(trust);
  switch (evidence.code) {
    case 'fork':
      return verifyFork(evidence, trust);
    case 'rollback':
    case 'stale-replica':
      return verifyShrinking(evidence, trust);
    case 'entry-dropped':
      return verifyDropped(evidence, trust);
    case 'tile-mismatch':
      return verifyTiles(evidence, trust);
    case 'log-changed':
      return verifyChanged(evidence, trust);
    default:
      return verifyEntryAgain(evidence, trust);
  }
}

const no = (message: string): EvidenceVerdict => ({ holds: false, attributable: false, message });

/** The trusted keys that signed each of these checkpoints. Two keys that contradict each other convict neither: one of them may be honest. */
function signersInCommon(checkpoints: readonly Checkpoint[], { logs }: EntryTrust): readonly TrustedLog[] {
  const isSignedBy = (checkpoint: Checkpoint, log: TrustedLog): boolean =>
    verifyCheckpoint(checkpoint, [log]).status === 'valid';
  return logs.filter((log) => checkpoints.every((checkpoint) => isSignedBy(checkpoint, log)));
}

function signedPair({ checkpoints }: LogEvidence, trust: EntryTrust): readonly [Checkpoint, Checkpoint] | undefined {
  const [first, second] = checkpoints.map(parseCheckpoint);
  if (first === undefined || second === undefined || first.origin !== second.origin) return undefined;
  return signersInCommon([first, second], trust).length > 0 ? [first, second] : undefined;
}

function verifyFork(evidence: LogEvidence, trust: EntryTrust): EvidenceVerdict {
  const pair = signedPair(evidence, trust);
  if (pair === undefined)
    return no('the evidence does not hold two checkpoints of one tree that one trusted key signed');
  const [first, second] = pair;
  if (first.size === second.size) {
    return sameBytes(first.rootHash, second.rootHash)
      ? no('both checkpoints say the same')
      : { holds: true, attributable: true, message: `the log signed two roots for size ${String(first.size)}` };
  }
  if (evidence.entries !== undefined) return verifySplitView(evidence.entries, trust);
  if (evidence.hashes === undefined) return no('the sizes differ, and there is no proof that fails');
  const [older, newer] = first.size < second.size ? [first, second] : [second, first];
  const consistent = verifyConsistency({
    firstSize: older.size,
    firstRoot: older.rootHash,
    secondSize: newer.size,
    secondRoot: newer.rootHash,
    hashes: evidence.hashes.map((hash) => decodeHex(hash) ?? new Uint8Array()),
  });
  return consistent
    ? no('the proof shows that the tree only grew')
    : {
        holds: true,
        attributable: false,
        message: 'the proof the log gave does not lead from one checkpoint to the other',
      };
}

/** Both the known and the served checkpoint are signed, and they belong to two logs. The address may have moved honestly: this convicts no key. */
function verifyChanged({ checkpoints, message }: LogEvidence, trust: EntryTrust): EvidenceVerdict {
  const [known, served] = checkpoints.map(parseCheckpoint);
  if (known === undefined || served === undefined) return no('the evidence does not hold two checkpoints');
  const isTrusted = (checkpoint: Checkpoint): boolean => verifyCheckpoint(checkpoint, trust.logs).status === 'valid';
  if (!isTrusted(served)) return no('the checkpoint that was served is not signed by a trusted key');
  const isOneLog = known.origin === served.origin && signersInCommon([known, served], trust).length > 0;
  return isOneLog ? no('both checkpoints are of one tree and one key') : { holds: true, attributable: false, message };
}

/** Each proof holds under the log's key, and they can't be of one tree. */
function verifySplitView(entries: NonNullable<LogEvidence['entries']>, trust: EntryTrust): EvidenceVerdict {
  const proofs = entries.map(({ entry }) => parseTransparencyLogEntry(entry));
  return proofsConflict(proofs, trust)
    ? { holds: true, attributable: true, message: 'the log signed two proofs that can’t be of one tree' }
    : no('the proofs agree, or don’t hold');
}

function verifyShrinking(evidence: LogEvidence, trust: EntryTrust): EvidenceVerdict {
  const pair = signedPair(evidence, trust);
  if (pair === undefined)
    return no('the evidence does not hold two checkpoints of one tree that one trusted key signed');
  const [known, served] = pair;
  return served.size < known.size
    ? {
        holds: true,
        attributable: false,
        message: `the log served size ${String(served.size)} after it had signed ${String(known.size)}`,
      }
    : no('the tree did not shrink');
}

function verifyDropped({ checkpoints, asked, shards = [] }: LogEvidence, trust: EntryTrust): EvidenceVerdict {
  const [note] = checkpoints;
  const index = /^logIndex ([0-9]+)$/.exec(asked ?? '')?.[1];
  if (note === undefined || index === undefined) return no('the evidence names no index and no checkpoint');
  const checkpoint = parseCheckpoint(note);
  if (verifyCheckpoint(checkpoint, trust.logs).status !== 'valid') return no('the checkpoint is not signed by the log');
  const offset = shards.find(({ treeId }) => checkpoint.origin.endsWith(` - ${treeId}`))?.offset ?? 0;
  return BigInt(index) < BigInt(offset) + checkpoint.size
    ? { holds: true, attributable: false, message: `entry ${index} is below the signed size and was not served` }
    : no('the entry is not below the signed size');
}

function verifyTiles({ checkpoints, asked, files = {} }: LogEvidence, trust: EntryTrust): EvidenceVerdict {
  const [note] = checkpoints;
  const index = /^logIndex ([0-9]+)$/.exec(asked ?? '')?.[1];
  if (note === undefined || index === undefined) return no('the evidence names no index and no checkpoint');
  const checkpoint = parseCheckpoint(note);
  if (verifyCheckpoint(checkpoint, trust.logs).status !== 'valid') return no('the checkpoint is not signed by the log');
  return showsTileMismatch(checkpoint, Number(index), files)
    ? { holds: true, attributable: false, message: 'the files served do not hash to the signed root' }
    : no('the files saved hash to the signed root, as far as they are there');
}

/** Runs the check that failed once more. */
function verifyEntryAgain(evidence: LogEvidence, trust: EntryTrust): EvidenceVerdict {
  const { code, asked, entry, checkpoints } = evidence;
  const again = (found: boolean): EvidenceVerdict =>
    found
      ? { holds: true, attributable: false, message: `${code}: ${evidence.message}` }
      : no(`the evidence does not show ${code}`);
  if (entry === undefined) return again(checkpoints.some((note) => checkpointShows(code, note, asked, trust)));
  const logEntry = { ...parseTransparencyLogEntry(entry.entry), uuid: entry.uuid };
  const shards = evidence.shards ?? trust.shards;
  const verdict = proveEntry(logEntry, { ...trust, ...(shards === undefined ? {} : { shards }) });
  if (verdict.checks.some((check) => check.status === 'failed' && check.code === code)) return again(true);
  if (code !== 'entry-mismatch' && code !== 'wrong-tree') return again(false);
  return again(asked !== undefined && !isAbout(asked, logEntry.logIndex, logEntry.uuid));
}

function isAbout(asked: string, logIndex: number, uuid: string): boolean {
  const [what, value = ''] = asked.split(' ');
  return what === 'logIndex' ? value === String(logIndex) : what === 'uuid' ? uuid.endsWith(value) : true;
}

/** A checkpoint with a bad signature, of a tree that was not asked for, or beside another size and root. */
function checkpointShows(code: AlarmCode, note: string, asked: string | undefined, trust: EntryTrust): boolean {
  const checkpoint = parseCheckpoint(note);
  const { status } = verifyCheckpoint(checkpoint, trust.logs);
  if (status === 'absent') return code === 'untrusted-key';
  if (status === 'invalid') return code === 'checkpoint-signature-invalid';
  if (code === 'wrong-tree') {
    const tree = /^treeId (.+)$/.exec(asked ?? '')?.[1];
    return (
      asked !== undefined &&
      (tree === undefined ? checkpoint.origin !== asked : !checkpoint.origin.endsWith(` - ${tree}`))
    );
  }
  const own = `size ${String(checkpoint.size)}, root ${encodeHex(checkpoint.rootHash)}`;
  if (code === 'checkpoint-mismatch') return asked !== undefined && asked !== own;
  const { witnesses = [], witnessQuorum = 0 } = trust;
  return witnesses.length > 0 && countWitnesses(checkpoint, witnesses, witnessQuorum).check.code === code;
}
