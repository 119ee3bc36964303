import type * as gatePackage from '@sigtrail/gate';
import { codeOf } from './error-code.ts';
import { UsageError } from './usage-error.ts';

/** What the package exports. */
export type GatePackage = typeof gatePackage;

/** Runs what needs the package behind `sigtrail gate`. A file of the command line that is wrong is wrong usage. */
export async function withGate<T>(run: (gate: GatePackage) => Promise<T>): Promise<T> {
  const gate = await loadGate();
  try {
    return await run(gate);
  } catch (error) {
    if (gate.isGateError(error) && !OF_THE_WORLD.has(error.code)) throw new UsageError(error.message);
    throw error;
  }
}

/** What went wrong while files were written, and not because of them. */
const OF_THE_WORLD: ReadonlySet<string> = new Set(['changed-meanwhile', 'pin-mismatch', 'unwritable-file']);

/** An optional package, installed beside the command. */
async function loadGate(): Promise<GatePackage> {
  try {
    return await import('@sigtrail/gate');
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND' && codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError('sigtrail gate needs the package @sigtrail/gate; install it with: npm install @sigtrail/gate');
  }
}
