import { parseCheckpoint } from '../note/checkpoint.ts';
import { RekorError } from '../error.ts';
import type { Rekor, RekorCallOptions } from '../client/rekor.ts';
import type { TreeState } from './watch-state.ts';

/** Each entry comes with a checkpoint of its own: a checkpoint of another history would be a view made for us. */
export function historyCheck(
  rekor: Rekor,
  trees: readonly TreeState[],
  call: RekorCallOptions,
): (note: string) => Promise<void> {
  const proven = new Map<string, Promise<void>>();
  const prove = async (note: string): Promise<void> => {
    const served = parseCheckpoint(note);
    const tree = trees.find(({ origin }) => origin === served.origin);
    if (tree === undefined)
      throw new RekorError('wrong-tree', `the entry is proven in ${served.origin}, which is not a tree of this log`, {
        actual: served.origin,
        evidence: {
          schemaVersion: 1,
          code: 'wrong-tree',
          message: 'the entry is proven in a tree that doesn’t belong to this log',
          url: rekor.url,
          checkpoints: [note],
        },
      });
    // Every tree begins with the empty one.
    if (parseCheckpoint(tree.checkpoint).size === 0n) return;
    const [older, newer] =
      served.size < parseCheckpoint(tree.checkpoint).size ? [note, tree.checkpoint] : [tree.checkpoint, note];
    await rekor.consistency(older, newer, call);
  };
  return (note) => {
    // Signatures are random: the same tree is signed anew for each answer.
    const key = parseCheckpoint(note).signedText;
    const running = proven.get(key) ?? prove(note);
    proven.set(key, running);
    return running;
  };
}
