import { ELSEWHERE } from '../../packages/sigtrail/test/attacks/elsewhere.ts';
import { ATTACKS } from '../../packages/sigtrail/test/attacks/index.ts';
import { createWorld } from '../../packages/sigtrail/test/attacks/world.ts';
import type { Figure } from './figure.ts';
import { runTests } from './run-tests.ts';

/**
 * `pnpm -s run show attacks`: every attack of docs/attacks.md, one line each: those that are minted here are tried beside their honest neighbours, for the
 * others the test is run that shows them. Tests of real programs are run by `pnpm interop`.
 */
export async function* showAttacks(): AsyncIterable<Figure> {
  const world = await createWorld();
  for (const { row, attack, code, attacked, honest } of ATTACKS) {
    const [tried, neighbour] = [await attacked(world), await honest(world)];
    const passed = code === 'says-no-more' || (!tried.accepted && tried.codes.includes(code));
    yield { name: `${row}: ${attack}`, value: code, passed: passed && neighbour.accepted };
  }
  const here = ELSEWHERE.filter(({ file }) => !file.startsWith('acceptance/real/'));
  const { tests, output } = await runTests(...new Set(here.map(({ file }) => file)));
  // A title with a placeholder is compared up to it. What stands in a test and is not its name is held by the run as a whole.
  for (const { row, attack, title, answer, file } of here) {
    const known = title.split(/%[a-z]|\$\{?[a-z]/)[0]?.trim() ?? '';
    const named = tests.filter(({ name }) => name.includes(known));
    const held = named.length > 0 ? named : tests;
    const passed = held.length > 0 && held.every(({ status }) => status !== 'failed');
    yield { name: `${row}: ${attack}`, value: passed ? (answer ?? file) : `${file}: ${output.slice(-500)}`, passed };
  }
}
