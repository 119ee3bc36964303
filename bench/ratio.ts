/** One ratio of a benchmark. Both sides were measured in the same run, interleaved, so the machine's noise affects both. */
export interface Ratio {
  readonly name: string;
  /** What was divided by what, with both medians. */
  readonly detail: string;
  readonly ratio: number;
  /** Why nothing was measured; the ratio is then meaningless. */
  readonly skipped?: string;
  /** The bound that the project sets itself, if there is one. */
  readonly atMost?: number;
  /** A ratio between the bound and this is printed as over the bound, but doesn't fail the run. Without it, the bound decides. */
  readonly failsAbove?: number;
}

/** Whether a ratio keeps its bound, is over it within the tolerance, or has failed. */
export function resultOf({ ratio, atMost, failsAbove = atMost }: Ratio): 'kept' | 'over' | 'failed' {
  if (atMost === undefined || ratio <= atMost) return 'kept';
  return failsAbove !== undefined && ratio <= failsAbove ? 'over' : 'failed';
}
