/** One figure of a topic, as one line shows it. */
export interface Figure {
  readonly name: string;
  readonly value: string;
  readonly passed: boolean;
}

/** Prints each figure as it comes, then `N passed, N failed`; the exit code. */
export async function printFigures(figures: AsyncIterable<Figure>): Promise<number> {
  let passed = 0;
  let failed = 0;
  for await (const figure of figures) {
    console.log(`${figure.passed ? 'ok  ' : 'FAIL'} ${figure.name}: ${figure.value}`);
    if (figure.passed) passed++;
    else failed++;
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0 && passed > 0 ? 0 : 1;
}
