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
}
