import type { Deadline } from './deadline.ts';
import type { Signatures } from './establish/signatures.ts';
import type { OciClient } from 'oci-client-lite';
import type { ParsedDenyList } from './policy/deny-list.ts';
import type { Neighbours } from './discover/github-neighbours.ts';
import type { LogLookup } from './options.ts';
import type { SharedDiscoveries } from './many/shared-discoveries.ts';
import type { Observer } from './observe-stages.ts';
import type { SecondJudge } from './second-judge/second-judge.ts';
import type { Tape } from './replay/tape.ts';
import type { LoadedTrust } from './trust/load-trust.ts';
import type { Until } from './until.ts';

/** The context of one call, with its deadline. */
export interface CallContext extends EvaluationContext {
  readonly deadline: Deadline;
  /** Present: the image is one of several that an index lists, and GitHub can be asked about all of them together. */
  readonly neighbours?: Neighbours;
}

/** What an evaluation needs besides its inputs. */
export interface EvaluationContext {
  readonly client: OciClient;
  readonly trust: LoadedTrust;
  readonly deny?: ParsedDenyList;
  /** Present: signatures without a log entry are looked up. */
  readonly lookup?: LogLookup;
  readonly now: Date;
  readonly timeoutMs: number;
  /** Present: a listener wants to hear of the stages. */
  readonly observer?: Observer;
  /** Present: the caller's absolute deadline. */
  readonly until?: Until;
  /** Asked about what our own checks accept. */
  readonly secondJudge: SecondJudge | 'off';
  /** Present: tags and lists are shared between processes. They are either taken from the store (`use`), or asked for and put there for the others (`renew`). */
  readonly listings?: 'use' | 'renew';
  /** Present: the question is one of many, and what is discovered for a digest serves every reference to it. */
  readonly discoveries?: SharedDiscoveries;
  /** Answers every question of public-key cryptography, once. */
  readonly signatures: Signatures;
  /** Present: all input from outside is recorded, or comes from a record. */
  readonly tape?: Tape;
}
