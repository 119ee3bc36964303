import { combineRoots } from './combine-roots.ts';
import { fromParts } from './from-parts.ts';
import type { AuthorityProfile, Relaxation } from './profile.ts';
import type { TrustParts } from './trust-parts.ts';
import { readTrustedRoots } from './read-trusted-roots.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** The functions of {@link trustRoot}. */
export interface TrustRootMaker {
  /** From keys and certificates: a private PKI, private logs, a timestamp authority. @throws TypeError `invalid-option` */
  fromParts(parts: TrustParts): TrustedRoot;
  /** From a `trusted_root.json`, or the lines of a `trusted_root.jsonl`; then `profile` may be a list. @throws SigtrailError `invalid-trusted-root` */
  fromJson(
    input: string | Uint8Array | Readonly<Record<string, unknown>>,
    profile?: AuthorityProfile | readonly AuthorityProfile[],
    relax?: readonly Relaxation[],
  ): TrustedRoot;
  /** A root that trusts whatever any of these trusts. */
  combine(roots: readonly TrustedRoot[]): TrustedRoot;
}

/** Ways to make a {@link TrustedRoot}; give it as `trust`. */
export const trustRoot: TrustRootMaker = { fromParts, fromJson: readTrustedRoots, combine: combineRoots };
