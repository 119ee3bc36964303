import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codesInSource } from '../../test/each-check/codes.ts';
import { CHECK_NAMES, FAULT_CODES, OWN_PROBLEM_CODES, OWN_REASON_CODES } from './codes.ts';

const root = join(import.meta.dirname, '../..');
const sources = globSync('src/**/*.ts', { cwd: root })
  .filter((path) => !path.includes('.test') && !path.endsWith('report/codes.ts'))
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const all = sources.map(({ text }) => text).join('\n');

// `Recorder`, `FormatError` and the functions between take a `FaultCode`: a code that isn't listed does not compile. What follows holds the rest.
describe('the codes of a report', () => {
  it('are each listed once, in order', () => {
    for (const list of [CHECK_NAMES, FAULT_CODES, OWN_PROBLEM_CODES, OWN_REASON_CODES])
      expect([...list]).toEqual([...new Set(list)].toSorted());
  });

  it('are each given somewhere', () => {
    const faults = all.replaceAll(/fault: '/g, "'timestamp-");
    const unused = [...CHECK_NAMES, ...FAULT_CODES, ...OWN_PROBLEM_CODES, ...OWN_REASON_CODES].filter(
      (code) => !all.includes(`'${code}'`) && !faults.includes(`'${code}'`),
    );
    expect(unused).toEqual([]);
  });

  it('hold every code that the checks can give', () => {
    const known: ReadonlySet<string> = new Set([...FAULT_CODES, ...CHECK_NAMES]);
    expect(codesInSource().filter((code) => !known.has(code))).toEqual([]);
  });

  it('hold every problem that is written out in the sources', () => {
    const known: ReadonlySet<string> = new Set([...OWN_PROBLEM_CODES, ...OWN_REASON_CODES, ...FAULT_CODES]);
    const written = sources
      .filter(
        ({ path, text }) =>
          /\bProblem\b|problems?\b/.test(text) && !/trust\/tuf|policy-file|replay\/capsule/.test(path),
      )
      .flatMap(({ text }) => [...text.matchAll(/\bcode: '([a-z-]+)', message/g)].map(([, code]) => code ?? ''));
    expect(written.length).toBeGreaterThan(5);
    expect(written.filter((code) => !known.has(code))).toEqual([]);
  });

  it('are each explained', () => {
    const page = readFileSync(join(root, '../../docs/errors.md'), 'utf8');
    expect([...FAULT_CODES, ...OWN_PROBLEM_CODES].filter((code) => !page.includes(`\`${code}\``))).toEqual([]);
  });
});
