import type { ImagePolicy } from '../../policy/policy.ts';

/** Something of the original that our policy can't say, or says in another place. Never left out in silence. */
export interface NotExpressed {
  /** Where it stands in the original: a flag, or a path. */
  readonly what: string;
  readonly why: string;
  /**
   * `stricter`: the imported policy refuses more without it. `elsewhere`: it doesn't belong in a policy; `why` says where to give it.
   * `relaxed`: the original asks less than a policy of ours does by default, and so does the imported policy, in its `require`.
   */
  readonly effect: 'stricter' | 'elsewhere' | 'relaxed';
}

/** Records one thing that the policy doesn't say. */
export type Note = (what: string, why: string, effect?: NotExpressed['effect']) => void;

/** A policy of another tool in our terms. */
export interface ImportedPolicy {
  /** The original's name, if it has one. */
  readonly name?: string;
  /** Missing when too little could be expressed to name a signer. */
  readonly policy?: ImagePolicy;
  /** What the original applies to, as far as it says. */
  readonly references: readonly string[];
  readonly notExpressed: readonly NotExpressed[];
}
