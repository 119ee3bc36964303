import { describe, expect, it } from 'vitest';
import { visibleText } from './visible-text.ts';

describe('visibleText', () => {
  it.each([
    ['plain text – ünïcode ✓', 'plain text – ünïcode ✓'],
    ['\u001b[31m', '\\u001b[31m'],
    ['\u009b\u007f', '\\u009b\\u007f'],
    ['\u202e\u2066\u200b\ufeff', '\\u202e\\u2066\\u200b\\ufeff'],
    ['a\r\nb\u2028c', 'a\\u000d\\u000ab\\u2028c'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['\ud800', '\\ud800'],
    ['a\u00a0b\u2007c\u202fd\u3000e f', 'a\\u00a0b\\u2007c\\u202fd\\u3000e f'],
    ['\ue000\u{f0000}\ufffc', '\\ue000\\udb80\\udc00\\ufffc'],
    ['\ufdd0\uffff\u{1fffe}', '\\ufdd0\\uffff\\ud83f\\udffe'],
    ['\u3164\u115f\u034f\ufe0f\u2800', '\\u3164\\u115f\\u034f\\ufe0f\\u2800'],
  ])('escapes what is not seen: %j', (text, expected) => {
    expect(visibleText(text)).toBe(expected);
  });

  it.each([
    ['Việt Nam'.normalize('NFD'), 'Việt Nam'.normalize('NFD')],
    ['हिन्दी', 'हिन्दी'],
    ['\u0338x', '\\u0338x'],
    ['a \u0338=\u0338x', 'a \\u0338=\\u0338x'],
    [`e${'\u0301'.repeat(6)}`, `e${'\u0301'.repeat(4)}\\u0301\\u0301`],
  ])('leaves marks to their letters, and escapes those that would cover other text: %j', (text, expected) => {
    expect(visibleText(text)).toBe(expected);
  });

  it('leaves no space but the one of the keyboard', () => {
    const spaces = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code)).filter((one) =>
      /\p{Zs}/u.test(one),
    );
    expect(spaces.length).toBeGreaterThan(15);
    expect(spaces.filter((one) => visibleText(one) === one)).toEqual([' ']);
  });

  it('leaves JSON the same document', () => {
    const value = { name: `a\u009b\u202e\u{e0041}"\\\u0301${'\u0301'.repeat(9)}\u3164` };
    expect(JSON.parse(visibleText(JSON.stringify(value)))).toEqual(value);
  });
});
