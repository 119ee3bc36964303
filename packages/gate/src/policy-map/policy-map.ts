import type { ImagePolicy } from 'sigtrail';
import type { Reference } from 'oci-client-lite/names';
import type { TextPosition } from '../text/place.ts';
import type { ImagePattern } from './image-pattern.ts';

/** What becomes of an image that does not meet its policy: refused, or only told. */
export type Mode = 'enforce' | 'warn';

/** The rule of a map that decided, so that a person finds it. */
export interface RuleName extends TextPosition {
  readonly file: string;
  /** `images[2]`, or `exceptions[0]`. */
  readonly path: string;
  readonly pattern: string;
}

/** One pattern of a map with its policy; a rule with several patterns is several of these. */
export interface MapRule {
  readonly name: RuleName;
  readonly pattern: ImagePattern;
  readonly policy: ImagePolicy;
  /** The name it has in the map, its file, or the path of the rule that holds it. */
  readonly policyName: string;
  readonly mode: Mode;
  /** Equal for rules that ask the same: a tie between them decides the same. */
  readonly asks: string;
}

/** Images that may run unverified until a time. */
export interface MapException {
  readonly name: RuleName;
  readonly pattern: ImagePattern;
  readonly reason: string;
  /** As it was written. */
  readonly until: string;
  /** The first moment at which it is over. */
  readonly endsAt: Date;
}

/** An exception that would have let the image through, and is over. */
export interface ExpiredException {
  readonly rule: RuleName;
  readonly reason: string;
  readonly until: string;
}

/** What a map says about one image. */
export type PolicyAnswer = (
  | {
      readonly decision: 'policy';
      readonly policy: ImagePolicy;
      readonly policyName: string;
      readonly mode: Mode;
      readonly rule: RuleName;
    }
  | { readonly decision: 'exception'; readonly reason: string; readonly until: string; readonly rule: RuleName }
  | {
      readonly decision: 'refused';
      readonly code: 'no-match' | 'tie' | 'invalid-reference';
      readonly message: string;
      /** The rules that tie; none if no rule matches. */
      readonly rules: readonly RuleName[];
    }
) & {
  /** Exceptions for the image that are over: they count for nothing. */
  readonly expired: readonly ExpiredException[];
};

/** Which policy each image must meet. Plain data and one pure question. */
export interface PolicyMap {
  readonly file: string;
  readonly rules: readonly MapRule[];
  readonly exceptions: readonly MapException[];
  /** The policies that the map names or holds, each once, with the place it was written at. */
  readonly policies: readonly MapPolicy[];
  /**
   * Says which policy an image must meet. Matches the parsed reference, never its text. What no rule matches is refused.
   *
   * @throws TypeError `invalid-option` if `now` is not a date
   */
  policyFor(reference: string | Reference, now: Date): PolicyAnswer;
}

/** A policy of a map. */
export interface MapPolicy {
  readonly name: string;
  readonly policy: ImagePolicy;
  /** The file that holds it; the map's own where it is written there. */
  readonly file: string;
  locate(path: string): TextPosition;
}
