import { createHash } from 'node:crypto';

import { treeOfOrigin } from '../note/checkpoint.ts';
import type { Checkpoint } from '../note/checkpoint.ts';
import type { WitnessKey } from '../note/cosignature.ts';
import { countWitnesses } from '../note/count-witnesses.ts';
import { encodeHex, isHexOf, requireBytes, requireObject, sameBytes } from '@sigtrail/encoding';
import type { EntryCheck, EntryProvenance, Provenance } from '../entry/entry.ts';
import { parseEntryBody } from '../entry/entry-body.ts';
import type { LogEntryBody } from '../entry/entry-body.ts';
import { isRekorError } from '../error.ts';
import { optionError } from '@sigtrail/encoding';
import { checkKeys } from '../options.ts';
import type { AlarmCode } from '../alarm-code.ts';
import type { LogEntry } from '../entry/log-entry.ts';
import { computeLogFacts, isWithin } from './log-facts.ts';
import type { LogFact, LogFacts } from './log-facts.ts';
import type { TrustedLog } from '../note/trusted-log.ts';

/** A tree and the global index of its first entry. */
export interface ShardOffset {
  /** Decimal. */
  readonly treeId: string;
  readonly offset: number;
}

/** The keys that are trusted when an entry is proven. */
export interface EntryTrust {
  readonly logs: readonly TrustedLog[];
  /** The log's trees, from verified checkpoints: shows a global index to be that of the proof. Default: not checked. */
  readonly shards?: readonly ShardOffset[];
  readonly witnesses?: readonly WitnessKey[];
  readonly witnessQuorum?: number;
}

/** What an entry's own evidence proves. */
export interface EntryVerdict {
  readonly checks: readonly EntryCheck[];
  readonly provenance: EntryProvenance;
  readonly checkpoint?: Checkpoint;
  readonly log?: TrustedLog;
  /** Names of witnesses whose cosignatures hold. */
  readonly witnesses: readonly string[];
  /** The first check that failed: the log, or something between it and us, lies. */
  readonly alarm?: EntryCheck;
}

/**
 * Checks everything an entry of Rekor v1 or v2 says about itself against trusted keys: leaf, inclusion, checkpoint (signature, size and
 * root), promise (SET) over the canonical bytes, tree, the shard's offset, cosignatures. Pure: no log is asked. What is there must hold;
 * what is missing is named in `checks` and lowers `provenance`.
 *
 * @example proveEntry(entry, { logs: readTrustedLogs(trustedRoot).transparencyLogs }).provenance.body === 'proven'
 */
export function proveEntry(entry: LogEntry, trust: EntryTrust): EntryVerdict {
  requireObject(entry, 'proveEntry', 'entry');
  checkTrust(trust);
  const checks: EntryCheck[] = [];
  const attested = checkAttestation(entry, checks);
  const facts = computeLogFacts(entry, trust.logs);
  if (facts === undefined) return unproven(entry, trust, checks);
  checks.push({ check: 'log-key', status: 'passed', message: 'the log’s key is trusted', actual: entry.logId });
  const leafHolds = checkLeaf(entry, facts.leaf, checks);
  const promised = checkPromise(entry, facts, checks);
  const inclusion = checkInclusion(entry, facts, checks);
  const placed = inclusion === undefined ? undefined : checkPlace(entry, inclusion.checkpoint, trust, checks);
  const witnesses = inclusion === undefined ? [] : checkWitnesses(inclusion.checkpoint, trust, checks);
  const alarm = checks.find(({ status }) => status === 'failed');
  const included = inclusion !== undefined && leafHolds;
  const body: Provenance = alarm !== undefined ? 'unproven' : included ? 'proven' : promised ? 'asserted' : 'unproven';
  const signed: Provenance = alarm === undefined && promised ? 'asserted' : 'unproven';
  const provenance: Writable<EntryProvenance> = {
    body,
    // In v2 the proof's index is the index; in v1 it is one of the shard.
    logIndex: body === 'proven' && placed?.index === 'proven' ? 'proven' : signed,
  };
  if (entry.treeIndex !== undefined) provenance.treeIndex = included ? body : 'unproven';
  if (placed?.tree !== undefined) provenance.treeId = body;
  if (entry.integratedTime !== undefined) provenance.integratedTime = signed;
  if (entry.attestation !== undefined) provenance.attestation = attested ? body : 'unproven';
  const verdict: Writable<EntryVerdict> = { checks, provenance, witnesses };
  if (inclusion !== undefined) {
    verdict.checkpoint = inclusion.checkpoint;
    verdict.log = inclusion.log;
  }
  if (alarm !== undefined) verdict.alarm = alarm;
  return verdict;
}

const TRUST_KEYS = ['logs', 'shards', 'witnesses', 'witnessQuorum'];

