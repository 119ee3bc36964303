/** Writes the Action into `action/bundle`, where `action.yml` expects it, for the tag that workflows name. */
import { join } from 'node:path';
import { bundleAction } from './command-bundle.ts';
import { root } from './workspace.ts';

await bundleAction(join(root, 'action', 'bundle'));
