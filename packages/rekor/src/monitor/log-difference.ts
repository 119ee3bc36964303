import { parseCheckpoint } from '../note/checkpoint.ts';
import type { LogCheckpoint, RekorLogInfo, RekorShard } from '../client/rekor.ts';
import { RekorError } from '../error.ts';
import { eventId } from './events.ts';
import type { LogChange } from './log-change.ts';
import type { TreeState } from './watch-state.ts';

/** How a log differs from what is known of it. */
export interface Difference {
  readonly code: LogChange['code'];
  readonly message: string;
  readonly shown: readonly string[];
  /** Nothing unknown is shown: a replica that is behind looks like this, too. */
  readonly maybeStale: boolean;
}

/**
 * Compares the trees of a log with the known trees. A log may open new trees after the known ones, and nothing else: each known tree
 * must stand in its place, signed by the key that signed it before. A consistency proof then shows whether it continues.
 */
export function differenceOf(url: string, trees: readonly TreeState[], info: RekorLogInfo): Difference | undefined {
  const shards = [...info.inactive, info.active];
  const found = (tree: TreeState): RekorShard | undefined =>
    shards.find(({ checkpoint }) => checkpoint.origin === tree.origin);
  const newest = trees.at(-1);
  const gone = trees.find((tree) => found(tree) === undefined);
  const signed = trees.find((tree) => tree.key !== undefined && found(tree)?.checkpoint.signedBy !== tree.key);
  const moved = trees.find((tree, index) => shards[index]?.checkpoint.origin !== tree.origin);
  const maybeStale = shards.every(({ checkpoint }, index) => isTree(checkpoint, trees[index]));
  const differ = (code: LogChange['code'], message: string): Difference => ({
    code,
    message,
    shown: shownBy(info),
    maybeStale,
  });
  if (gone !== undefined && newest !== undefined) {
    const [known, shown] = [nameOfTree(newest), logName(info.active.checkpoint)];
    if (known !== shown)
      return differ('log-changed', `the log at ${url} is known as ${known}, and now calls itself ${shown}`);
    const size = String(parseCheckpoint(gone.checkpoint).size);
    const key = info.active.checkpoint.signedBy;
    const code = newest.key === key || newest.key === undefined ? 'wrong-tree' : 'log-changed';
    return differ(code, `the tree ${gone.origin}, known with ${size} entries, is gone from the log at ${url}`);
  }
  if (signed !== undefined)
    return differ(
      'log-changed',
      `the tree ${signed.origin} at ${url} is known to be signed by the key ${signed.key ?? ''}, and now is signed by ${found(signed)?.checkpoint.signedBy ?? 'no trusted key'}`,
    );
  if (moved !== undefined)
    return differ('log-changed', `the log at ${url} shows its tree ${moved.origin} in another place among its trees`);
  return undefined;
}

/** A log that the state has never heard of: its own history can't be held against anything, and it may stand in for a log that is known. */
export function differenceOfStranger(url: string, known: readonly string[], info: RekorLogInfo): Difference {
  return {
    code: 'log-changed',
    message: `the log at ${url} was never watched with this state, which knows ${known.join(', ') || 'no log'}`,
    shown: shownBy(info),
    maybeStale: false,
  };
}

/** A change that was not reported before. The same change, back after it was acknowledged and gone, is a new change. */
export function changeOf(url: string, { code, message, shown }: Difference, at: string): LogChange {
  return { id: eventId('alarm', code, url, at, ...shown), code, message, at, shown };
}

/** The alarm for a change, with both signed notes where the log was known. */
export function changeAlarm(
  url: string,
  { code, message }: Pick<LogChange, 'code' | 'message'>,
  trees: readonly TreeState[],
  { active, inactive }: RekorLogInfo,
): RekorError & { readonly code: LogChange['code'] } {
  const shards = [...inactive, active];
  const gone = trees.find(({ origin }) => !shards.some(({ checkpoint }) => checkpoint.origin === origin));
  const known = gone ?? trees.at(-1);
  const served = shards.find(({ checkpoint }) => checkpoint.origin === known?.origin)?.checkpoint ?? active.checkpoint;
  const asked = known?.origin ?? url;
  // What the state has lost, or never had, leaves nothing to hold the log to.
  if (code === 'state-incomplete' || known === undefined)
    return new RekorError(code, message, { expected: asked, actual: served.origin }) as RekorError & {
      readonly code: LogChange['code'];
    };
  // For a tree that is gone, the evidence is what was served in its place; for a change, both notes.
  const checkpoints = code === 'wrong-tree' ? [served.note] : [known.checkpoint, served.note];
  return new RekorError(code, message, {
    expected: asked,
    actual: served.origin,
    evidence: { schemaVersion: 1, code, message, url, asked, checkpoints },
  }) as RekorError & { readonly code: LogChange['code'] };
}

/** Key and origin of each tree that a log shows. */
export function shownBy({ inactive, active }: RekorLogInfo): readonly string[] {
  return [...inactive, active].map(({ checkpoint }) => `${checkpoint.signedBy ?? 'no key'} ${checkpoint.origin}`);
}

function isTree(checkpoint: LogCheckpoint, tree: TreeState | undefined): boolean {
  return tree !== undefined && tree.origin === checkpoint.origin && tree.key === checkpoint.signedBy;
}

function nameOfTree({ origin, treeId }: TreeState): string {
  return logName({ origin, ...(treeId === undefined ? {} : { treeId }) });
}

/** The name of a log in its checkpoints: it stays when a tree is full. */
export function logName({ origin, treeId }: Pick<LogCheckpoint, 'origin' | 'treeId'>): string {
  return treeId === undefined ? origin : origin.replace(/ - [0-9]+$/, '');
}
