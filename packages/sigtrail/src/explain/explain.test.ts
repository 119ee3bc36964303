import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FAULT_CODES, OWN_PROBLEM_CODES, OWN_REASON_CODES } from '../report/codes.ts';
import { explainCode, explainedCodes, isOfPolicy } from './index.ts';

const PAGE = join(import.meta.dirname, '../../../../docs/errors.md');
const MARK = '<!-- generated: vitest run packages/sigtrail/src/explain, with SIGTRAIL_WRITE=1 -->\n';

describe('explainCode', () => {
  it('knows every code of a check, a problem and a part of a policy', () => {
    const codes = [...FAULT_CODES, ...OWN_PROBLEM_CODES, ...OWN_REASON_CODES];
    expect(codes.filter((code) => explainCode(code) === undefined)).toEqual([]);
    expect(codes.filter((code) => !explainedCodes.includes(code))).toEqual([]);
  });

  it('knows no code of a later version, and takes nothing from the prototype', () => {
    expect(['log-vanished', '', 'constructor', '__proto__'].map(explainCode)).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('writes plain phrases: no full stop, no capital at the start, and something to do', () => {
    const phrases = explainedCodes.flatMap((code) => {
      const { means = '', next = '' } = explainCode(code) ?? {};
      return [means, next];
    });
    expect(phrases.filter((phrase) => phrase.endsWith('.') || phrase.trim() === '')).toEqual([]);
    expect(phrases.filter((phrase) => /^[A-Z][a-z]/.test(phrase))).toEqual([]);
  });

  it('is what docs/errors.md says about every check', () => {
    const [before = '', table] = readFileSync(PAGE, 'utf8').split(MARK);
    const written = [
      '| code | means | what to do |',
      '|---|---|---|',
      ...FAULT_CODES.map((code) => {
        const { means = '', next = '' } = explainCode(code) ?? {};
        return `| \`${code}\` | ${means} | ${next} |`;
      }),
      '',
    ].join('\n');
    if (process.env['SIGTRAIL_WRITE'] === '1') writeFileSync(PAGE, `${before}${MARK}${written}`);
    else expect(table).toBe(written);
  });
});

it.each([
  ['identity-mismatch', true],
  ['no-signature', true],
  ['signature-invalid', false],
  ['log-missing', false],
  ['network', false],
  ['constructor', false],
])('tells what a policy asks for from what is wrong: %s', (code, expected) => {
  expect(isOfPolicy(code)).toBe(expected);
});
