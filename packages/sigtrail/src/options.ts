import type { ContentStore, OciClientOptions, SharedListingsOptions } from 'oci-client-lite';
import type { GithubAttestations } from './discover/github-option.ts';
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
   * Ask logs for the entries of signatures that carry none. Without it no log is ever contacted. An entry that is found is proven like any other: its
   * checkpoint, its inclusion, and that it is about this very signature.
   */
  readonly log?: LogLookup;
  /** Keys, certificates and identities that are refused, whatever a policy says. */
  readonly deny?: DenyList;
  /**
   * `@sigstore/verify` verifies independently whatever our own checks accept, and both must accept. `off` skips it, for bulk; every
   * report says so. Default `on`.
   */
  readonly secondJudge?: 'on' | 'off';
  /** The clock; tests and "as of" questions set it. */
  readonly now?: () => Date;
  /** Default deadline of a call: 30,000 ms. A quarter of it, at most 5,000 ms, is kept for verifying what was read. */
  readonly timeoutMs?: number;
  /**
   * How many questions are answered at a time; the others wait their turn, first in, first out. Default 16. Questions that the code of a policy asks have a
   * queue of their own.
   */
  readonly concurrency?: number;
  /** Where content is kept beyond this process. Without it, 64 MiB are kept in memory. Results of checks are never kept beyond the process. */
  readonly stores?: Stores;
  /**
   * Gets the stages of every answer: durations and counts, like the diagnostics channel `sigtrail:stage`. It can't change an answer: if it throws, that is an uncaught
   * exception, as with a subscriber to a diagnostics channel.
   */
  readonly onEvent?: (event: StageEvent) => void;
  /** How many questions may wait; any more are refused with `overloaded`. Default: any number. For services that must shed load. */
  readonly maxQueue?: number;
}

/** What a verifier may keep beyond its process. */
export interface Stores {
  /**
   * Content by its digest: manifests, signatures, bundles. Everything is hashed when it is read, so a store need not be trusted: anyone who can write to it can cost time, never
   * change a verdict. `directoryStore` and `memoryStore` of `sigtrail/stores`, or your own.
   */
  readonly blobs?: ContentStore;
  /**
   * Shares what registries answered about tags and referrers between processes: only under a MAC whose key the store doesn't hold, only for the same request with the
   * same credentials, and only for a while. It can make `verified` come sooner, and nothing else: for every other verdict, and for a policy that holds because something is missing, the
   * registry is asked anew. Without it, nothing is shared. `directoryStore` and `memoryStore`, or your own.
   */
  readonly listings?: SharedListingsOptions;
}

/** How the log entries of signatures that carry none are looked up. */
export interface LogLookup {
  readonly lookup: true;
  /** Default: every log of the trusted root. */
  readonly logs?: readonly LogAddress[];
}

/** Options of one call. */
export interface CallOptions {
  /** Where signatures and attestations are kept, if not beside the image: `registry/repository` (cosign's `COSIGN_REPOSITORY`). No other place is read. */
  readonly repositories?: string;
  /** The prefix of cosign's tags (`--attachment-tag-prefix`). */
  readonly tagPrefix?: string;
  /** When it aborts, the call rejects at once with the signal's own reason, whether it is waiting its turn or being answered. */
  readonly signal?: AbortSignal;
  /** Milliseconds, counted from when the call gets its turn. Default: the verifier's. */
  readonly timeoutMs?: number;
  /**
   * A point in time by the system's clock, as a `Date` or an RFC 3339 string; waiting for a turn counts. Whatever isn't known by then stays open: the
   * report is `indeterminate` with the problem `deadline`. Calls without a verdict throw `deadline`.
   */
  readonly deadline?: Date | string;
}

/** Options of a call about a bundle. */
export type BundleCallOptions = Pick<CallOptions, 'signal' | 'timeoutMs' | 'deadline'>;

/** Options of a call about signatures or attestations. */
export interface NamedCallOptions extends CallOptions {
  /** Also asks GitHub for the attestations that it keeps. Off unless given: it tells GitHub what is verified here. */
  readonly github?: GithubAttestations;
  /** Which name the signer must have signed for; default `any`, like cosign. */
  readonly signedName?: SignedName;
}

/** Options of a call about an image. */
export interface ImageCallOptions extends NamedCallOptions {
  /** For an index: the policy must hold for each of its manifests, or for those of these platforms (`linux/amd64`), each by its own signature. */
  readonly platforms?: 'each' | readonly `${string}/${string}`[];
  /**
   * A signature of an index covers the manifests that its bytes list, by their hashes: with `true` those of `platforms`; for one manifest,
   * `{ index }` names the index. Never the other way round: a signature of a manifest says nothing about its index.
   */
  readonly inherit?: true | { readonly index: string };
}
