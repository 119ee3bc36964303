/** One ratio of a benchmark: both sides were measured in the same run, interleaved, so the machine's noise meets both. */
export interface Ratio {
  readonly name: string;
  /** What was divided by what, with the medians it came from. */
  readonly detail: string;
  readonly ratio: number;
  /** Why nothing was measured; the ratio says nothing then. */
  readonly skipped?: string;
  /** The bound that the project holds itself to, where there is one. */
  readonly atMost?: number;
  /** A ratio between the bound and this one is printed as over the bound, and does not fail the run. Without it, the bound itself decides. */
  readonly failsAbove?: number;
}

/** Whether a ratio keeps its bound, is over it within the tolerance, or has failed. */
export function resultOf({ ratio, atMost, failsAbove = atMost }: Ratio): 'kept' | 'over' | 'failed' {
  if (atMost === undefined || ratio <= atMost) return 'kept';
  return failsAbove !== undefined && ratio <= failsAbove ? 'over' : 'failed';
}
