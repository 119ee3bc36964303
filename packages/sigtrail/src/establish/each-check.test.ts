import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSigstore, type FakeSigstore } from '@sigtrail/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { now } from '../../test/attempt.ts';
import { codesInSource, WITHOUT_ROW } from '../../test/each-check/codes.ts';
import { CASES, runCase } from '../../test/each-check/run.ts';

let sigstore: FakeSigstore;

beforeAll(async () => {
  sigstore = await createSigstore({ now });
});

describe('each check decides, with the second judge off: with only this one taken out the same is accepted', () => {
  it.each(CASES.map((one) => ({ code: one[0], what: one[1], one })))('$code: $what', async ({ code, one }) => {
    const { whole, without } = await runCase(one, sigstore);
    expect(whole.accepted).toBe(false);
    expect(whole.failed).toContain(code);
    expect([without.accepted, without.failed]).toEqual([true, []]);
  });
});

it('has a row for every code in the verifier’s source, or a reason why there can be none', () => {
  const codes = codesInSource();
  expect(codes.length).toBeGreaterThan(80);
  const rows = new Set([...CASES.map(([code]) => code), ...Object.keys(WITHOUT_ROW)]);
  expect(codes.filter((code) => !rows.has(code))).toEqual([]);
  expect([...rows].filter((code) => !codes.includes(code))).toEqual([]);
});

// What takes a check out must stay out of reach: only these read it, and nothing of the package ever sets it.
it('leaves no way from an option to the seam that takes a check out', () => {
  const root = join(import.meta.dirname, '..');
  const users = globSync('**/*.ts', { cwd: root })
    .filter((path) => !path.includes('.test'))
    .filter((path) => !path.startsWith('establish/'))
    .filter((path) => readFileSync(join(root, path), 'utf8').includes('withoutChecks'))
    .toSorted();
  expect(users).toEqual(['decide/apply-rule.ts']);
});
