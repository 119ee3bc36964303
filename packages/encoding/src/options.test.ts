import { expect, it } from 'vitest';
import { checkOptions, expecting, type OptionTable, suggestName } from './options.ts';

interface Options {
  readonly timeoutMs?: number | undefined;
}
const table: OptionTable<Options> = {
  timeoutMs: expecting('a positive number', (value) => typeof value === 'number' && value > 0),
};

it.each([[{}], [{ timeoutMs: 5 }], [{ timeoutMs: undefined }]])('takes %j', (options) => {
  expect(() => checkOptions(options, table, 'ask')).not.toThrow();
});

it.each([
  [{ timeout: 5 }, 'unknown-option'],
  [{ TimeoutMs: undefined }, 'unknown-option'],
  [JSON.parse('{"__proto__":{"timeoutMs":5}}'), 'unknown-option'],
  [{ constructor: 5 }, 'unknown-option'],
  [{ timeoutMs: '5' }, 'invalid-option'],
  [{ timeoutMs: Number.NaN }, 'invalid-option'],
  [null, 'invalid-option'],
  [[], 'invalid-option'],
  ['text', 'invalid-option'],
])('refuses %j as %s', (options: unknown, code) => {
  expect(() => checkOptions(options as Options, table, 'ask')).toThrow(
    expect.objectContaining({ name: 'TypeError', code }),
  );
});

it.each([
  ['timeoutMS', 'did you mean timeoutMs?'],
  ['timoutMs', 'did you mean timeoutMs?'],
  ['timeout', 'did you mean timeoutMs?'],
  ['tiemoutMs', 'did you mean timeoutMs?'],
  ['deadline', 'known are timeoutMs, signal'],
])('suggests a name for %s', (typed, said) => {
  expect(suggestName(typed, ['timeoutMs', 'signal'])).toBe(said);
});
