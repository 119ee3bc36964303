import type { SigtrailError } from '../error.ts';
import type { Triangulated } from '@sigtrail/triangulate';
import type { Evidence } from '../evidence/read-evidence.ts';
import type { CallbackRunner } from '../policy/callback.ts';
import type { ParsedPolicy } from '../policy/parse-policy.ts';
import type { Problem } from '../report/report.ts';

/** The result of discovery, or why there is none; the underlying error is not recorded. */
export type Discovered = Triangulated | NotDiscovered;

/** Why discovery has no result. */
export interface NotDiscovered {
  readonly problem: Problem;
  readonly error?: SigtrailError;
}

/** A policy with the keys of its resolvers. */
export interface ResolvedPolicy {
  readonly policy: ParsedPolicy;
  readonly problems: readonly Problem[];
}

/** Evidence with the log entries that were looked up for it. */
export interface LookedUp {
  readonly evidence: Evidence;
  readonly problems: readonly Problem[];
}

/**
 * Stands between an evaluation and everything outside it: registry, key resolvers, the user's code. Records the answers, or plays back
 * recorded answers.
 */
export interface Tape {
  readonly mode: 'record' | 'replay';
  /** `question` names everything that the answer depends on. */
  discovered(question: string, ask: () => Promise<Discovered>): Promise<Discovered>;
  resolved(policy: ParsedPolicy, ask: () => Promise<ResolvedPolicy>): Promise<ResolvedPolicy>;
  lookedUp(evidence: Evidence, ask: () => Promise<LookedUp>): Promise<LookedUp>;
  callbacks(ask: () => CallbackRunner): CallbackRunner;
}
