import type { KeyObject } from 'node:crypto';
import { findExtension, OID } from '../crypto/certificate.ts';
import type { Candidate } from '../evidence/candidate.ts';
import { signedDataOf, type Subject } from './subject.ts';
import type { TrustedRoot } from '../trust/trusted-root.ts';

/** What verification may cost: public-key operations, and bytes hashed for them. */
export interface Budget {
  readonly maxOperations: number;
  readonly maxBytes: number;
}

/** The most that verifying a candidate can cost. */
export interface Cost {
  readonly operations: number;
  readonly bytes: number;
}

const GIB = 1024 ** 3;

// A candidate of any known signer needs fewer than a hundred by this count. This many of the slowest kind take about five seconds.
export const CANDIDATE_BUDGET: Budget = { maxOperations: 4096, maxBytes: GIB };
// A thousand signatures of an ordinary signer need some 25,000 operations. Hashing this many bytes takes two to four seconds: eight times
// what triangulation holds of one location.
export const IMAGE_BUDGET: Budget = { maxOperations: 32_768, maxBytes: 2 * GIB };

// RSA has the most: three hashes, each with two paddings. The other kinds have two.
const MOST_ATTEMPTS = 6;
const USUAL_ATTEMPTS = 2;
// No elliptic-curve key is longer, and no supported RSA key is shorter.
const LONGEST_CURVE_KEY = 158;
// A log's name, a time, a signature, and the lengths around them (RFC 6962 §3.3).
const LEAST_SCT_BYTES = 48;
// More SCTs than this are malformed.
const MAX_SCTS = 32;
// A promise, and the signature lines that one log can have under a checkpoint, each with two hashes.
const OPERATIONS_OF_AN_ENTRY = 8;
// The token's signature, and the paths through the certificates that it carries.
const OPERATIONS_OF_A_TIMESTAMP = 21;
// Three algorithms for each of three: what was signed, its payload, and the envelope around it, which log entries and timestamps name.
const DIGESTS_OF_CONTENT = 9;

interface CostContext {
  readonly trust: TrustedRoot;
  readonly keys: readonly KeyObject[];
  readonly subject: Subject;
}

/**
 * The most that verifying a candidate can cost, from its bytes. It is counted before the first operation starts, so that neither
 * speed nor order nor remembered answers change the result of a candidate.
 */
export function costOf(candidate: Candidate, context: CostContext): Cost {
  const { trust, keys, subject } = context;
  const { signer, original, logEntries, timestamps } = candidate;
  const data = signedDataOf(candidate, subject);
  const signed = 'bytes' in data ? data.bytes.length : 0;
  // A bundle has a certificate or a key. A certificate in a layer's annotations may accompany a key's signature.
  const attempts =
    (signer.kind === 'certificate' ? attemptsOfLeaf(signer.leaf.spki) : 0) +
    (signer.kind === 'key' || original.kind !== 'bundle' ? keys.reduce((sum, key) => sum + attemptsOfKey(key), 0) : 0);
  const entries = logEntries.length * OPERATIONS_OF_AN_ENTRY * trust.transparencyLogs.length;
  const stamps = timestamps.length * OPERATIONS_OF_A_TIMESTAMP * trust.timestampAuthorities.length;
  return {
    operations: attempts + entries + stamps + operationsOfIssuance(candidate, context),
    bytes: signed * (attempts + DIGESTS_OF_CONTENT),
  };
}

function operationsOfIssuance({ signer }: Candidate, { trust }: CostContext): number {
  if (signer.kind === 'key') return 0;
  const { leaf, chain } = signer;
  const authorities = trust.certificateAuthorities.length;
  const sctBytes = findExtension(leaf, OID.sct)?.value.length ?? 0;
  const scts = Math.min(MAX_SCTS, Math.floor(sctBytes / LEAST_SCT_BYTES)) * authorities;
  // Any of the other certificates may have issued each certificate, and so may any authority.
  return (1 + chain.length) * (chain.length + authorities) + scts;
}

function attemptsOfLeaf(spki: Uint8Array): number {
  return spki.length <= LONGEST_CURVE_KEY ? USUAL_ATTEMPTS : MOST_ATTEMPTS;
}

function attemptsOfKey({ asymmetricKeyType }: KeyObject): number {
  return asymmetricKeyType === 'ec' || asymmetricKeyType === 'ed25519' ? USUAL_ATTEMPTS : MOST_ATTEMPTS;
}

/** Why a single candidate needs too much, or `undefined`. */
export function overBudget({ operations, bytes }: Cost, { maxOperations, maxBytes }: Budget): string | undefined {
  if (operations > maxOperations)
    return `the signature needs up to ${operations} public-key operations, and ${maxOperations} are allowed`;
  if (bytes > maxBytes) return `verifying the signature needs up to ${bytes} bytes, and ${maxBytes} are allowed`;
  return undefined;
}

// How many bytes cost as much as one operation: hashing 64 KiB takes about as long as one quick signature.
const BYTES_OF_AN_OPERATION = 65_536;

/**
 * The candidates that an image's budget allows together, cheapest first: anyone who can push to the repository can add signatures that take long to
 * verify, and those must not crowd out the honest one.
 */
export function affordable<T>(costs: ReadonlyMap<T, Cost>, { maxOperations, maxBytes }: Budget): ReadonlySet<T> {
  const weight = ({ operations, bytes }: Cost): number => operations + bytes / BYTES_OF_AN_OPERATION;
  const chosen = new Set<T>();
  let [operations, bytes] = [maxOperations, maxBytes];
  for (const [candidate, cost] of [...costs].toSorted(([, a], [, b]) => weight(a) - weight(b))) {
    operations -= cost.operations;
    bytes -= cost.bytes;
    if (operations < 0 || bytes < 0) break;
    chosen.add(candidate);
  }
  return chosen;
}
