import type { PolicyMap } from '@sigtrail/gate';
import type * as Fleet from '@sigtrail/fleet';
import type * as Metrics from '@sigtrail/fleet/metrics';
import { codeOf } from './error-code.ts';
import { withGate } from './gate-package.ts';
import { UsageError } from './usage-error.ts';

/** What the package exports. */
export type FleetPackage = typeof Fleet;

/** An optional package, installed beside the command. */
export async function loadFleet(): Promise<FleetPackage> {
  try {
    return await import('@sigtrail/fleet');
  } catch (error) {
    if (codeOf(error) !== 'ERR_MODULE_NOT_FOUND' && codeOf(error) !== 'MODULE_NOT_FOUND') throw error;
    throw new UsageError('a fleet needs the package @sigtrail/fleet; install it with: npm install @sigtrail/fleet');
  }
}

/** What of it measures workers. */
export async function loadMetrics(): Promise<typeof Metrics> {
  return import('@sigtrail/fleet/metrics');
}

/** The policy map of a file, with the policies and keys beside it. */
export async function readFleetMap(file: string): Promise<PolicyMap> {
  return withGate(async (gate) => gate.readPolicyMapFile(file));
}
