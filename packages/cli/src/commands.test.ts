import { describe, expect, it } from 'vitest';
import { COMMANDS, commandsFor } from './commands.ts';
import { createProgram } from './main.ts';

const groups = Object.values(COMMANDS);

describe('the commands that a line needs', () => {
  it.each(
    groups.flatMap((commands) => Object.keys(commands)).filter((name) => name !== 'help' && name !== 'completion'),
  )('is one for %s', (name) => {
    const needed = Object.values(commandsFor([name, '--help'])).flatMap((commands) => Object.keys(commands));
    expect(needed).toEqual([name]);
  });

  it.each([[['help', 'verify']], [['completion', 'bash']], [['--help']], [[]], [['verfy']], [['toString']]])(
    'are all for %j',
    (argv) => {
      expect(commandsFor(argv)).toBe(COMMANDS);
    },
  );

  it('are added under the names of the table', async () => {
    const program = await createProgram({ stdout: () => undefined, stderr: () => undefined }, () => undefined);
    const names = groups.flatMap((commands) => Object.keys(commands));
    expect(program.commands.map((command) => command.name())).toEqual(names);
  });
});
