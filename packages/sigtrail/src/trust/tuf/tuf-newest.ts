import { namesOfCommonJs } from '@sigtrail/encoding/common-js';
import type * as Models from '@tufjs/models';
import { parseOrNothing, type Signed, type TufModels, type TufSource } from './tuf-document.ts';
import { EMPTY_STATE, type TufState } from './tuf-state.ts';
import type { TufCache } from './tuf-cache.ts';
import { verifiedTimestamp, walkRoots } from './tuf-workflow.ts';

/**
 * A cache that several processes can write without losing each other's state: the state on the disk is merged with what this process has seen, when it is
 * read and again right before it is written. This way, the slower of two writers keeps the newer root and timestamp of the faster one.
 */
export function sharedCache(cache: TufCache, source: Pick<TufSource, 'mirror' | 'root'>): TufCache {
  let seen = EMPTY_STATE;
  return {
    ...cache,
    load: async () => {
      seen = await newestState(source, await cache.load(), seen);
      return seen;
    },
    save: async (state) => {
      seen = await newestState(source, state, await cache.load());
      await cache.save(seen);
    },
  };
}

/** The longest chain of roots, the newest timestamp and the newest set of two states, each verified from the caller's root. The first wins a tie. */
async function newestState(
  source: Pick<TufSource, 'mirror' | 'root'>,
  first: TufState,
  second: TufState,
): Promise<TufState> {
  if (isEmpty(second)) return first;
  const models = namesOfCommonJs(await import('@tufjs/models'));
  const walk = async ({ roots }: TufState) => walkRoots(models, source, roots).catch(() => undefined);
  const [one, other] = [await walk(first), await walk(second)];
  // The caller's own root does not verify: the refresh says so.
  if (one === undefined || other === undefined) return first;
  const { root, kept } = other.root.signed.version > one.root.signed.version ? other : one;
  const version = (bytes: Buffer | undefined): number => timestampVersion(models, root, bytes);
  const [mine, theirs] = [first, second].map(({ newestTimestamp, set }) => newestTimestamp ?? set?.timestamp);
  const newestTimestamp = version(theirs) > version(mine) ? theirs : mine;
  const { set, refreshedAt } = version(second.set?.timestamp) > version(first.set?.timestamp) ? second : first;
  return {
    roots: kept,
    ...(newestTimestamp === undefined ? {} : { newestTimestamp }),
    ...(set === undefined ? {} : { set }),
    ...(refreshedAt === undefined ? {} : { refreshedAt }),
  };
}

function isEmpty({ roots, newestTimestamp, set }: TufState): boolean {
  return roots.length === 0 && newestTimestamp === undefined && set === undefined;
}

/** 0 for a timestamp that is not signed under this root: after its key was replaced, versions may start over. */
function timestampVersion(models: TufModels, root: Signed<Models.Root>, bytes: Buffer | undefined): number {
  return parseOrNothing(() => verifiedTimestamp(models, root, bytes))?.document.signed.version ?? 0;
}
