import { optionError } from '@sigtrail/encoding';
import { type ImageLocator, parseImageLocator } from '@sigtrail/triangulate/names';
import { toSigtrailError } from './lower-errors.ts';

/**
 * Reads a reference at the door, before anything is loaded or requested: behind it, only what was read travels.
 *
 * @throws TypeError `invalid-option`; SigtrailError `invalid-reference`
 */
export function readReference(reference: unknown): ImageLocator {
  if (typeof reference !== 'string') throw optionError('invalid-option', '"reference" must be a string');
  try {
    return parseImageLocator(reference);
  } catch (error) {
    throw toSigtrailError(error, reference);
  }
}

/** One manifest of a repository that was read already. */
export function locatorOf({
  repository,
  digest,
}: {
  readonly repository: string;
  readonly digest: string;
}): ImageLocator {
  return readReference(`${repository}@${digest}`);
}
