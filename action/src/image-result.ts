/** What was decided about one image, or one place that names it. */
export interface ImageResult {
  /** As it was given, or as the file means it. */
  readonly reference: string;
  /**
   * `verified`: it meets its policy. `rejected`: it does not. `indeterminate`: it could not be told. `warned`: one of these, where the policy map only warns. `excepted`: the map lets it run unverified for a
   * while. `built`: it is built from other files, so there is nothing to verify.
   */
  readonly decision: 'verified' | 'rejected' | 'indeterminate' | 'warned' | 'excepted' | 'built';
  readonly message: string;
  /** The reference by digest, of a verified image. */
  readonly verified?: string;
  readonly place?: ResultPlace;
}

/** Where a file names the image, counted from 1. */
export interface ResultPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

/** The decision about all of them: nothing is verified where something is not. */
export function overall(results: readonly ImageResult[]): 'verified' | 'rejected' | 'indeterminate' {
  const has = (decision: ImageResult['decision']): boolean => results.some((result) => result.decision === decision);
  if (has('rejected')) return 'rejected';
  return has('indeterminate') || results.length === 0 ? 'indeterminate' : 'verified';
}
