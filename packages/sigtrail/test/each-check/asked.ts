import type { FakeSigstore, LegacyAttestationOptions, LegacySignatureOptions } from '@sigtrail/testing';
import type { EstablishContext } from '../../src/establish/facts.ts';
import type { Candidate } from '../../src/evidence/candidate.ts';
import type { ImagePolicy } from '../../src/policy/policy.ts';
import type { Attempt } from '../attempt.ts';

/** What a case signs and asks. */
export interface Asked extends Attempt {
  readonly policy?: ImagePolicy;
  /** A `.sig` layer instead of a bundle. */
  readonly layer?: Partial<LegacySignatureOptions>;
  /** A `.att` layer instead of a bundle. */
  readonly attestation?: Partial<LegacyAttestationOptions>;
  /** A message signature instead of a statement. */
  readonly message?: true;
  /** Changes what was read, for what the parsers of today refuse before it comes to the check. */
  readonly read?: (candidate: Candidate) => Candidate;
  readonly context?: Partial<EstablishContext>;
}

/** One check of the verifier, by its code, and something that is accepted but for this check. */
export type Case = readonly [code: string, what: string, make: (sigstore: FakeSigstore) => Asked | Promise<Asked>];
