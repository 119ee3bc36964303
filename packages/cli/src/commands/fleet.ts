import type { CommandContext } from '../command.ts';
import { addScan } from './fleet/scan.ts';
import { addStatus } from './fleet/status.ts';
import { addWorker } from './fleet/worker.ts';

/** `sigtrail fleet …`: many images, in this process or on many machines. */
export function addFleet(context: CommandContext): void {
  const fleet = context
    .command('fleet')
    .description('many images, in this process or on many machines: scan, worker, status')
    .helpCommand(false);
  for (const add of [addScan, addWorker, addStatus]) add(fleet, context);
}
