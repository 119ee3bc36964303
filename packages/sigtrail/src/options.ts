import type { ContentStore, OciClientOptions, SharedListingsOptions } from 'oci-client-lite';
import type { GithubAttestations } from './discover/github-attestations.ts';
import type { SignedName } from './establish/signed-name.ts';
import type { DenyList } from './policy/deny-list.ts';
import type { StageEvent } from './stage-event.ts';
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
  /**
   * `@sigstore/verify` judges by itself whatever our own checks accept, and both must accept. `off` leaves it out, for bulk; every
   * report says so. Default `on`.
   */
  readonly secondJudge?: 'on' | 'off';
  /** The clock; tests and "as of" questions set it. */
  readonly now?: () => Date;
  /** Default deadline of a call: 30,000 ms. A quarter of it, at most 5,000 ms, is kept for judging what was read. */
  readonly timeoutMs?: number;
  /**
   * How many questions are answered at a time; further ones wait for their turn, first in, first out. Default 16. Questions that the code of a policy asks have a
   * line of their own.
   */
  readonly concurrency?: number;
  /** Where content is kept beyond this process. Without it, 64 MiB are kept in memory. What came of checks is never kept beyond the process. */
  readonly stores?: Stores;
  /**
   * Is told of the stages of every answer: durations and counts, like the diagnostics channel `sigtrail:stage`. It can't change an answer: what it throws is an uncaught
   * exception, as that of a subscriber to a diagnostics channel is.
   */
  readonly onEvent?: (event: StageEvent) => void;
  /** How many questions may wait; a further one is refused with `overloaded`. Default: any number. For services that must shed load. */
  readonly maxQueue?: number;
}

/** What a verifier may keep beyond its process. */
export interface Stores {
  /**
   * Content by its digest: manifests, signatures, bundles. Everything is hashed when it is read, so a store need not be trusted: whoever can write to it can cost time, never
   * a verdict. `directoryStore` and `memoryStore` of `sigtrail/stores`, or your own.
   */
  readonly blobs?: ContentStore;
  /**
   * What tags and lists of referrers answer, to be shared between processes: only under a MAC whose key the store doesn't hold, for the same question, asked the same way with the
   * same credentials, and for a while. It can make `verified` come sooner, and nothing else: for every other verdict, and for a policy that holds by what is missing, the registry is
   * asked anew. Without it, nothing is shared. `directoryStore` and `memoryStore`, or your own.
   */
  readonly listings?: SharedListingsOptions;
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
  /** When it aborts, the call rejects at once with the signal's own reason, whether it waits for its turn or is being answered. */
  readonly signal?: AbortSignal;
  /** Milliseconds from when the call has its turn; the wait for it doesn't count. Default: that of the verifier. */
  readonly timeoutMs?: number;
  /**
   * A point in time by the system's clock, as a `Date` or an RFC 3339 string; the wait for a turn counts. What isn't known by then stays open: the
   * report is `indeterminate` with the problem `deadline`. Calls without a verdict throw `deadline`.
   */
  readonly deadline?: Date | string;
}

/** Options of a call about a bundle. */
export type BundleCallOptions = Pick<CallOptions, 'signal' | 'timeoutMs' | 'deadline'>;

/** Options of a call that judges what was signed. */
export interface NamedCallOptions extends CallOptions {
  /** Ask GitHub for the attestations that it keeps, too. Off unless given: it tells GitHub what is verified here. */
  readonly github?: GithubAttestations;
  /** Which name the signer must have signed for; default `any`, as cosign. */
  readonly signedName?: SignedName;
}

/** Options of a call that judges an image. */
export interface ImageCallOptions extends NamedCallOptions {
  /** Of an index: the policy must hold for each of its manifests, or for those of these platforms (`linux/amd64`), by a signature of each. */
  readonly platforms?: 'each' | readonly `${string}/${string}`[];
  /**
   * A signature of an index covers the manifests that its bytes list, by their hashes: with `true` those of `platforms`; for one manifest,
   * `{ index }` names the index. Never the other way: what signs a manifest says nothing of its index.
   */
  readonly inherit?: true | { readonly index: string };
}
