import { optionError } from '@sigtrail/encoding';
import { type ImageLocator, parseImageLocator } from '@sigtrail/triangulate/names';
import { toSigtrailError } from './lower-errors.ts';

/**
 * Reads a reference at the door, before anything is loaded or requested. Code behind the door gets the locator, never the text.
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

/** The locator of a manifest in a repository that was read before. */
export function locatorOf({
  repository,
  digest,
}: {
  readonly repository: string;
  readonly digest: string;
}): ImageLocator {
  return readReference(`${repository}@${digest}`);
}
