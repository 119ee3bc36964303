import type { Candidate } from '../evidence/candidate.ts';
import type { EstablishContext } from './facts.ts';

/** How many public-key operations one candidate may ask for. */
export interface Budget {
  readonly maxOperations: number;
}

// A candidate of any signer we know asks for fewer than a hundred by this count. So many of the slowest kind take about five seconds.
export const DEFAULT_BUDGET: Budget = { maxOperations: 4096 };

// RSA has the most: three hashes, each under two paddings.
const ALGORITHMS_OF_A_KEY = 6;
// More SCTs than this are malformed.
const MAX_SCTS = 32;
// A promise and the lines on a checkpoint that can be by one log, each with two hashes.
const OPERATIONS_OF_AN_ENTRY = 8;
// The token's signature, and the ways through certificates that it carries.
const OPERATIONS_OF_A_TIMESTAMP = 21;

/**
 * How many public-key operations a candidate asks for at the most, by what its bytes say. It is counted before the first operation
 * starts, so that neither speed nor order nor remembered answers change what a candidate comes to.
 */
export function operationsOf(
  { signer, logEntries, timestamps }: Candidate,
  { trust, keys }: Pick<EstablishContext, 'trust' | 'keys'>,
): number {
  const entries = logEntries.length * OPERATIONS_OF_AN_ENTRY * trust.transparencyLogs.length;
  const stamps = timestamps.length * OPERATIONS_OF_A_TIMESTAMP * trust.timestampAuthorities.length;
  if (signer.kind === 'key') return keys.length * ALGORITHMS_OF_A_KEY + entries + stamps;
  // Each certificate may have been issued by each that came with it, and by each authority.
  const certificates = 1 + signer.chain.length;
  const chain = certificates * (signer.chain.length + trust.certificateAuthorities.length);
  const scts = MAX_SCTS * trust.certificateAuthorities.length;
  return ALGORITHMS_OF_A_KEY + chain + scts + entries + stamps;
}
