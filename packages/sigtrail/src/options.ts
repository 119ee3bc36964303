import type { OciClientOptions } from 'oci-client-lite';
import type { TrustedRootInput } from './trust/trusted-root.ts';

/** What a verifier owns and how it sees the world. */
export interface VerifierOptions {
  /** Trust anchors: a `trusted_root.json` object, `{ file }`, or `{ embedded: true }` (the default: public-good snapshot). */
  readonly trust?: TrustedRootInput;
  readonly registry?: OciClientOptions;
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
