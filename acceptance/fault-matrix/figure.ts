import { faultKinds } from './faults.ts';
import { requestKinds } from './requests.ts';
import { runFaultMatrix } from './run.ts';
import type { Figure } from '../show/figure.ts';

/** Runs every kind of request of `oci-client-lite` against every fault, and counts the cells. */
export async function faultMatrixFigure(): Promise<Figure> {
  const wrong: string[] = [];
  let count = 0;
  for await (const { request, fault, expected, actual, passed } of runFaultMatrix()) {
    count += 1;
    if (!passed) wrong.push(`${request} × ${fault} ended in ${actual}, not ${expected}`);
  }
  const size = `${count} cells (${requestKinds.length} kinds of request × ${faultKinds.length} faults)`;
  const isWhole = count === requestKinds.length * faultKinds.length;
  return {
    name: 'fault matrix',
    value:
      wrong.length === 0
        ? `${size}, each in its documented code and within its deadline`
        : `${size}; ${wrong.join('; ')}`,
    passed: isWhole && wrong.length === 0,
  };
}