/** A misspelt member would check less than was meant. @throws TypeError `unknown-option`, `invalid-option` */
export function checkTrust(trust: EntryTrust): void {
  checkKeys('trust', trust, TRUST_KEYS);
  const { logs, shards = [], witnesses = [], witnessQuorum = 0 } = trust;
  if (![logs, shards, witnesses].every((list) => Array.isArray(list)))
    throw optionError('invalid-option', '"trust.logs", "trust.shards" and "trust.witnesses" must be lists');
  if (!Number.isSafeInteger(witnessQuorum) || witnessQuorum < 0 || witnessQuorum > witnesses.length)
    throw optionError('invalid-option', '"trust.witnessQuorum" must be a number of the witnesses that are given');
}

/** Put together member by member, for spreading optional ones costs more than some of the checks. */
type Writable<T> = { -readonly [K in keyof T]: T[K] };

function unproven(entry: LogEntry, trust: EntryTrust, checks: EntryCheck[]): EntryVerdict {
  const nothing = trust.logs.length === 0;
  const check: EntryCheck = nothing
    ? { check: 'log-key', status: 'skipped', code: 'no-trusted-key', message: 'no key was given to check the log with' }
    : {
        check: 'log-key',
        status: 'failed',
        code: 'untrusted-key',
        message: 'the entry comes from a log whose key isn’t trusted',
        actual: entry.logId,
      };
  checks.push(check);
  return {
    checks,
    provenance: {
      body: 'unproven',
      logIndex: 'unproven',
      ...(entry.treeIndex === undefined ? {} : { treeIndex: 'unproven' }),
      ...(entry.integratedTime === undefined ? {} : { integratedTime: 'unproven' }),
      ...(entry.attestation === undefined ? {} : { attestation: 'unproven' }),
    },
    witnesses: [],
    ...(nothing ? {} : { alarm: check }),
  };
}

/** An entry's body, read, which no proof needs; a malformed one is shown as unknown, with why. */
export function readContents(body: Uint8Array): LogEntryBody {
  requireBytes(body, 'readContents', 'body');
  try {
    return parseEntryBody(body);
  } catch (error) {
    if (!isRekorError(error)) throw error;
    return { kind: 'unknown', name: 'malformed', apiVersion: '0', problem: error.message };
  }
}

function checkLeaf({ uuid }: LogEntry, leaf: Uint8Array, checks: EntryCheck[]): boolean {
  const expected = uuid.slice(-64);
  if (isHexOf(expected, leaf)) {
    const message = 'the UUID is the leaf hash of the body';
    checks.push({ check: 'leaf', status: 'passed', message, actual: expected });
    return true;
  }
  const actual = encodeHex(leaf);
  const message = 'the UUID is not the leaf hash of the body';
  checks.push({ check: 'leaf', status: 'failed', code: 'entry-mismatch', message, expected, actual });
  return false;
}

function checkPromise({ integratedTime }: LogEntry, { promise, listings }: LogFacts, checks: EntryCheck[]): boolean {
  const check = 'set';
  if (promise.status !== 'holds') {
    checks.push(notHeld(check, promise, 'set-invalid'));
    return false;
  }
  if (integratedTime === undefined || !listings.some(({ validFor }) => isWithin(validFor, integratedTime))) {
    const message = 'the log’s key was not in use at that time';
    const actual = integratedTime === undefined ? 'no time' : new Date(integratedTime * 1000).toISOString();
    checks.push({ check, status: 'failed', code: 'untrusted-key', message, actual });
    return false;
  }
  checks.push({ check, status: 'passed', message: 'the log promised (SET) this entry, index and time' });
  return true;
}

interface Included {
  readonly checkpoint: Checkpoint;
  readonly log: TrustedLog;
}

const CHECKPOINT_CODES = {
  malformed: 'invalid-checkpoint',
  unsigned: 'untrusted-key',
  'signature-invalid': 'checkpoint-signature-invalid',
} as const;

function checkInclusion(
  { inclusionProof: proof }: LogEntry,
  { checkpoint, tree, inclusion, parsedCheckpoint, log }: LogFacts,
  checks: EntryCheck[],
): Included | undefined {
  if (proof !== undefined && checkpoint.status === 'fails')
    checks.push(notHeld('checkpoint', checkpoint, CHECKPOINT_CODES[checkpoint.reason]));
  else if (tree.status === 'fails') checks.push(notHeld('checkpoint', tree, 'checkpoint-mismatch'));
  else if (inclusion.status !== 'holds') checks.push(notHeld('inclusion', inclusion, 'inclusion-invalid'));
  if (parsedCheckpoint === undefined || ![checkpoint, tree, inclusion].every(({ status }) => status === 'holds'))
    return undefined;
  const size = String(parsedCheckpoint.size);
  checks.push(
    {
      check: 'checkpoint',
      status: 'passed',
      message: `the checkpoint of ${parsedCheckpoint.origin} at size ${size} is signed by the log`,
    },
    {
      check: 'inclusion',
      status: 'passed',
      message: `the entry is leaf ${String(proof?.logIndex)} of ${size}`,
      actual: encodeHex(parsedCheckpoint.rootHash),
    },
  );
  return { checkpoint: parsedCheckpoint, log };
}

