import { alarm, checkCheckpoint } from '../note/check-checkpoint.ts';
import { verifyConsistency } from './consistency-proof.ts';
import { decodeHex, encodeHex } from '@sigtrail/encoding';
import { RekorError } from '../error.ts';
import type { EntryTrust } from './prove-entry.ts';
import type { ConsistencyAnswer, LogCheckpoint } from '../client/rekor.ts';

/** How to ask one version of log for what a proof of growth needs. */
export interface GrowthSource {
  readonly url: string;
  /** The current checkpoint of the tree that another checkpoint names. */
  current(tree: LogCheckpoint): Promise<LogCheckpoint>;
  /** The hashes that lead from one size to the other. */
  hashes(first: LogCheckpoint, second: LogCheckpoint): Promise<readonly Uint8Array[]>;
}

// A replica that is behind may answer a read; an honest log shows the newer state when asked again.
const POLLS = 3;

/**
 * Proves that a tree only grew, or raises the alarm.
 *
 * @throws RekorError `fork`, `rollback`, `wrong-tree`, `invalid-proof`, and what the checkpoints themselves raise
 */
export async function proveGrowth(
  source: GrowthSource,
  trust: EntryTrust,
  from: string | LogCheckpoint,
  to: string | LogCheckpoint | undefined,
): Promise<ConsistencyAnswer> {
  const { url } = source;
  // Stored checkpoints are checked again: a state file is not a trust anchor.
  const first = checkCheckpoint(noteOf(from), trust, { url });
  if (first.size === 0n)
    throw new RekorError(
      'invalid-proof',
      'the earlier checkpoint is of an empty tree, which proves nothing: every tree begins with it; start from a later checkpoint',
    );
  const stale: RekorError[] = [];
  const second =
    to === undefined
      ? await currentOf(source, first, stale)
      : checkCheckpoint(noteOf(to), trust, { url, origin: first.origin });
  const notes = { url, checkpoints: [first.note, second.note] };
  if (second.size < first.size)
    throw alarm(
      'rollback',
      `the log signed ${String(second.size)} entries, fewer than the ${String(first.size)} that it signed before`,
      { ...notes, ...sizes(first, second) },
    );
  if (second.size === first.size) {
    if (second.rootHash !== first.rootHash) {
      throw alarm('fork', `the log signed two roots for size ${String(first.size)}`, {
        ...notes,
        expected: first.rootHash,
        actual: second.rootHash,
      });
    }
    return { from: first, to: second, hashes: [], alarms: stale };
  }
  const hashes = await source.hashes(first, second);
  const holds = verifyConsistency({
    firstSize: first.size,
    firstRoot: bytesOf(first.rootHash),
    secondSize: second.size,
    secondRoot: bytesOf(second.rootHash),
    hashes,
  });
  const hex = hashes.map(encodeHex);
  if (!holds) {
    const message = `the tree of size ${String(second.size)} does not begin with that of size ${String(first.size)}`;
    throw alarm('fork', message, { ...notes, hashes: hex });
  }
  return { from: first, to: second, hashes: hex, alarms: stale };
}

async function currentOf(source: GrowthSource, first: LogCheckpoint, stale: RekorError[]): Promise<LogCheckpoint> {
  let seen = await source.current(first);
  for (let poll = 1; poll < POLLS && seen.size < first.size; poll += 1) {
    stale.push(
      alarm(
        'stale-replica',
        `the log answered with ${String(seen.size)} entries, from an older state than the ${String(first.size)} seen before`,
        {
          url: source.url,
          checkpoints: [first.note, seen.note],
          ...sizes(first, seen),
        },
      ),
    );
    seen = await source.current(first);
  }
  return seen;
}

function sizes(first: LogCheckpoint, second: LogCheckpoint): { readonly expected: string; readonly actual: string } {
  return { expected: `size ${String(first.size)} or more`, actual: `size ${String(second.size)}` };
}

function noteOf(from: string | LogCheckpoint): string {
  return typeof from === 'string' ? from : from.note;
}

function bytesOf(hex: string): Uint8Array {
  return decodeHex(hex) ?? new Uint8Array();
}
