import type { Checkpoint } from '../note/checkpoint.ts';
import { verifyConsistency } from './consistency-proof.ts';
import { encodeHex, requireList } from '@sigtrail/encoding';
import type { LogEvidence } from './log-evidence.ts';
import type { LogEntry } from '../entry/log-entry.ts';
import { leafHash } from './merkle.ts';
import { logIdOf } from '../note/log-key.ts';
import { optionError } from '@sigtrail/encoding';
import { checkKeys } from '../options.ts';
import { checkTrust, proveEntry } from './prove-entry.ts';
import type { EntryTrust } from './prove-entry.ts';
import { toTransparencyLogEntry } from '../entry/transparency-log-entry.ts';
import { consistencyRanges, createNodePool, hexOf, nodesOfProof } from './tree-nodes.ts';
import type { NodePool } from './tree-nodes.ts';

/** What a set of entries with their proofs says about the logs that gave them. */
export interface ProofComparison {
  readonly trees: readonly ComparedTree[];
  /** Entries whose own proof doesn't hold, or that have none: they say nothing about other entries. */
  readonly left: readonly { readonly position: number; readonly code: string; readonly message: string }[];
}

/** One tree, seen through all of its proofs. */
export interface ComparedTree {
  readonly origin: string;
  /** Proofs that hold. */
  readonly proofs: number;
  /** Different signed sizes. */
  readonly checkpoints: number;
  /** How many times two proofs named the same node, with the same hash. */
  readonly agreements: number;
  /** Proof that the log showed different trees to different people: both entries, both checkpoints. */
  readonly forks: readonly LogEvidence[];
  /** Pairs of signed checkpoints between which a whole consistency proof could be put together, with no log at hand. */
  readonly growth: readonly DerivedConsistency[];
}

/** A consistency proof that no log served: its hashes come from inclusion proofs. */
export interface DerivedConsistency {
  /** Signed notes. */
  readonly from: string;
  readonly to: string;
  readonly firstSize: string;
  readonly secondSize: string;
  readonly hashes: readonly string[];
}

/** Bounds of a comparison. */
export interface CompareOptions {
  /** How many pairs of checkpoints of each tree to look for growth between, nearest sizes first. Default 20 000. */
  readonly maxPairs?: number;
}

interface Proof {
  readonly entry: LogEntry;
  readonly checkpoint: Checkpoint;
  readonly note: string;
}

/**
 * Compares any set of entries with each other, offline: the bundles of a year, of a fleet, of a whole company. An inclusion proof names
 * hashes of complete subtrees, which never change as a log grows; two proofs under one log's signature that name different ones convict it
 * of showing different trees (a split view). Where the nodes suffice, growth between two checkpoints is proven as well.
 *
 * @example
 * const entries = bundles.flatMap((bundle) => bundle.verificationMaterial.tlogEntries).map(parseTransparencyLogEntry);
 * compareProofs(entries, { logs: trust }).trees.flatMap(({ forks }) => forks); // []
 */
export function compareProofs(
  entries: readonly LogEntry[],
  trust: EntryTrust,
  options: CompareOptions = {},
): ProofComparison {
  requireList(entries, 'compareProofs', 'entries');
  checkTrust(trust);
  checkKeys('compareProofs', options, ['maxPairs']);
  const { maxPairs = 20_000 } = options;
  if (!Number.isSafeInteger(maxPairs) || maxPairs < 0)
    throw optionError('invalid-option', '"compareProofs.maxPairs" must be a whole number');
  const left: { position: number; code: string; message: string }[] = [];
  const trees = new Map<string, Proof[]>();
  for (const [position, entry] of entries.entries()) {
    const { checkpoint, log, alarm } = proveEntry(entry, { logs: trust.logs });
    const note = entry.inclusionProof?.checkpoint;
    if (checkpoint === undefined || log === undefined || note === undefined || alarm !== undefined) {
      const code = alarm?.code ?? (trust.logs.length === 0 ? 'no-trusted-key' : 'not-there');
      left.push({ position, code, message: alarm?.message ?? 'the entry has no proof that could be checked' });
      continue;
    }
    // Another trusted key may sign a tree of the same name; what it says convicts only that key.
    const tree = `${encodeHex(logIdOf(log.publicKey))} ${checkpoint.origin}`;
    const proofs = trees.get(tree) ?? [];
    proofs.push({ entry, checkpoint, note });
    trees.set(tree, proofs);
  }
  return {
    trees: [...trees.values()].map((proofs) => compareTree(proofs[0]?.checkpoint.origin ?? '', proofs, maxPairs)),
    left,
  };
}

