import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './workspace.ts';

/** The result of a finished command. */
export interface CommandResult {
  readonly ok: boolean;
  /** stdout and stderr in the order they came. */
  readonly output: string;
}

/** Runs a program from the repository's root and keeps what it printed. Never rejects: a program that can't start is a failed result. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd = root }: { readonly cwd?: string } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = () => Buffer.concat(chunks).toString('utf8').trim();
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.on('error', (error) => resolve({ ok: false, output: `${command}: ${error.message}` }));
    child.on('close', (status, signal) => {
      const ending = signal === null ? '' : `\nstopped by ${signal}`;
      resolve({ ok: status === 0, output: output() + ending });
    });
  });
}

/** Runs the pnpm that started this script, or else the one that `package.json` names. */
export function runPnpm(args: readonly string[], options?: { readonly cwd?: string }): Promise<CommandResult> {
  const [program, ...first] = pnpmCommand();
  return runCommand(program, [...first, ...args], options);
}

/** The words that start pnpm. */
export function pnpmCommand(): readonly [program: string, ...args: readonly string[]] {
  const started = process.env['npm_execpath'];
  if (started !== undefined && basename(started).startsWith('pnpm') && !/\.[cm]?js$/.test(started)) return [started];
  const { packageManager } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { packageManager: string };
  return ['npx', '-y', packageManager];
}
