import type { ImagePolicy } from '../../policy/policy.ts';

/** Something in the original that our policy can't say, or says in a different place. It is never left out silently. */
export interface NotExpressed {
  /** Where it is in the original: a flag, or a path. */
  readonly what: string;
  readonly why: string;
  /**
   * `stricter`: the imported policy refuses more without it. `elsewhere`: it doesn't belong in a policy; `why` says where to give it.
   * `relaxed`: the original requires less than our policies do by default, and so does the imported policy, in its `require`.
   */
  readonly effect: 'stricter' | 'elsewhere' | 'relaxed';
}

/** Records something that the policy doesn't say. */
export type Note = (what: string, why: string, effect?: NotExpressed['effect']) => void;

/** A policy of another tool in our terms. */
export interface ImportedPolicy {
  /** The original's name, if it has one. */
  readonly name?: string;
  /** Missing if too little could be expressed to name a signer. */
  readonly policy?: ImagePolicy;
  /** What the original applies to, as far as it says. */
  readonly references: readonly string[];
  readonly notExpressed: readonly NotExpressed[];
}
