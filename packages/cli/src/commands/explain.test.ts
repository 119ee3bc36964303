import { expect, it } from 'vitest';
import { main } from '../main.ts';

async function run(...argv: readonly string[]): Promise<readonly [code: number, stdout: string, stderr: string]> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return [code, stdout, stderr];
}

it('says what a code means and what to do', async () => {
  expect(await run('explain', 'log-missing')).toEqual([
    0,
    expect.stringMatching(/^log-missing\n {2}means {2}no trusted [^\n]+\n {2}next {3}sign with [^\n]+\n$/),
    '',
  ]);
});

it('lists all codes if none is named', async () => {
  const [code, stdout] = await run('explain');
  expect([code, stdout.split('\n').length > 100, stdout.includes('\nlog-missing\n')]).toEqual([0, true, true]);
});

it.each([
  ['log-mising', /did you mean log-missing\?/],
  ['zzz', /known are aborted, /],
  ['\u001b[2J', /there is no code "\\u001b/],
])('refuses %j, and suggests another', async (code, message) => {
  expect(await run('explain', code)).toEqual([2, '', expect.stringMatching(message)]);
});
