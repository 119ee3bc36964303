import { combineRoots } from './combine-roots.ts';
import { fromParts } from './from-parts.ts';
import { parseTrustedRoot } from './trusted-root.ts';

/** Ways to a {@link TrustedRoot} that you hold; give it as `trust`. */
export const trustRoot: Readonly<{
  fromParts: typeof fromParts;
  fromJson: typeof parseTrustedRoot;
  combine: typeof combineRoots;
}> = { fromParts, fromJson: parseTrustedRoot, combine: combineRoots };
