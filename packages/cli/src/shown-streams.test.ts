import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { showOn } from './shown-streams.ts';
import type { Streams } from './streams.ts';

let stdout: string;
let stderr: string;
const streams = (more: Partial<Streams> = {}): Streams => ({
  stdout: (text) => void (stdout += text),
  stderr: (text) => void (stderr += text),
  ...more,
});
const terminal = { stderr: { columns: 40 } };

beforeEach(() => {
  stdout = '';
  stderr = '';
  vi.useFakeTimers();
});
afterEach(() => void vi.useRealTimers());

describe('what takes long', () => {
  it('is said on a terminal after half a second, and taken away before anything else is written', () => {
    const shown = showOn(streams({ terminal }));
    shown.begin('verify a', { output: 'text' });
    vi.advanceTimersByTime(400);
    expect(stderr).toBe('');
    vi.advanceTimersByTime(200);
    expect(stderr).toBe('\r\u001b[2Ksigtrail verify a, 0 s');
    shown.streams.progress?.('3 of 7 images');
    vi.advanceTimersByTime(1000);
    expect(stderr).toMatch(/\r\u001b\[2K3 of 7 images, 1 s$/);
    shown.streams.stdout('VERIFIED a\n');
    expect([stdout, stderr.endsWith('\r\u001b[2K')]).toEqual(['VERIFIED a\n', true]);
    vi.advanceTimersByTime(200);
    shown.end();
    expect(stderr.endsWith('\r\u001b[2K')).toBe(true);
    const before = stderr;
    vi.advanceTimersByTime(5000);
    expect(stderr).toBe(before);
  });

  it.each([
    ['no terminal', {}, { output: 'text' }],
    ['--quiet', { terminal }, { output: 'text', quiet: true }],
    ['JSON', { terminal }, { output: 'json' }],
    ['lines of JSON', { terminal }, { output: 'jsonl' }],
  ])('is not said with %s', (_, more, flags) => {
    const shown = showOn(streams(more));
    shown.begin('verify a', flags);
    vi.advanceTimersByTime(5000);
    shown.end();
    expect(stderr).toBe('');
  });

  it('names no control character of a stranger, and stays on its line', () => {
    const shown = showOn(streams({ terminal }));
    shown.begin(`verify a\u001b]8;;x\u0007${'b'.repeat(100)}`, { output: 'text' });
    vi.advanceTimersByTime(1000);
    shown.end();
    const line = stderr.split('\r\u001b[2K')[1] ?? '';
    expect(line).toContain('a\\u001b]8;;x\\u0007');
    expect(line.length).toBeLessThan(40);
  });
});

describe('text on a terminal', () => {
  it('has colours and its width; documents pass as they are', () => {
    const wide = { terminal: { stdout: { columns: 20 } }, color: { stdout: true, stderr: false } };
    const line = 'VERIFIED one two three four\n';
    const text = showOn(streams(wide));
    text.begin('verify', { output: 'text' });
    text.streams.stdout(line);
    expect(stdout).toBe('\u001b[1m\u001b[32mVERIFIED\u001b[39m\u001b[22m one two\n  three four\n');
    stdout = '';
    text.chooseColor('never');
    text.streams.stdout(line);
    expect(stdout).toBe('VERIFIED one two\n  three four\n');
    stdout = '';
    const page = showOn(streams(wide));
    page.begin('verify', { output: 'html' });
    page.streams.stdout(line);
    expect(stdout).toBe(line);
  });
});
