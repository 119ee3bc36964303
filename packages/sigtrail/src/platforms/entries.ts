import { type Descriptor, type ImageIndex, isSelectable, type PlatformName, selectableFor } from 'oci-client-lite';
import { attestationManifestsOf } from '@sigtrail/triangulate';
import { createNeighbours, type Neighbours } from '../discover/github-neighbours.ts';
import type { Evaluated } from '../evaluated.ts';
import type { Problem } from '../report/report.ts';

/** Honest indexes have about twenty entries, and each costs a whole evaluation. */
export const MAX_ENTRIES = 100;
const MAX_DEPTH = 3;

/** A manifest that a client could run from an index, with its result. */
export interface JudgedEntry {
  readonly entry: Descriptor;
  readonly evaluated: Evaluated;
}

/** The manifests that a client could run from an index. */
export interface Entries {
  /** The manifests for the requested platforms. A digest that is listed for two platforms is evaluated once, for both. */
  readonly entries: readonly JudgedEntry[];
  /** How many manifests there are for other platforms. */
  readonly others: number;
  /** Why the list may be incomplete. */
  readonly problems: readonly Problem[];
}

/**
 * Every entry that a client could select for one of the platforms, following indexes within the index. If there are too many entries, the list is refused: a truncated
 * index is not the index that clients read.
 */
export async function entriesOf(
  index: ImageIndex,
  platforms: 'each' | readonly PlatformName[],
  judge: (digest: string, attestationManifests: readonly Descriptor[], neighbours: Neighbours) => Promise<Evaluated>,
): Promise<Entries> {
  const judged = new Map<string, Evaluated>();
  const entries: JudgedEntry[] = [];
  const problems: Problem[] = [];
  let seen = 0;
  let others = 0;
  const visit = async (visited: ImageIndex, depth: number): Promise<void> => {
    const { manifests } = visited;
    const selectable = manifests.filter(isSelectable);
    seen += selectable.length;
    if (seen > MAX_ENTRIES) {
      const message = `the index lists more than ${MAX_ENTRIES} manifests that a client could run; verify the ones you need by digest`;
      problems.push({ code: 'too-many-platforms', message });
      return;
    }
    const wanted = new Set(
      platforms === 'each' ? selectable : platforms.flatMap((name) => selectableFor(selectable, name)),
    );
    const neighbours = createNeighbours([...wanted].map(({ digest }) => digest));
    for (const entry of selectable) {
      if (!wanted.has(entry)) {
        others += 1;
        continue;
      }
      const attestationManifests = attestationManifestsOf(visited, entry.digest);
      // Two indexes can list the same manifest, each with different attestation manifests: one index must not hide what the other says against it.
      const key = [entry, ...attestationManifests].map(({ digest }) => digest).join(' ');
      const evaluated = judged.get(key) ?? (await judge(entry.digest, attestationManifests, neighbours));
      judged.set(key, evaluated);
      const manifest = evaluated.image?.manifest;
      // The bytes decide, not the media type in the index.
      if (manifest?.kind !== 'index') entries.push({ entry, evaluated });
      else if (depth < MAX_DEPTH) await visit(manifest, depth + 1);
      else
        problems.push({
          code: 'too-many-platforms',
          message: `indexes are nested deeper than ${MAX_DEPTH} in the index`,
        });
    }
  };
  await visit(index, 1);
  return { entries, others, problems };
}
