import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSeal, keyFor } from './seal.ts';

const fleet = { key: randomBytes(32), prefix: 'sigtrail' };
const answers = createSeal(fleet, 'answer');
const bytes = Buffer.from('the answer');

describe('a seal', () => {
  it('opens what it closed, for the same name', () => {
    expect(answers.open('q1', answers.close('q1', bytes))).toEqual(bytes);
    expect(answers.open('q1', answers.close('q1', Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
  });

  it.each([
    ['for another name', 'q2', answers.close('q1', bytes)],
    ['by another key', 'q1', createSeal({ ...fleet, key: randomBytes(32) }, 'answer').close('q1', bytes)],
    [
      'for another fleet with the same key',
      'q1',
      createSeal({ ...fleet, prefix: 'other' }, 'answer').close('q1', bytes),
    ],
    ['for another purpose', 'q1', createSeal(fleet, 'question').close('q1', bytes)],
    ['with other bytes', 'q1', Buffer.concat([answers.close('q1', bytes), Buffer.from('!')])],
    ['cut short', 'q1', answers.close('q1', bytes).subarray(0, 20)],
    ['with nothing in it', 'q1', Buffer.alloc(0)],
  ])('does not open what was closed %s', (_, name, closed) => {
    expect(answers.open(name, closed)).toBeUndefined();
  });

  it('lets name and bytes not flow into each other', () => {
    const closed = answers.close('q', Buffer.from('12'));
    expect(answers.open('q1', Buffer.concat([closed.subarray(0, 32), Buffer.from('2')]))).toBeUndefined();
  });

  it('knows its marks', () => {
    expect(answers.holds('text', answers.mark('text'))).toBe(true);
    for (const [text, mark] of [
      ['other', answers.mark('text')],
      ['text', ''],
      ['text', createSeal(fleet, 'question').mark('text')],
      ['text', createSeal({ ...fleet, prefix: 'other' }, 'answer').mark('text')],
    ] as const)
      expect(answers.holds(text, mark)).toBe(false);
  });

  it('has a key for each purpose and each fleet', () => {
    const keys = [
      keyFor(fleet, 'answer'),
      keyFor(fleet, 'listings'),
      keyFor({ ...fleet, prefix: 'other' }, 'listings'),
    ];
    expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(3);
  });
});
