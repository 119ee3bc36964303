import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { createProgram, main } from './main.ts';
import { withOutputFlags, writeResult } from './output.ts';

const folder = mkdtempSync(join(tmpdir(), 'sigtrail-output-'));
const at = (name: string): string => join(folder, name);
afterAll(() => rmSync(folder, { recursive: true }));

async function run(
  ...argv: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  let stdout = '';
  let stderr = '';
  const code = await main(argv, { stdout: (text) => void (stdout += text), stderr: (text) => void (stderr += text) });
  return { code, stdout, stderr };
}

function leavesOf(command: Command): readonly Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

function pathOf(command: Command): readonly string[] {
  return command.parent === null ? [] : [...pathOf(command.parent), command.name()];
}

/** What each required argument can be: nothing of it is read before the format is refused. */
const argumentsOf = (command: Command): readonly string[] => [
  ...command.registeredArguments.filter(({ required }) => required).map(() => 'x'),
  ...command.options.filter(({ mandatory }) => mandatory).map(({ long }) => `${long ?? ''}=x`),
];

const leaves = leavesOf(await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined));
const withFormats = leaves.filter((command) => command.options.some(({ long }) => long === '--output'));

describe('--output', () => {
  it('is a flag of most commands, and --output-file of each of them and of what prints one format', () => {
    expect(withFormats.length).toBeGreaterThan(13);
    for (const command of withFormats)
      expect([command.name(), command.options.some(({ long }) => long === '--output-file')]).toEqual([
        command.name(),
        true,
      ]);
  });

  it.each(withFormats.map((command) => [pathOf(command).join(' '), command] as const))(
    'of %s refuses another format before any work, and names those that there are',
    async (_, command) => {
      const { code, stdout, stderr } = await run(...pathOf(command), ...argumentsOf(command), '--output', 'xml');
      expect([code, stdout]).toEqual([2, '']);
      expect(stderr).toMatch(/^sigtrail: --output must be \w+(, \w+)* or \w+, got "xml"\n$/);
    },
  );

  it.each(withFormats.map((one) => [pathOf(one).join(' '), one] as const))(
    'of %s is listed in its help as it is refused',
    async (_, command) => {
      const { stderr } = await run(...pathOf(command), ...argumentsOf(command), '--output', 'xml');
      const words = /must be (.*), got/.exec(stderr)?.[1] ?? 'nothing';
      expect(command.options.find(({ long }) => long === '--output')?.description).toContain(words);
    },
  );
});

describe('--verbose', () => {
  it('is a flag of each command that asks a server or gives a verdict; others say that they have none', async () => {
    const missing = leaves.filter((command) => !command.options.some(({ long }) => long === '--verbose'));
    for (const command of missing) {
      const { code, stdout, stderr } = await run(...pathOf(command), ...argumentsOf(command), '--verbose');
      expect([code, stdout, stderr]).toEqual([
        2,
        '',
        `sigtrail: sigtrail ${pathOf(command).join(' ')} has no --verbose: it prints all that it knows\n`,
      ]);
    }
    expect(missing.map((command) => pathOf(command).join(' ')).toSorted()).toEqual([
      'completion',
      'explain',
      'fleet status',
      'fleet worker',
      'gate lint',
      'help',
      'policy import',
      'policy lint',
      'rekor acknowledge',
      'rekor verify',
      'trusted-root show',
    ]);
  });
});

describe('--output-file', () => {
  const write = async (file: string): ReturnType<typeof run> =>
    run('policy', 'lint', policyFile(), '--output-file', file);

  function policyFile(): string {
    writeFileSync(
      at('policy.yaml'),
      'version: 1\nsignedBy:\n  issuer: https://accounts.google.com\n  subject: a@b.test\n',
    );
    return at('policy.yaml');
  }

  it('takes the result, and standard output stays empty', async () => {
    expect(await write(at('result'))).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readFileSync(at('result'), 'utf8')).toBe('0 findings\n');
  });

  it('is replaced in one step, and leaves no other file', async () => {
    writeFileSync(at('real'), 'old');
    expect((await write(at('real'))).code).toBe(0);
    expect(readFileSync(at('real'), 'utf8')).toBe('0 findings\n');
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('takes the place of a link, and leaves alone what the link leads to', async () => {
    writeFileSync(at('elsewhere'), 'old');
    symlinkSync(at('elsewhere'), at('link'));
    expect((await write(at('link'))).code).toBe(0);
    expect([readFileSync(at('link'), 'utf8'), readFileSync(at('elsewhere'), 'utf8')]).toEqual(['0 findings\n', 'old']);
  });

  it.each([
    ['in a folder that is not there', () => at('none/result'), 'ENOENT'],
    ['that is a folder', () => (mkdirSync(at('folder'), { recursive: true }), at('folder')), 'EISDIR'],
  ])('%s is refused by name', async (_, file, reason) => {
    const { code, stdout, stderr } = await write(file());
    expect([code, stdout, stderr]).toEqual([2, '', `sigtrail: --output-file ${file()} can't be written (${reason})\n`]);
  });

  it('that is empty is refused', async () => {
    expect(await write('')).toMatchObject({ code: 2, stderr: expect.stringContaining('--output-file is empty') });
  });

  it('of a device is written to as it is', async () => {
    await writeResult('text', { outputFile: '/dev/null' }, () => undefined);
    expect(readdirSync('/dev').some((name) => name.includes('.part'))).toBe(false);
  });
});

describe('withOutputFlags', () => {
  it('takes the first format for the default', async () => {
    const command = withOutputFlags(new Command(), ['yaml', 'json']).action(() => undefined);
    await command.parseAsync([], { from: 'user' });
    expect(command.opts()).toEqual({ output: 'yaml' });
  });
});
