import type { OciClientOptions } from 'oci-client-lite';
import type { DenyList } from './deny/deny-list.ts';
import type { TrustInput } from './trust/load-trust.ts';

/** What a verifier owns and how it sees the world. */
export interface VerifierOptions {
  /**
   * Trust anchors: `{ embedded: true }` (the default: public-good snapshot), `{ file }`, `{ json }`, a `trusted_root.json`
   * object, `trustRoot.fromParts()`, a provider such as `tufTrust()`, or a list of these, trusted alike.
   */
  readonly trust?: TrustInput;
  readonly registry?: OciClientOptions;
  /** Keys, certificates and identities that are refused whatever a policy says. */
  readonly deny?: DenyList;
  /** The clock; tests and "as of" questions set it. */
  readonly now?: () => Date;
  /** Default deadline of a call: 30,000 ms. */
  readonly timeoutMs?: number;
}

/** Options of one call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}
