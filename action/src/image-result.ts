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
  /** A code for the reason, where it is not verified. */
  readonly code?: string;
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

/** As `sigtrail gate` exits: the first of 12, 10, 14 and 11 that an image has, else 0. */
export function exitCodeOf(results: readonly ImageResult[]): 0 | 10 | 11 | 12 | 14 {
  const codes = new Set(results.flatMap(codeOf));
  return ([12, 10, 14, 11] as const).find((code) => codes.has(code)) ?? (results.length === 0 ? 14 : 0);
}

function codeOf({ decision, code }: ImageResult): readonly number[] {
  switch (decision) {
    case 'rejected':
      return [code === 'unsigned' || code === 'no-attestation' ? 10 : 12];
    case 'indeterminate':
      return [code === 'image-not-found' ? 11 : 14];
    case 'verified':
    case 'warned':
    case 'excepted':
    case 'built':
      return [];
  }
}
