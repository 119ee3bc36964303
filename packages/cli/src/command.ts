import type { Command } from 'commander';
import type { Defaults } from './defaults.ts';
import type { ExitCode } from './exit-code.ts';
import type { Streams } from './streams.ts';

/** Where a run writes, and what its flags leave open. */
export interface Surroundings extends Streams {
  readonly defaults: Defaults;
}

/** What a command needs to add itself to the program. */
export interface CommandContext extends Surroundings {
  /** Makes a sub-command that writes to our streams and never exits the process. */
  readonly command: (name: string) => Command;
  /** Says how the run ended. */
  readonly exit: (code: ExitCode) => void;
}

/** Adds one command to the program: one file in `commands/` each. */
export type AddCommand = (context: CommandContext) => void;
