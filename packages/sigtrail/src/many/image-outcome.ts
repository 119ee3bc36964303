import type { ImageLocator } from '@sigtrail/triangulate';
import type { ImageCallOptions } from '../options.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { Problem } from '../report/report.ts';

/** The outcome for a reference: a report, or why there is none. Only a report can be `verified`. */
export type ImageOutcome<R extends ImageReport | PlatformsReport = ImageReport> = ReportedImage<R> | UnansweredImage;

/** A reference whose image was evaluated. */
export interface ReportedImage<R extends ImageReport | PlatformsReport = ImageReport> {
  readonly kind: 'report';
  /** The reference, character for character as it was given. */
  readonly reference: string;
  /** The whole report, whatever the verdict. */
  readonly report: R;
  readonly problem?: undefined;
  /** Present: the report comes from an earlier run, through the journal. */
  readonly resumed?: true;
}

/** A reference that no policy was applied to. It is not verified. */
export interface UnansweredImage {
  readonly kind: 'problem';
  /** The reference, character for character as it was given. */
  readonly reference: string;
  /**
   * `invalid-reference`: it is malformed. `policy-unavailable`: `policyFor` threw. `invalid-policy`: what `policyFor` returned is not a policy. `overloaded`: other callers
   * of the verifier fill its queue.
   */
  readonly problem: Problem;
  readonly report?: undefined;
}

/** The policy for an image, by the parsed and normalised reference. If it throws, that is the problem `policy-unavailable` of that reference. */
export type PolicyFor = (image: ImageLocator) => ImagePolicy | Promise<ImagePolicy>;

/** Options of `verifyMany`. All others apply to the call about each image; each image has its own `timeoutMs`. */
export interface ManyOptions extends Omit<ImageCallOptions, 'signal'> {
  /**
   * When it aborts, no further reference is begun; those that were begun are finished and yielded, and then the iteration throws the signal's own reason. Leave the loop with
   * `break` to abandon them at once.
   */
  readonly signal?: AbortSignal;
  /**
   * A file that makes the run resumable: each report is on the disk before it is yielded, and a later run with the same file and the same question yields it again instead of asking. Use a
   * file for a single run: delete it, or give a different name, to ask anew.
   */
  readonly journal?: JournalOption;
  /** Called after each reference. It can't change an answer: if it throws, that is an uncaught exception. */
  readonly onProgress?: (progress: ManyProgress) => void;
}

/** Where a run keeps its reports. */
export type JournalOption =
  | string
  | {
      readonly file: string;
      /**
       * The name of the version of your own code that the answers depend on, such as a commit. Required if a policy or an option contains code (callbacks, schemas, key resolvers): the journal can't tell
       * whether that is still the same.
       */
      readonly code?: string;
    };

/** The progress of `verifyMany`. */
export interface ManyProgress {
  /** References that were begun but are not finished. */
  readonly running: number;
  /** References that are finished: the sum of the four counts below. */
  readonly done: number;
  readonly verified: number;
  readonly rejected: number;
  readonly indeterminate: number;
  /** References without a report. */
  readonly problems: number;
  /** Reports that came from the journal. */
  readonly resumed: number;
}
