import type { AuthorityProfile, Relaxation } from './profile.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** Options for a standard trusted root. */
export interface ProfileOption {
  /** The profile of its certificate authorities. Default `fulcio`; GitHub's own root needs `github`. For a file of JSON lines: a list, one for each line. */
  readonly profile?: AuthorityProfile | readonly AuthorityProfile[];
  /** What signatures of its certificate authorities need not have. Only with profile `pki`; shown in every report. */
  readonly relax?: readonly Relaxation[];
}

/** A trusted root as a caller gives it. */
export type TrustedRootSource =
  | ({ readonly embedded: true } & ProfileOption)
  | ({ readonly file: string } & ProfileOption)
  | ({ readonly json: string | Uint8Array } & ProfileOption)
  | TrustedRoot
  | Readonly<Record<string, unknown>>;
