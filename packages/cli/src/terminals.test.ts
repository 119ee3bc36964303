import { describe, expect, it } from 'vitest';
import { fit, paint } from './paint.ts';
import { colorsOf, terminalsOf } from './terminals.ts';

const tty = { isTTY: true, columns: 100, hasColors: (): boolean => true };
const file = { isTTY: false };

describe('what the streams lead to', () => {
  it('is a terminal with its width, and with colours where it has them', () => {
    expect(terminalsOf({ stdout: tty, stderr: tty }, {})).toEqual({
      terminal: { stdout: { columns: 100 }, stderr: { columns: 100 } },
      color: { stdout: true, stderr: true },
    });
    expect(terminalsOf({ stdout: file, stderr: { ...tty, columns: 0 } }, {})).toEqual({
      terminal: { stderr: { columns: 80 } },
      color: { stdout: false, stderr: true },
    });
  });

  it.each([
    [{ NO_COLOR: '1' }, false, false],
    [{ NO_COLOR: '' }, true, false],
    [{ FORCE_COLOR: '1' }, true, true],
    [{ FORCE_COLOR: '0' }, false, false],
    [{ FORCE_COLOR: '', NO_COLOR: '1' }, true, true],
  ])('has colours as %j says', (environment, onTerminal, onFile) => {
    const { color } = terminalsOf({ stdout: tty, stderr: file }, environment);
    expect(color).toEqual({ stdout: onTerminal, stderr: onFile });
  });

  it.each([
    ['auto', { stdout: true, stderr: false }],
    ['always', { stdout: true, stderr: true }],
    ['never', { stdout: false, stderr: false }],
  ] as const)('has the colours of --color %s', (choice, expected) => {
    expect(colorsOf(choice, { stdout: true, stderr: false })).toEqual(expected);
  });

  it('has no colours on a terminal that has none', () => {
    const plain = { ...tty, hasColors: (): boolean => false };
    expect(terminalsOf({ stdout: plain, stderr: plain }, {}).color).toEqual({ stdout: false, stderr: false });
  });
});

const ESCAPES = /\u001b\[[0-9;]*m/g;

describe('colours', () => {
  it.each([
    ['VERIFIED ghcr.io/acme/app:1', '\u001b[32m'],
    ['REJECTED ghcr.io/acme/app:1: it is not signed', '\u001b[31m'],
    ['INDETERMINATE ghcr.io/acme/app:1', '\u001b[33m'],
    ['warning: --offline', '\u001b[33m'],
    ['sigtrail: no such file', '\u001b[31m'],
    ['    ✓ log-inclusion', '\u001b[32m'],
    ['  ✗ identity-mismatch', '\u001b[31m'],
    ['  signed by   dev@acme.test', '\u001b[2m'],
  ])('of %j change no character of it', (line, color) => {
    const painted = paint(`${line}\n`);
    expect(painted).toContain(color);
    expect(painted.replaceAll(ESCAPES, '')).toBe(`${line}\n`);
  });

  it('leave other lines alone', () => {
    const text = '{"verdict":"VERIFIED"}\nVERIFIEDX\n  https://rekor.test\n';
    expect(paint(text)).toBe(text);
  });
});

describe('a narrow terminal', () => {
  it('has long lines broken at spaces, below the text that they go on with', () => {
    expect(fit('  next        give the flag that names another place, or ask again\n', 40)).toBe(
      '  next        give the flag that names\n              another place, or ask\n              again\n',
    );
    expect(fit('  ✗ one two three four five\n', 16)).toBe('  ✗ one two\n    three four\n    five\n');
  });

  it('never has a word broken, and short lines are left as they are', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(fit(`  deploy      ${digest}\n`, 40)).toContain(digest);
    expect(fit('short\n\nlines\n', 40)).toBe('short\n\nlines\n');
  });
});
