import { alsoAction } from '../also-action.ts';
import { duplicatesOf } from '../duplicate-keys.ts';
import type { FindContext } from '../find-context.ts';
import type { FoundImage } from '../found-image.ts';
import { composeFilesOf } from './compose-file.ts';
import { dotEnvOfTop, findOtherFiles, withDotEnvs } from './environment.ts';
import { findIncluded } from './include.ts';
import { findInWorkloads, findModels } from './service.ts';

/** The images of a Compose file that is given, with the variables of the `.env` beside it, or where Compose is started. @throws GateError */
export function findInProject(context: FindContext): readonly FoundImage[] {
  if (!context.readsDotEnv) return findInCompose(context);
  const beside = context.readNeighbour?.(context.file, '.env');
  const top = dotEnvOfTop(context);
  return [
    ...findInCompose(withDotEnvs(context, top)),
    ...[beside, top].flatMap((file) => (file === undefined ? [] : findOtherFiles(context, file))),
  ];
}

/** The images of a Compose file: of all that it runs, whatever the profiles. @throws GateError */
export function findInCompose(context: FindContext): readonly FoundImage[] {
  return composeFilesOf(context).flatMap((file) => [
    ...findInWorkloads(file, 'services'),
    ...findInWorkloads(file, 'jobs'),
    ...findModels(file),
    ...findIncluded(file, findInCompose),
    ...duplicatesOf(context, file.tree, file.path),
    ...alsoAction(context, file.tree, file.path),
  ]);
}
