import { join } from 'node:path';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { FORMATS, KEYS, PROFILES, runKeyMatrix } from '../key-matrix.ts';
import type { Figure } from './figure.ts';
import { runPlainBar } from './plain-bar.ts';
import { trustAndSpeedFigures } from './trust-and-speed.ts';

/** The verifier's figures. */
export async function* showVerification(): AsyncGenerator<Figure> {
  yield await plainBarFigure();
  yield await keyMatrixFigure();
  yield* trustAndSpeedFigures();
}

async function plainBarFigure(): Promise<Figure> {
  const name = 'recorded cosign lines, right policy accepted and every wrong one refused';
  const fixtures = fixturesIfPresent();
  if (fixtures === undefined) return { name, value: 'the recordings are not there', passed: false };
  const { lines, ours, cosign, misses } = await runPlainBar(join(fixtures, 'local-stack'));
  const value = `${ours} of ${lines}; cosign 3.1.2 as recorded ${cosign}${misses.length === 0 ? '' : `; ${misses.join('; ')}`}`;
  return { name, value, passed: lines > 200 && ours === lines };
}

async function keyMatrixFigure(): Promise<Figure> {
  let cells = 0;
  const wrong: string[] = [];
  for await (const { key, format, profile, right, neighbour, passed } of runKeyMatrix()) {
    cells += 1;
    if (!passed) wrong.push(`${key} · ${format} · ${profile}: ${right}, ${neighbour}`);
  }
  const size = `${cells} cells (${KEYS.length} keys × ${FORMATS.length} formats × ${PROFILES.length} trust profiles)`;
  return {
    name: 'key matrix',
    value:
      wrong.length === 0 ? `${size}: the right one accepted, one bit further refused` : `${size}; ${wrong.join('; ')}`,
    passed: wrong.length === 0 && cells === KEYS.length * FORMATS.length * PROFILES.length,
  };
}
