import { describe, expect, it } from 'vitest';
import { main } from './main.ts';

async function run(...argv: readonly string[]): Promise<readonly [code: number, stdout: string, stderr: string]> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return [code, stdout, stderr];
}

describe('a line that can’t be parsed', () => {
  it.each([
    [['verify', 'a/b', '--identity', 'x'], "unknown option '--identity'; did you mean --certificate-identity?"],
    [['verify', 'a/b', '--issuer=x'], "unknown option '--issuer=x'; did you mean --certificate-oidc-issuer?"],
    [['verify', 'a/b', '--outptu', 'json'], "unknown option '--outptu' (Did you mean --output?)"],
    [['verify', 'a/b', '--outptu=json'], "unknown option '--outptu=json'; did you mean --output?"],
    [['verify', 'a/b', '--wibble'], "unknown option '--wibble'; sigtrail verify --help has the flags"],
    [['rekor', 'get', '1', '--wibble'], "unknown option '--wibble'; sigtrail rekor get --help has the flags"],
    [['explain', '-v'], 'sigtrail explain has no -v: it prints all that it knows'],
    [
      ['policy', 'lint', 'x', '--quiet'],
      'sigtrail policy lint has no --quiet: what it prints is its result; for the exit code alone: >/dev/null',
    ],
    [['-v'], "unknown option '-v'; did you mean --version, or -v behind a command?"],
    [['explain', '--color', 'blue'], '--color must be auto, always or never, got "blue"'],
    [['completion'], "missing required argument 'shell'; sigtrail completion --help has the flags"],
    [['verify', 'a/b', '--toString'], "unknown option '--toString'; sigtrail verify --help has the flags"],
  ])('%j is one line that says what was meant', async (argv, expected) => {
    expect(await run(...argv)).toEqual([2, '', `sigtrail: ${expected}\n`]);
  });

  it('without a command prints the help, not as a result', async () => {
    const [code, stdout, stderr] = await run();
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^Usage: sigtrail [^]*\nVerify:\n[^]*\nsigtrail: expected a command, for example: sigtrail inspect IMAGE\n$/,
    );
  });
});
