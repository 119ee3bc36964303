import { realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { GateError } from '../error.ts';
import { isOutside } from './inside.ts';

/**
 * Refuses a file that is really elsewhere: a link that came with a checkout must not lead a write out of it. A file that was given outside `root` stays
 * in its own folder.
 *
 * @throws GateError `unwritable-file`
 */
export async function refuseLinksOut(file: string, root: string, isThere: boolean): Promise<void> {
  try {
    const folder = await realpath(dirname(file));
    const place = isThere ? await realpath(file) : join(folder, basename(file));
    const top = isOutside(resolve(root), resolve(file)) ? folder : await realpath(resolve(root));
    if (isOutside(top, place))
      throw new GateError('unwritable-file', `is reached by a link that leads out of ${top}`, { file });
  } catch (cause) {
    if (cause instanceof GateError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown error';
    throw new GateError('unwritable-file', `could not be written (${code})`, { file, cause });
  }
}
