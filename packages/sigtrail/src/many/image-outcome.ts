import type { ImageLocator } from '@sigtrail/triangulate';
import type { ImageCallOptions } from '../options.ts';
import type { ImagePolicy } from '../policy/policy.ts';
import type { ImageReport } from '../report/image-report.ts';
import type { PlatformsReport } from '../report/platforms-report.ts';
import type { Problem } from '../report/report.ts';

/** What came of one reference: a report, or why there is none. Only a report can be `verified`. */
export type ImageOutcome<R extends ImageReport | PlatformsReport = ImageReport> = ReportedImage<R> | UnansweredImage;

/** A reference whose image was evaluated. */
export interface ReportedImage<R extends ImageReport | PlatformsReport = ImageReport> {
  readonly kind: 'report';
  /** The reference, character for character as it was given. */
  readonly reference: string;
  /** The whole report, whatever the verdict. */
  readonly report: R;
  readonly problem?: undefined;
  /** Present: the report is that of an earlier run, out of the journal. */
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

/** The policy for an image, by the parsed and normalised reference. What it throws is the problem `policy-unavailable` of that reference. */
export type PolicyFor = (image: ImageLocator) => ImagePolicy | Promise<ImagePolicy>;

/** Options of `verifyMany`. All others are those of a call about each image; `timeoutMs` counts for each image by itself. */
export interface ManyOptions extends Omit<ImageCallOptions, 'signal'> {
  /**
   * When it aborts, no further reference is begun; those that were begun are finished and yielded, and then the iteration throws the signal's own reason. Leave the loop with
   * `break` to give them up at once.
   */
  readonly signal?: AbortSignal;
  /**
   * A file that makes the run resumable: each report is on the disk before it is yielded, and a later run with the same file and the same question yields it again instead of asking. One
   * file for one run: delete it, or give another name, to ask anew.
   */
  readonly journal?: JournalOption;
  /** Is told after each reference. It can't change an answer: what it throws is an uncaught exception. */
  readonly onProgress?: (progress: ManyProgress) => void;
}

/** Where a run keeps its reports. */
export type JournalOption =
  | string
  | {
      readonly file: string;
      /**
       * The name of the version of your own code that the answers depend on, such as a commit. Required where a policy or an option has code (callbacks, schemas, key resolvers): the journal can't see
       * whether it is still the same.
       */
      readonly code?: string;
    };

/** How far `verifyMany` has come. */
export interface ManyProgress {
  /** References that were begun and are not finished. */
  readonly running: number;
  /** References that are finished: the sum of the four counts below. */
  readonly done: number;
  readonly verified: number;
  readonly rejected: number;
  readonly indeterminate: number;
  /** References without a report. */
  readonly problems: number;
  /** Of the reports, those that came out of the journal. */
  readonly resumed: number;
}
