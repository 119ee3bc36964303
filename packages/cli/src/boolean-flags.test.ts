import { describe, expect, it } from 'vitest';
import { withoutBooleanValues } from './boolean-flags.ts';

describe('withoutBooleanValues', () => {
  it.each([
    [
      ['--offline', 'image:v1'],
      ['image:v1', '--offline'],
    ],
    [
      ['--offline=true', 'image:v1'],
      ['image:v1', '--offline'],
    ],
    [['--offline=F', 'image:v1'], ['image:v1']],
    [['--insecure-ignore-tlog', '--insecure-ignore-tlog=false'], []],
    [['--insecure-ignore-tlog=false', '--insecure-ignore-tlog'], ['--insecure-ignore-tlog']],
    [
      ['--key=k', '--output', 'json'],
      ['--key=k', '--output', 'json'],
    ],
    [
      ['verify', '--', '--offline=false'],
      ['verify', '--', '--offline=false'],
    ],
  ])('reads %j', (argv, expected) => {
    expect(withoutBooleanValues(argv)).toEqual(expected);
  });

  it('refuses a value that is not a boolean', () => {
    expect(() => withoutBooleanValues(['--insecure-ignore-sct=maybe'])).toThrow(
      '--insecure-ignore-sct expects true or false, got "maybe"',
    );
  });
});