/** What is there must hold: a fact that fails is an alarm, and an absent one lowers what is proven. */
function notHeld(
  check: EntryCheck['check'],
  fact: Exclude<LogFact, { status: 'holds' }>,
  code: NonNullable<EntryCheck['code']>,
): EntryCheck {
  if (fact.status === 'absent') return { check, status: 'skipped', code: 'not-there', message: fact.message };
  const { message, expected, actual } = fact;
  return {
    check,
    status: 'failed',
    code,
    message,
    ...(expected === undefined ? {} : { expected }),
    ...(actual === undefined ? {} : { actual }),
  };
}

interface Place {
  /** Of Rekor v1, named by the checkpoint. */
  readonly tree?: string;
  readonly index?: 'proven';
}

/** Does the checkpoint's tree agree with the UUID, and the global index with the shard's offset? An index swap shows nowhere else. */
function checkPlace(entry: LogEntry, checkpoint: Checkpoint, trust: EntryTrust, checks: EntryCheck[]): Place {
  const tree = treeOfOrigin(checkpoint.origin);
  const treeIndex = entry.inclusionProof?.logIndex ?? -1;
  if (tree === undefined) {
    // Rekor v2: one tree for each log, so both indexes are the same.
    if (treeIndex === entry.logIndex) return { index: 'proven' };
    fail(checks, 'shard-offset', 'index-mismatch', 'the index is not that of the proof', treeIndex, entry.logIndex);
    return {};
  }
  if (entry.uuid.length === 80) {
    if (!entry.uuid.startsWith(hexOfTree(tree))) {
      const expected = BigInt(`0x${entry.uuid.slice(0, 16)}`);
      fail(checks, 'tree', 'wrong-tree', 'the proof belongs to another tree than the UUID', expected, tree);
      return { tree };
    }
    checks.push({ check: 'tree', status: 'passed', message: 'UUID and checkpoint name the same tree', actual: tree });
  }
  if (trust.shards === undefined) {
    const message = 'the log’s trees were not given: the global index is not compared with the proof';
    checks.push({ check: 'shard-offset', status: 'skipped', code: 'shards-unknown', message });
    return { tree };
  }
  const shard = trust.shards.find(({ treeId }) => treeId === tree);
  if (shard === undefined) {
    fail(
      checks,
      'tree',
      'wrong-tree',
      'the proof is for a tree that doesn’t belong to this log',
      treesOf(trust.shards),
      tree,
    );
    return { tree };
  }
  const expected = shard.offset + treeIndex;
  if (expected !== entry.logIndex) {
    const message = 'the global index is not the shard’s offset and the index in the shard';
    fail(checks, 'shard-offset', 'index-mismatch', message, expected, entry.logIndex);
    return { tree };
  }
  const message = `the global index is the shard’s offset ${String(shard.offset)} and the index in the shard`;
  checks.push({ check: 'shard-offset', status: 'passed', message, actual: String(entry.logIndex) });
  return { tree, index: 'proven' };
}

/** The 16 digits in front of a UUID. The last tree is kept: entries come by the thousand from one tree. */
function hexOfTree(tree: string): string {
  if (lastTree.decimal !== tree) lastTree = { decimal: tree, hex: BigInt(tree).toString(16).padStart(16, '0') };
  return lastTree.hex;
}

let lastTree = { decimal: '0', hex: '0'.repeat(16) };

function treesOf(shards: readonly ShardOffset[]): string {
  return shards.map(({ treeId }) => treeId).join(', ');
}

function checkWitnesses(
  checkpoint: Checkpoint,
  { witnesses = [], witnessQuorum = 0 }: EntryTrust,
  checks: EntryCheck[],
): readonly string[] {
  if (witnesses.length === 0) return [];
  const verdict = countWitnesses(checkpoint, witnesses, witnessQuorum);
  checks.push(verdict.check);
  return verdict.names;
}

function checkAttestation({ attestation, body }: LogEntry, checks: EntryCheck[]): boolean {
  if (attestation === undefined) return false;
  const contents = readContents(body);
  const hash = contents.kind === 'unknown' ? undefined : (contents.payloadHash ?? contents.envelopeHash);
  const matches = hash !== undefined && sameBytes(createHash(hash.algorithm).update(attestation).digest(), hash.digest);
  checks.push(
    matches
      ? { check: 'attestation', status: 'passed', message: 'the attestation beside the entry is the one it names' }
      : {
          check: 'attestation',
          status: 'skipped',
          code: 'attestation-mismatch',
          message: 'the attestation beside the entry is not the one it names: ignored',
        },
  );
  return matches;
}

function fail(
  checks: EntryCheck[],
  check: EntryCheck['check'],
  code: AlarmCode,
  message: string,
  expected: unknown,
  actual: unknown,
): void {
  checks.push({ check, status: 'failed', code, message, expected: String(expected), actual: String(actual) });
}
