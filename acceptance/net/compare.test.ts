import { describe, expect, it } from 'vitest';
import { type AcceptedDifference, compareLines } from './compare.ts';
import { sortLines, toLine } from './line.ts';

const passed = (check: string) => ({ check, code: 'ok', status: 'passed' }) as const;
const before = toLine('attacks/a', 'refused', 'no-match', [{ accepted: false, checks: [passed('a'), passed('c')] }]);
const after = toLine('attacks/a', 'refused', 'no-match', [{ accepted: false, checks: [passed('z'), passed('c')] }]);
const renamed: AcceptedDifference = { match: '^attacks/', before: 'a:ok:', after: 'z:ok:', reason: 'a better name' };

describe('a line', () => {
  it('has its checks and candidates in order, and nothing of whether the second judge was asked', () => {
    const judged = [
      { accepted: false, checks: [passed('b'), passed('second-judge'), passed('a')] },
      { accepted: true, checks: [] },
    ];
    expect(toLine('x', 'verified', '', judged)).toBe('x\tverified\t\taccepted | refused a:ok:passed b:ok:passed');
  });

  it('has its own name, even if two inputs share one', () => {
    expect(sortLines(['b\t1', 'a\t1', 'b\t2'])).toEqual(['a\t1', 'b\t1', 'b #2\t2']);
  });
});

describe('comparing', () => {
  it('finds lines that changed, went and came', () => {
    const { same, differences } = compareLines([before, 'gone\t1', 'kept\t1'], [after, 'new\t1', 'kept\t1'], []);
    expect(same).toBe(1);
    expect(differences).toEqual([
      { name: 'attacks/a', before, after },
      { name: 'gone', before: 'gone\t1' },
      { name: 'new', after: 'new\t1' },
    ]);
  });

  it('accepts a named change, wherever sorting puts the check', () => {
    const { explained, differences, accepted } = compareLines([before], [after], [renamed]);
    expect({ explained, differences, accepted }).toEqual({ explained: 1, differences: [], accepted: [[renamed, 1]] });
  });

  it('accepts a line that came or went only if a rule says so', () => {
    const came: AcceptedDifference = { match: '^new$', before: null, after: 'refused', reason: 'a case more' };
    const went: AcceptedDifference = { match: '^gone$', before: 'refused', after: null, reason: 'a case less' };
    const lines = [['gone\trefused'], ['new\trefused']] as const;
    expect(compareLines(...lines, [came, went]).explained).toBe(2);
    expect(compareLines(['gone\taccepted'], ['new\taccepted'], [came, went]).differences).toHaveLength(2);
  });

  it('accepts a line that changed from its beginning only if all of it matches a rule', () => {
    const unread: AcceptedDifference = {
      match: '^attacks/a$',
      before: 'refused\tno-match\t',
      after: 'refused\tformat\trefused',
      isWhole: true,
      reason: 'it is not read any more',
    };
    const now = 'attacks/a\trefused\tformat\trefused';
    expect(compareLines([before], [now], [unread]).explained).toBe(1);
    expect(compareLines([before], [`${now} b:ok:passed`], [unread]).differences).toHaveLength(1);
    expect(compareLines(['attacks/a\taccepted\t\taccepted'], [now], [unread]).differences).toHaveLength(1);
  });

  it.each([
    ['is about other lines', { ...renamed, match: '^wild/' }],
    ['explains only a part', { ...renamed, before: 'ok:', after: 'well:' }],
    ['replaces nothing', { ...renamed, before: '' }],
  ])('does not accept by a rule that %s', (_, rule) => {
    const { explained, differences } = compareLines([before], [after], [rule]);
    expect({ explained, differences: differences.length }).toEqual({ explained: 0, differences: 1 });
  });
});
