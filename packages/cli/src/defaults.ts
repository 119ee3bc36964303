import type { TrustedRoot } from 'sigtrail/trust';

/** What a command line leaves open. Code can give another instance, for tests; no flag and no variable does. */
export interface Defaults {
  /** Whom to trust. Absent: the snapshot of the public-good instance that comes with this package. */
  readonly trust?: TrustedRoot;
  /** The log that the commands of `sigtrail rekor` ask. */
  readonly rekorUrl: string;
  /** The TUF repository of `sigtrail trusted-root fetch`. Absent: the public-good instance’s. */
  readonly tuf?: { readonly mirror: string; readonly root: Uint8Array };
}

/** Sigstore's public-good instance. */
export const PUBLIC_DEFAULTS: Defaults = { rekorUrl: 'https://rekor.sigstore.dev' };
