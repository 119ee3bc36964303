import { describe, expect, it } from 'vitest';
import { createMemo } from './create-memo.ts';
import { NO_MEMO } from './memo.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe('memo', () => {
  it('computes once for the same bytes, and anew for others', () => {
    const memo = createMemo();
    let computed = 0;
    const ask = (what: string, ...parts: (string | Uint8Array)[]): boolean =>
      memo.byBytes(what, parts, () => ++computed > 0);
    ask('a', bytes(1, 2), bytes(3));
    ask('a', bytes(1, 2), bytes(3));
    expect(computed).toBe(1);
    // The same bytes, cut in another place, or asked by another function.
    ask('a', bytes(1), bytes(2, 3));
    ask('a', bytes(1, 2, 3));
    ask('b', bytes(1, 2), bytes(3));
    expect(computed).toBe(4);
  });
  it('tells text apart by its code units: UTF-8 spells every lone surrogate alike', () => {
    const memo = createMemo();
    const ask = (text: string): object => memo.byBytes('a', [text], () => ({ text }));
    const texts = ['\ud800', '\ud801', '\ufffd', 'é', 'e\u0301'];
    expect(texts.map(ask)).toEqual(texts.map((text) => ({ text })));
  });
  it('remembers a refusal as well as an acceptance, and no exception', () => {
    const memo = createMemo();
    let computed = 0;
    const refuse = (): boolean => memo.byBytes('a', ['x'], () => ++computed < 0);
    expect([refuse(), refuse(), computed]).toEqual([false, false, 1]);
    const fail = (): boolean =>
      memo.byBytes('b', ['x'], () => {
        throw new Error(`${++computed}`);
      });
    expect(fail).toThrow('2');
    expect(fail).toThrow('3');
  });
  it('keeps no more than it may, the oldest going first', () => {
    const memo = createMemo(2);
    const seen: string[] = [];
    for (const key of ['a', 'b', 'a', 'c', 'b'])
      memo.byBytes('x', [key], () => {
        seen.push(key);
        return true;
      });
    expect(seen).toEqual(['a', 'b', 'c', 'b']);
  });
  it('keeps answers of objects apart by object, pair and question', () => {
    const memo = createMemo();
    const [one, two] = [{}, {}];
    expect(memo.byObject('a', one, () => 1)).toBe(1);
    expect(memo.byObject('a', one, () => 2)).toBe(1);
    expect(memo.byObject('a', two, () => 3)).toBe(3);
    expect(memo.byObject('b', one, () => 4)).toBe(4);
    expect(memo.byPair('a', one, two, () => 5)).toBe(5);
    expect(memo.byPair('a', two, one, () => 6)).toBe(6);
    expect(memo.byPair('a', one, two, () => 7)).toBe(5);
  });
  it('is no part of the plain path', () => {
    let computed = 0;
    const ask = (): boolean => NO_MEMO.byBytes('a', ['x'], () => ++computed > 0);
    ask();
    ask();
    expect(computed).toBe(2);
  });
});
