import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { knownElsewhere } from './elsewhere.ts';
import { helpPages } from './help-pages.ts';
import { createProgram, main } from './main.ts';

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

const program = await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined);

function commandsOf(command: Command, path: readonly string[] = []): readonly (readonly [string, Command])[] {
  const below = command.commands.flatMap((one) => commandsOf(one, [...path, one.name()]));
  return [[path.join(' '), command], ...below];
}

const commands = new Map(commandsOf(program));
/** Holds other commands, and does nothing by itself. */
const isGroup = (path: string): boolean => {
  const { commands: below = [], registeredArguments: own = [] } = commands.get(path) ?? {};
  return path !== '' && below.length > 0 && own.length === 0;
};

describe('the help', () => {
  it('has a page for each command, and for nothing else', () => {
    const paths = [...commands.keys()].filter((path) => !isGroup(path));
    expect(Object.keys(helpPages).toSorted()).toEqual(paths.toSorted());
  });

  it.each(Object.entries(helpPages))('of "%s" has examples that the command takes, and exit codes', (path, page) => {
    const lines = page.examples.map((line) => line.split(' ').filter((word) => word !== ''));
    for (const [name, ...words] of lines) {
      const own = words.slice(0, path === '' ? 0 : path.split(' ').length);
      expect([name, own.join(' ')]).toEqual(['sigtrail', path]);
      const command = commands.get(path === '' ? (words[0] ?? '') : path);
      const flags = words.slice(0, words.includes('--') ? words.indexOf('--') : undefined);
      for (const flag of flags.filter((word) => word.startsWith('-')))
        expect([path, flag, command?.options.some(({ short, long }) => flag === short || flag === long)]).toEqual([
          path,
          flag,
          true,
        ]);
    }
    expect(page.exitCodes.length).toBeGreaterThan(1);
  });

  it('groups commands and flags', async () => {
    const { code, stdout, stderr } = await run('--help');
    expect([code, stderr]).toEqual([0, '']);
    const headings = ['Verify:', 'Look:', 'Transparency log:', 'Policies:', 'Help:', 'Examples:', 'Exit codes:'];
    for (const heading of headings) expect(stdout).toContain(`\n${heading}\n`);
    const verify = (await run('verify', '--help')).stdout;
    for (const heading of ['Who must have signed:', 'Whom to trust:', 'Reaching registries:', 'Output:'])
      expect(verify.split(`\n${heading}\n`)).toHaveLength(2);
    expect(verify).toContain('\n  12  found, and none accepted\n');
  });

  it('explains every flag', () => {
    for (const [path, command] of commands)
      for (const { long, description } of command.options)
        expect([path, long, description === '']).toEqual([path, long, false]);
  });

  it.each([[[]], [['verify']], [['rekor']], [['rekor', 'get']]])('is the same by help %j', async (words) => {
    const [asked, flagged] = [await run('help', ...words), await run(...words, '--help')];
    expect(asked).toEqual(flagged);
    expect(asked.code).toBe(0);
  });

  it.each([
    [['help', 'verfy'], 'did you mean verify?'],
    [['help', 'verify', 'more'], 'verify has no commands of its own'],
  ])('is refused for what is not there: %j', async (words, message) => {
    const { code, stdout, stderr } = await run(...words);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain(message);
  });
});

describe('a command that is not there', () => {
  it.each([
    [['sign', '--key', 'cosign.key', 'ghcr.io/acme/app'], 'cosign sign'],
    [['attest'], 'cosign attest'],
    [['copy', 'a', 'b'], 'cosign copy'],
    [['login', 'ghcr.io'], 'docker login'],
    [['get', '25579'], 'did you mean sigtrail rekor get?'],
    [['verfy', 'x'], 'did you mean verify?'],
    [['rekor', 'upload'], 'cosign upload'],
    [['policy', 'lnt'], 'did you mean lint?'],
    [['toString'], 'known are verify'],
  ])('is answered with what does it: %j', async (words, message) => {
    const { code, stdout, stderr } = await run(...words);
    expect([code, stdout, stderr.trim().split('\n').length]).toEqual([2, '', 1]);
    expect(stderr).toContain(message);
  });

  it('is one that sigtrail does not have', () => {
    for (const name of knownElsewhere) expect([name, commands.has(name)]).toEqual([name, false]);
  });
});