function compareTree(origin: string, proofs: readonly Proof[], maxPairs: number): ComparedTree {
  const pool = createNodePool();
  const forks = new Map<string, LogEvidence>();
  let agreements = 0;
  for (const [source, { entry, checkpoint }] of proofs.entries()) {
    const proof = entry.inclusionProof;
    if (proof === undefined) continue;
    const nodes = nodesOfProof(leafHash(entry.body), BigInt(proof.logIndex), checkpoint.size, proof.hashes);
    for (const node of nodes) {
      const { agrees, conflictsWith } = pool.add(node, source);
      if (agrees) agreements += 1;
      const other = conflictsWith === undefined ? undefined : proofs[conflictsWith];
      const pair = `${String(conflictsWith)} ${String(source)}`;
      if (other !== undefined && !forks.has(pair)) forks.set(pair, forkEvidence(other, proofs[source] ?? other));
    }
  }
  // One note for each size and root: ECDSA signs the same size in other bytes each time.
  const notes = [
    ...new Map(
      proofs.map((one) => [`${String(one.checkpoint.size)} ${encodeHex(one.checkpoint.rootHash)}`, one]),
    ).values(),
  ];
  const sorted = notes.toSorted((a, b) => (a.checkpoint.size < b.checkpoint.size ? -1 : 1));
  return {
    origin,
    proofs: proofs.length,
    checkpoints: sorted.length,
    agreements,
    forks: [...forks.values()],
    growth: forks.size > 0 ? [] : deriveGrowth(pool, sorted, maxPairs),
  };
}

function forkEvidence(first: Proof, second: Proof): LogEvidence {
  return {
    schemaVersion: 1,
    code: 'fork',
    message: 'two proofs that the log signed name different hashes for one part of the tree',
    url: first.checkpoint.origin,
    checkpoints: [first.note, second.note],
    entries: [first, second].map(({ entry }) => ({ uuid: entry.uuid, entry: toTransparencyLogEntry(entry) })),
  };
}

function deriveGrowth(pool: NodePool, sorted: readonly Proof[], maxPairs: number): readonly DerivedConsistency[] {
  const growth: DerivedConsistency[] = [];
  let pairs = 0;
  for (let distance = 1; distance < sorted.length; distance += 1) {
    for (let i = 0; i + distance < sorted.length && pairs < maxPairs; i += 1) {
      pairs += 1;
      const [from, to] = [sorted[i], sorted[i + distance]];
      const derived = from === undefined || to === undefined ? undefined : deriveConsistency(pool, from, to);
      if (derived !== undefined) growth.push(derived);
    }
  }
  return growth;
}

function deriveConsistency(pool: NodePool, from: Proof, to: Proof): DerivedConsistency | undefined {
  const [first, second] = [from.checkpoint, to.checkpoint];
  if (first.size === 0n || first.size === second.size) return undefined;
  const hashes: Uint8Array[] = [];
  for (const { begin, end } of consistencyRanges(first.size, second.size)) {
    const hash = pool.find(begin, end);
    if (hash === undefined) return undefined;
    hashes.push(hash);
  }
  const holds = verifyConsistency({
    firstSize: first.size,
    firstRoot: first.rootHash,
    secondSize: second.size,
    secondRoot: second.rootHash,
    hashes,
  });
  if (!holds) return undefined;
  const sizes = { firstSize: String(first.size), secondSize: String(second.size) };
  return { from: from.note, to: to.note, ...sizes, hashes: hexOf(hashes) };
}

/** Whether two proofs, each of which holds under the log's key, can't be of one tree. For evidence that was saved. */
export function proofsConflict(entries: readonly LogEntry[], trust: EntryTrust): boolean {
  return compareProofs(entries, trust, { maxPairs: 0 }).trees.some(({ forks }) => forks.length > 0);
}
