import type { DecodeSigner } from './read-signer.ts';
import type { ExpectedSigner, Target } from './watch-targets.ts';

/** What the search for entries needs to know. */
export interface WatchSettings {
  readonly targets: readonly Target[];
  readonly expected: readonly ExpectedSigner[] | undefined;
  readonly decode: DecodeSigner;
  readonly maxEntriesPerRun: number;
}
