import type { AuthorityProfile } from './profile.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** What can be said of a standard trusted root beside where it is. */
export interface ProfileOption {
  /** The profile of its certificate authorities. Default `fulcio`; GitHub's own root needs `github`. */
  readonly profile?: AuthorityProfile;
}

/** A trusted root as a caller gives it. */
export type TrustedRootSource =
  | ({ readonly embedded: true } & ProfileOption)
  | ({ readonly file: string } & ProfileOption)
  | ({ readonly json: string | Uint8Array } & ProfileOption)
  | TrustedRoot
  | Readonly<Record<string, unknown>>;
