import { expect, it } from 'vitest';
import { faultKinds } from './faults.ts';
import { requestKinds } from './requests.ts';
import { type Cell, runFaultMatrix } from './run.ts';

it('every kind of request ends every fault in its documented code, within its deadline', {
  timeout: 180_000,
}, async () => {
  const cells: Cell[] = [];
  for await (const cell of runFaultMatrix()) cells.push(cell);
  const shown = cells
    .filter(({ passed }) => !passed)
    .map(
      ({ request, fault, expected, actual, hits }) =>
        `${request} × ${fault}: ${actual}, not ${expected} (struck ${hits} times)`,
    );
  expect(shown).toEqual([]);
  expect(cells).toHaveLength(requestKinds.length * faultKinds.length);
});
