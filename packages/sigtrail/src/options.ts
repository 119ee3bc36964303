import type { OciClientOptions } from 'oci-client-lite';
import type { DenyList } from './deny/deny-list.ts';
import type { LogAddress } from './track/log-clients.ts';
import type { TrustInput } from './trust/load-trust.ts';

/** What a verifier owns and how it sees the world. */
export interface VerifierOptions {
  /**
   * Trust anchors: `{ embedded: true }` (the default: public-good snapshot), `{ file }`, `{ json }`, a `trusted_root.json`
   * object, `trustRoot.fromParts()`, a provider such as `tufTrust()`, or a list of these, trusted alike.
   */
  readonly trust?: TrustInput;
  readonly registry?: OciClientOptions;
  /**
   * Ask logs for the entries of signatures that carry none. Without it no log is ever contacted. What is found is proven like any other entry: its
   * checkpoint, its inclusion, and that it is of this very signature.
   */
  readonly log?: LogLookup;
  /** Keys, certificates and identities that are refused whatever a policy says. */
  readonly deny?: DenyList;
  /** The clock; tests and "as of" questions set it. */
  readonly now?: () => Date;
  /** Default deadline of a call: 30,000 ms. */
  readonly timeoutMs?: number;
}

/** How signatures without an entry are looked up. */
export interface LogLookup {
  readonly lookup: true;
  /** Default: every log of the trusted root. */
  readonly logs?: readonly LogAddress[];
}

/** Options of one call. */
export interface CallOptions {
  /** Where what is attached is kept, if not beside the image: `registry/repository` (cosign's `COSIGN_REPOSITORY`). It is looked for there only. */
  readonly repositories?: string;
  /** What stands before cosign's tags (`--attachment-tag-prefix`). */
  readonly tagPrefix?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}
