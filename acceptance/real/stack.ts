import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { fixturesIfPresent } from '../fixtures-directory.ts';
import { findProgram, programsDirectory } from './programs.ts';

const run = promisify(execFile);

/** The programs that the stack runs. */
const PROGRAMS = [
  'fulcio',
  'rekor-server',
  'rekor-tiles-posix',
  'trillian-mem',
  'olareg',
  'timestamp-server',
  'ct_server',
];

/** A real Sigstore on the fixed ports of its script. Two can't run at the same time. */
export interface Stack {
  /** Its folder: `trust` in it holds its trusted root, signing configurations and keys. */
  readonly state: string;
  readonly env: NodeJS.ProcessEnv;
  up(): Promise<void>;
  down(): Promise<void>;
}

/** Says what isn't installed of the stack and of the programs beside it, and prepares the stack. */
export function findStack(alsoNeeded: readonly string[] = []): {
  readonly missing: readonly string[];
  readonly prepare: () => Stack;
} {
  const fixtures = fixturesIfPresent();
  const script = fixtures === undefined ? '' : join(fixtures, '..', 'stack', 'stack');
  const missing = [
    ...[...alsoNeeded, ...PROGRAMS].filter((name) => findProgram(name) === undefined),
    ...(existsSync(script) ? [] : ['the stack beside the fixtures']),
  ];
  return {
    missing,
    prepare: () => {
      const state = mkdtempSync(join(tmpdir(), 'sigstack-'));
      const env = { ...process.env, SIGSTACK_BIN: programsDirectory, SIGSTACK_STATE: state };
      const command = async (name: 'up' | 'down'): Promise<void> => {
        await run(script, [name], { env });
      };
      return { state, env, up: () => command('up'), down: () => command('down') };
    },
  };
}
