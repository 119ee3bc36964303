/** What `prepack` of the command runs: writes the files that are published into `packages/cli/bundle`. */
import { join } from 'node:path';
import { bundleCommand } from './command-bundle.ts';
import { root } from './workspace.ts';

await bundleCommand(join(root, 'packages', 'cli', 'bundle'));
