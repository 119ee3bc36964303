/** One figure of a topic, as one line shows it. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly passed: boolean;
}
